"""What CAPA lists (RFC 2449): what is there, and no more."""

from __future__ import annotations

from mailcap.authentication.sasl import MECHANISMS
from mailcap.pop3.settings import POP3Settings
from mailcap.pop3.wire.grammar import VERBS

LANGUAGES = {"en": "English", "i-default": "English, the default"}
_DAY = 86_400

# Capabilities without an argument; those that are commands go by their name.
_PLAIN = ("TOP", "UIDL", "PIPELINING", "RESP-CODES", "AUTH-RESP-CODE")
_COMMANDS = frozenset(("TOP", "UIDL", "USER", "STLS", "LANG", "UTF8"))


def offer(
    settings: POP3Settings, *, stls: bool, passwords: bool, may_expire: bool | None
) -> list[str]:
    """Return the lines of the answer to CAPA.

    *stls* says whether that would be obeyed just now, *passwords* whether one may come
    over this connection.  *may_expire* is None until somebody has logged in.
    """
    lines = [*_PLAIN]
    if passwords:
        lines += ["USER", f"SASL {' '.join(MECHANISMS)}"]
    if stls:
        lines.append("STLS")
    lines += ["UTF8 USER", "LANG", *_expire(settings, may_expire), "IMPLEMENTATION mailcap"]
    return [line for line in lines if _is_there(line.partition(" ")[0])]


def _is_there(keyword: str) -> bool:
    return keyword not in _COMMANDS or keyword in VERBS


def _expire(settings: POP3Settings, may_expire: bool | None) -> list[str]:
    """Return the days that mail is kept at least; with USER, it depends on the login.

    Less than a day cannot be said: 0 would mean that nothing may be left here (RFC 2449
    section 6.7).
    """
    if not settings.public_age or may_expire is False:
        return ["EXPIRE NEVER"]
    days = int(settings.public_age // _DAY)
    if not days:
        return []
    return [f"EXPIRE {days}" if may_expire else f"EXPIRE {days} USER"]
