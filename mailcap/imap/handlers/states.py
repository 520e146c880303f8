"""The states of a session (RFC 9051 section 3), what a handler is, and what it may ask."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from enum import Flag, auto
from typing import Any, Protocol

from mailcap.connection.dialogue import After


class State(Flag):
    """How far a session has come."""

    NOT_AUTHENTICATED = auto()
    AUTHENTICATED = auto()
    SELECTED = auto()


ANY = State.NOT_AUTHENTICATED | State.AUTHENTICATED | State.SELECTED
LOGGED_IN = State.AUTHENTICATED | State.SELECTED


@dataclass(slots=True)
class Completion:
    """How the tagged OK reads: *code* without brackets, and *text*."""

    text: str
    code: bytes = b""


class Desk(Protocol):
    """What handlers ask of the session."""

    after: After | None

    def capabilities(self) -> list[bytes]:
        """Return what can be done in this state, by name."""

    def may_start_tls(self) -> bool:
        """Whether STARTTLS is offered."""

    def may_log_in(self) -> bool:
        """Whether a password may come over this connection."""

    def forget_input(self) -> None:
        """Forget whatever the client has sent behind this command."""

    async def log_in(self, name: str, password: str) -> None:
        """Find out who it is.  Raises what `Authenticator.authenticate` does."""

    def log_out(self) -> None:
        """Know nothing of the client, as at the start."""

    def enable(self, name: str) -> bool:
        """Enable an extension; return whether it was not enabled before."""


@dataclass(frozen=True, slots=True)
class Handler:
    """What a command does, and in which states.

    *answer* is given the session, the command and the completion.  It gives untagged
    answers one by one, or is only awaited if there are none.
    """

    name: str
    states: State
    answer: Callable[[Any, Any, Completion], AsyncGenerator[bytes, None] | Awaitable[None]]
