"""What a session of any protocol is to the connection that carries it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Protocol

from mailcap.domain.accounts import Access


class After(Enum):
    """What has to happen to the connection behind an answer."""

    CLOSE = auto()  # the client has said goodbye
    SHUT = auto()  # the client may go on sending, but nobody listens
    START_TLS = auto()
    DEFLATE = auto()  # compress from here on


class Farewell(Enum):
    """Why a server ends a session by itself."""

    IDLE = auto()  # the client was silent for too long
    SHUTDOWN = auto()
    TOO_MANY = auto()  # there is no room for another connection
    BROKEN = auto()  # something failed that should not
    REVOKED = auto()  # the login is no longer good


class Answer(Protocol):
    """What goes out."""

    @property
    def wire(self) -> bytes:
        """The octets."""


@dataclass(frozen=True, slots=True)
class Work:
    """An answer that takes time: *begin* it, and hand its outcome to one of the others.

    If it is cancelled (`CancelledError`), nobody knows its outcome: the connection ends
    without an answer, since any would be a guess.
    """

    begin: Callable[[], Awaitable[Any]]
    succeeded: Callable[[Any], Answer]
    failed: Callable[[Exception], Answer]


@dataclass(frozen=True, slots=True)
class Stream:
    """An answer that comes in pieces, each made when there is room for it.

    If the connection goes meanwhile, *pieces* is closed.
    """

    pieces: AsyncGenerator[bytes, None]


class Wake:
    """An event of no reader: something has happened that the session wants to look at."""


WAKE = Wake()


class Reader(Protocol):
    """Cuts octets into events."""

    @property
    def in_message(self) -> bool:
        """Whether the octets that come next belong to a message."""

    @property
    def waiting(self) -> int:
        """How many octets have arrived and belong to no event yet."""

    @property
    def held(self) -> int:
        """How many octets are in memory."""

    def receive_data(self, data: bytes) -> None:
        """Take what has arrived."""

    def next_event(self) -> Any:
        """Return the next event, or None if it is not complete yet."""

    def drop_message(self) -> None:
        """Throw away what has arrived of a message, and the rest as it arrives."""

    def discard(self) -> None:
        """Forget all that has arrived."""


class Session(Protocol):
    """The server's side of a session, which does no I/O.

    `handle` is given the events of `reader`, one at a time: while `Work` is under way
    it is given no other.  It answers with what goes out, with `Work`, with a `Stream`, or
    with None if there is nothing to say yet; `after` tells what must happen behind the
    answer.
    """

    after: After | None

    @property
    def kind(self) -> str:
        """What it is for: the name of a listener's role."""

    @property
    def idle_seconds(self) -> float:
        """How long the client may be silent."""

    @property
    def access(self) -> Access | None:
        """What the client may do since it has logged in."""

    @property
    def reader(self) -> Reader:
        """What is to be fed."""

    def greeting(self) -> Answer:
        """Return what is said first."""

    def farewell(self, why: Farewell) -> Answer:
        """Return what is said last."""

    def secured(self, tls: str) -> None:
        """Learn that TLS is in use from now on: its version and cipher."""

    def ended(self) -> None:
        """Let go of everything: the connection is over."""

    def handle(self, event: Any) -> Answer | Work | Stream | None:
        """Obey *event*."""
