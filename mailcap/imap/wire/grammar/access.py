"""Commands of any state and of logging in (RFC 9051 sections 6.1 and 6.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mailcap.imap.wire import commands
from mailcap.imap.wire.commands import Authenticate, Command, Compress, Enable, Id, Login
from mailcap.imap.wire.lexer import Bad, Lexer

_MOST_FIELDS = 30  # RFC 2971 section 3.3


def _alone(kind: Callable[[str], Command]) -> Callable[[str, Lexer], Command]:
    return lambda tag, _: kind(tag)


def _id(tag: str, lexer: Lexer) -> Id:
    lexer.sp()
    if lexer.try_keyword("NIL"):
        return Id(tag)
    words = lexer.listed(lambda: _nstring(lexer), least=0)
    names = words[::2]
    if len(words) % 2 or len(names) > _MOST_FIELDS or None in names:
        raise Bad("ID has up to 30 names, each with a value")
    return Id(tag, tuple(zip([name or "" for name in names], words[1::2], strict=True)))


def _nstring(lexer: Lexer) -> str | None:
    if lexer.try_keyword("NIL"):
        return None
    return lexer.string().decode("utf-8", "replace")


def _authenticate(tag: str, lexer: Lexer) -> Authenticate:
    lexer.sp()
    mechanism = lexer.keyword()
    if not lexer.try_sp():
        return Authenticate(tag, mechanism)
    return Authenticate(tag, mechanism, lexer.rest())


def _login(tag: str, lexer: Lexer) -> Login:
    lexer.sp()
    name = lexer.text()
    lexer.sp()
    return Login(tag, name, lexer.text())


def _enable(tag: str, lexer: Lexer) -> Enable:
    names = []
    while lexer.try_sp():
        names.append(lexer.keyword())
    if not names:
        raise Bad("ENABLE needs a capability")
    return Enable(tag, tuple(names))


def _compress(tag: str, lexer: Lexer) -> Compress:
    lexer.sp()
    return Compress(tag, lexer.keyword())


PARSERS: Mapping[str, Callable[[str, Lexer], Command]] = {
    "CAPABILITY": _alone(commands.Capability),
    "NOOP": _alone(commands.Noop),
    "LOGOUT": _alone(commands.Logout),
    "STARTTLS": _alone(commands.StartTLS),
    "UNAUTHENTICATE": _alone(commands.Unauthenticate),
    "NAMESPACE": _alone(commands.Namespace),
    "IDLE": _alone(commands.Idle),
    "CHECK": _alone(commands.Check),
    "CLOSE": _alone(commands.Close),
    "UNSELECT": _alone(commands.Unselect),
    "ID": _id,
    "AUTHENTICATE": _authenticate,
    "LOGIN": _login,
    "ENABLE": _enable,
    "COMPRESS": _compress,
}
