"""Mailbox names: modified UTF-7 (RFC 3501 section 5.1.3), UTF-8, and the patterns of LIST."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import Error

INBOX = "INBOX"
DELIMITER = "/"

_SHIFTED = re.compile(rb"&([^-&]*+)-")
_RUN = re.compile(r"[^ -~]++|&")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def from_wire(octets: bytes, *, utf8: bool) -> str:
    """Return the name that a client wrote; INBOX is in upper case.

    Raises `ValueError` if that is no name.
    """
    name = _utf8(octets) if utf8 else _utf7(octets)
    if _CONTROL.search(name):
        raise ValueError("a mailbox name has no control characters")
    first, slash, rest = name.partition(DELIMITER)
    return f"{INBOX}{slash}{rest}" if first.upper() == INBOX else name


def to_wire(name: str, *, utf8: bool) -> bytes:
    """Return *name* as it is shown to a client."""
    return name.encode() if utf8 else _RUN.sub(_shift, name).encode("ascii")


def _utf8(octets: bytes) -> str:
    try:
        return octets.decode()
    except UnicodeDecodeError:
        raise ValueError("a mailbox name is in UTF-8") from None


def _utf7(octets: bytes) -> str:
    if not octets.isascii():
        return _utf8(octets)  # many clients do so, and nothing else can be meant
    pieces, position = [], 0
    for match in _SHIFTED.finditer(octets):
        pieces += [octets[position : match.start()].decode(), _unshift(match[1])]
        position = match.end()
    rest = octets[position:]
    if b"&" in rest:
        raise ValueError("a mailbox name is in modified UTF-7: & begins what - ends")
    return "".join(pieces) + rest.decode()


def _unshift(octets: bytes) -> str:
    if not octets:
        return "&"
    try:
        coded = octets.replace(b",", b"/") + b"=" * (-len(octets) % 4)
        return b64decode(coded, validate=True).decode("utf-16-be")
    except (Error, UnicodeDecodeError):
        raise ValueError("a mailbox name is in modified UTF-7") from None


def _shift(match: re.Match[str]) -> str:
    if match[0] == "&":
        return "&-"
    coded = b64encode(match[0].encode("utf-16-be", "surrogatepass"))
    return f"&{coded.rstrip(b'=').replace(b'/', b',').decode()}-"


class Pattern:
    """A reference and pattern of LIST: ``*`` is anything, ``%`` anything without ``/``.

    Matching takes linear time for each star, and no more.
    """

    def __init__(self, reference: str, pattern: str) -> None:
        text = pattern if pattern.startswith(DELIMITER) else reference + pattern
        first, slash, rest = text.partition(DELIMITER)
        if first.upper() == INBOX:
            text = f"{INBOX}{slash}{rest}"
        # Neighbouring wildcards are one: many of them must cost no more.
        self.text = re.sub(r"[*%]*\*[*%]*", "*", re.sub("%+", "%", text))

    @property
    def is_name(self) -> bool:
        """Whether only one name can match: there are no wildcards."""
        return "*" not in self.text and "%" not in self.text

    @property
    def literal_start(self) -> str:
        """What every name that matches begins with."""
        return re.split("[*%]", self.text, maxsplit=1)[0]

    def matches(self, name: str) -> bool:
        """Whether *name* is meant."""
        states = self._opened({0})
        for character in name:
            following = set()
            for state in states:
                wanted = self.text[state] if state < len(self.text) else ""
                if wanted == "*" or (wanted == "%" and character != DELIMITER):
                    following.add(state)
                elif wanted == character:
                    following.add(state + 1)
            states = self._opened(following)
            if not states:
                return False
        return len(self.text) in states

    def _opened(self, states: set[int]) -> set[int]:
        """Add the states behind wildcards, which may stand for nothing."""
        waiting = list(states)
        while waiting:
            state = waiting.pop()
            if state < len(self.text) and self.text[state] in "*%" and state + 1 not in states:
                states.add(state + 1)
                waiting.append(state + 1)
        return states
