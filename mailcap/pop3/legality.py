"""Which command is legal in which state (RFC 1939 sections 4 to 6), as one table."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Flag, auto
from typing import Final

from mailcap.pop3.wire.commands import (
    Auth,
    AuthResponse,
    Capa,
    Command,
    Dele,
    Lang,
    LineTooLong,
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


class State(Flag):
    """How far a session has come; behind QUIT it has ended."""

    AUTHORIZATION = auto()
    TRANSACTION = auto()


ANY: Final = State.AUTHORIZATION | State.TRANSACTION

LEGAL: Final[Mapping[type[Command], State]] = {
    **dict.fromkeys((User, Pass, Auth, AuthResponse, Stls, Utf8), State.AUTHORIZATION),
    **dict.fromkeys((Stat, List, Uidl, Retr, Top, Dele, Rset, Noop), State.TRANSACTION),
    **dict.fromkeys((Capa, Lang, Quit, Malformed, LineTooLong), ANY),
}
