"""Command lines: the grammar of RFC 1939 section 9 and of the extensions."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from mailcap.pop3.wire.commands import (
    Auth,
    Capa,
    Command,
    Dele,
    Lang,
    List,
    Malformed,
    Noop,
    Pass,
    Quit,
    Retr,
    Rset,
    Stat,
    Stls,
    Top,
    Uidl,
    User,
    Utf8,
)

_NUMBER = re.compile(rb" *([0-9]{1,10}) *")
_TWO_NUMBERS = re.compile(rb" *([0-9]{1,10}) +([0-9]{1,10}) *")
_AUTH = re.compile(rb" *([A-Za-z0-9_-]{1,20})(?: +([^ ]+))? *")
_TAG = re.compile(rb" *([A-Za-z0-9-]{1,64}|\*) *")  # RFC 5646, or any language
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def parse_command(line: bytes) -> Command:
    """Return the command that *line*, without its end, stands for.

    Whatever cannot be obeyed becomes `Malformed`; nothing is raised.
    """
    verb, _, argument = line.partition(b" ")
    parse = _PARSERS.get(verb) or _PARSERS.get(verb.upper())
    return _UNKNOWN if parse is None else parse(argument)


def _retr(argument: bytes) -> Command:
    match = _NUMBER.fullmatch(argument)
    return Retr(int(match[1])) if match else Malformed("syntax: RETR number")


def _dele(argument: bytes) -> Command:
    match = _NUMBER.fullmatch(argument)
    return Dele(int(match[1])) if match else Malformed("syntax: DELE number")


def _list(argument: bytes) -> Command:
    if not argument.strip(b" "):
        return List()
    match = _NUMBER.fullmatch(argument)
    return List(int(match[1])) if match else Malformed("syntax: LIST [number]")


def _uidl(argument: bytes) -> Command:
    if not argument.strip(b" "):
        return Uidl()
    match = _NUMBER.fullmatch(argument)
    return Uidl(int(match[1])) if match else Malformed("syntax: UIDL [number]")


def _top(argument: bytes) -> Command:
    match = _TWO_NUMBERS.fullmatch(argument)
    return Top(int(match[1]), int(match[2])) if match else Malformed("syntax: TOP number lines")


def _user(argument: bytes) -> Command:
    name = _text(argument.strip(b" "))
    return User(name) if name else Malformed("syntax: USER name")


def _pass(argument: bytes) -> Command:
    # All of it: a password may have spaces anywhere (RFC 1939 section 7).
    password = _text(argument)
    return Pass(password) if password else Malformed("syntax: PASS password")


def _auth(argument: bytes) -> Command:
    if not argument.strip(b" "):
        return Auth()
    match = _AUTH.fullmatch(argument)
    if match is None:
        return Malformed("syntax: AUTH mechanism [initial-response]")
    return Auth(match[1].decode().upper(), match[2])


def _lang(argument: bytes) -> Command:
    if not argument.strip(b" "):
        return Lang()
    match = _TAG.fullmatch(argument)
    return Lang(match[1].decode()) if match else Malformed("syntax: LANG [language]")


def _text(octets: bytes) -> str | None:
    """Return *octets*, UTF-8 without control characters, None if they are not that."""
    try:
        text = octets.decode()
    except UnicodeDecodeError:
        return None
    return None if _CONTROL.search(text) else text


def _alone(command: Command) -> Callable[[bytes], Command]:
    """Return the parser of a command without an argument."""
    refusal = Malformed("this command has no argument")
    return lambda argument: refusal if argument.strip(b" ") else command


_UNKNOWN: Final = Malformed("there is no such command")
_PARSERS: Final[Mapping[bytes, Callable[[bytes], Command]]] = {
    b"RETR": _retr,
    b"DELE": _dele,
    b"LIST": _list,
    b"UIDL": _uidl,
    b"TOP": _top,
    b"STAT": _alone(Stat()),
    b"NOOP": _alone(Noop()),
    b"RSET": _alone(Rset()),
    b"QUIT": _alone(Quit()),
    b"CAPA": _alone(Capa()),
    b"USER": _user,
    b"PASS": _pass,
    b"AUTH": _auth,
    b"STLS": _alone(Stls()),
    b"UTF8": _alone(Utf8()),
    b"LANG": _lang,
    b"APOP": lambda _: Malformed("APOP would need passwords that are stored as they are"),
}
VERBS: Final = frozenset(verb.decode() for verb in _PARSERS) - {"APOP"}
