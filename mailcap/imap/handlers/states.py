"""What a handler is."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from mailcap.imap.desk import Desk, State

Pieces = AsyncGenerator[bytes, None]

ANY = State.NOT_AUTHENTICATED | State.AUTHENTICATED | State.SELECTED
LOGGED_IN = State.AUTHENTICATED | State.SELECTED


@dataclass(slots=True)
class Completion:
    """How the tagged OK reads: *code* without brackets, and *text*."""

    text: str
    code: bytes = b""


@dataclass(frozen=True, slots=True)
class Handler:
    """What a command does, and in which states.

    *answer* is given the desk, the command and the completion.  It gives untagged
    answers one by one, or is only awaited if there are none.
    """

    name: str
    states: State
    answer: Callable[[Desk, Any, Completion], Pieces | Awaitable[None]]
