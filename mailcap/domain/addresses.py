"""E-mail addresses: the grammar of RFC 5321 section 4.1.2, and how they fold.

Two spellings name one inbox when they fold to the same text: the domain becomes
an A-label in lower case, the local part NFC in lower case without needless
quotes, and a ``+tag`` after at least one character falls away.
"""

from __future__ import annotations

import hmac
import ipaddress
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from mailcap.domain.errors import InvalidAddress

# Wider than RFC 5321 section 4.5.3.1.1 asks (64), because senders of bounces and
# of test mail exceed it; still bounded, because every limit is.
MAX_LOCAL_OCTETS = 256
MAX_DOMAIN_OCTETS = 255  # RFC 5321 section 4.5.3.1.2

_ALIAS_OCTETS = 16

_PLAIN_LENGTH = 64  # short enough that no part can be over its limit
_PLAIN = re.compile(
    r"([a-z0-9!#$%&'*/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*/=?^_`{|}~-]+)*)"
    r"@((?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*"
    r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)"
)
_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\U0010ffff-]+"
_DOT_STRING = re.compile(rf"{_ATEXT}(?:\.{_ATEXT})*")
_QUOTED_STRING = re.compile(r'"(?:[ !#-\[\]-~\u0080-\U0010ffff]|\\[ -~])*"')
_ALIAS = re.compile(rf"inbox-[0-9a-f]{{{2 * _ALIAS_OCTETS}}}")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_GENERAL_LITERAL = re.compile(r"[a-z0-9-]*[a-z0-9]:[!-Z^-~]+")
# Neither may stand in an address at all, quoted or not: they break lines, hide
# text or split tokens wherever the address is shown.
_FORBIDDEN_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp", "Cn"})


@dataclass(frozen=True, slots=True)
class Address:
    """An address as somebody wrote it, and the inbox that it names.

    `written` is the text as received (Mailsac's ``originalInbox``); `local` and
    `domain` are folded, so that ``f"{local}@{domain}"`` is the inbox.
    """

    written: str
    local: str
    domain: str

    @property
    def inbox(self) -> str:
        """The folded address without its tag: the name of the inbox."""
        return f"{self.local}@{self.domain}"


@lru_cache(maxsize=16384)
def parse_address(text: str) -> Address:
    """Return the `Address` that *text*, ``Local-part "@" Domain``, stands for.

    Quoted local parts, address literals and internationalised addresses
    (RFC 6531) are understood.  Raises `InvalidAddress`, whose text names the
    part that is wrong.
    """
    if len(text) <= _PLAIN_LENGTH and (plain := _PLAIN.fullmatch(text)):
        return Address(text, plain[1], plain[2])
    local, domain = _split(text)
    return Address(text, fold_local(local), fold_domain(domain))


def may_be_alias(inbox: str) -> bool:
    """Whether *inbox* has the form that all aliases have: see `alias_of`."""
    return inbox.startswith("inbox-") and bool(_ALIAS.fullmatch(inbox.rpartition("@")[0]))


def alias_of(inbox: str, secret: bytes) -> str:
    """Return the alias of *inbox*: mail to it goes there, and it tells nobody where that is.

    Nobody can guess one without the *secret*, nor learn anything of it from others.
    """
    mark = hmac.digest(secret, inbox.encode(), "sha256")[:_ALIAS_OCTETS]
    return f"inbox-{mark.hex()}@{inbox.rpartition('@')[2]}"


def fold_local(local: str) -> str:
    """Return *local* as inboxes are named: unquoted if it can be, without tag."""
    if len(local.encode(errors="replace")) > MAX_LOCAL_OCTETS:
        raise InvalidAddress(f"local part is longer than {MAX_LOCAL_OCTETS} octets")
    if not (_DOT_STRING.fullmatch(local) or _QUOTED_STRING.fullmatch(local)):
        raise InvalidAddress("local part is neither a dot-string nor a quoted string")
    _refuse_unprintable(local)
    text = unicodedata.normalize("NFC", unicodedata.normalize("NFC", local).lower())
    if text.startswith('"'):
        text = re.sub(r"\\(.)", r"\1", text[1:-1])
        if not _DOT_STRING.fullmatch(text):
            return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'
    bare = text[0] + text[1:].partition("+")[0]
    return text if bare.endswith(".") else bare  # "a.+b": "a." would be no address


def fold_domain(domain: str) -> str:
    """Return *domain* as an A-label in lower case, or a literal in lower case."""
    if domain.startswith("["):
        return _fold_literal(domain)
    _check_length(domain)  # before anything is made of it that takes longer than it is
    text = domain.lower()
    if not text.isascii():
        text = _to_ascii(text)
        _check_length(text)
    if not all(_LABEL.fullmatch(label) for label in text.split(".")):
        raise InvalidAddress("domain is not made of letters, digits and hyphens")
    return text


def _check_length(domain: str) -> None:
    if len(domain) > MAX_DOMAIN_OCTETS:
        raise InvalidAddress(f"domain is longer than {MAX_DOMAIN_OCTETS} octets")


def _split(text: str) -> tuple[str, str]:
    """Divide *text* at the ``@`` behind its local part."""
    quoted = _QUOTED_STRING.match(text) if text.startswith('"') else None
    at = quoted.end() if quoted else text.find("@")
    if at < 0 or text[at : at + 1] != "@":
        raise InvalidAddress("there is no @ behind a local part")
    if at == 0:
        raise InvalidAddress("the local part is empty")
    if at == len(text) - 1:
        raise InvalidAddress("the domain is empty")
    return text[:at], text[at + 1 :]


def _to_ascii(domain: str) -> str:
    # Imported here because few processes ever meet such a domain and the tables
    # cost more than 10 ms to load.
    import idna

    try:
        return idna.encode(domain, uts46=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError) as error:
        raise InvalidAddress("domain is not a valid internationalised name") from error


def _fold_literal(domain: str) -> str:
    text = domain[1:-1].lower()
    if not domain.endswith("]"):
        raise InvalidAddress("address literal lacks its closing bracket")
    try:
        if text.startswith("ipv6:"):
            return f"[ipv6:{ipaddress.IPv6Address(text[5:])}]"
        return f"[{ipaddress.IPv4Address(text)}]"
    except ValueError:
        if _GENERAL_LITERAL.fullmatch(text) and not text.startswith("ipv6:"):
            return f"[{text}]"
    raise InvalidAddress("address literal is not an IP address")


def _refuse_unprintable(text: str) -> None:
    if text.isascii():
        return
    if any(unicodedata.category(character) in _FORBIDDEN_CATEGORIES for character in text):
        raise InvalidAddress("local part contains a control character")
