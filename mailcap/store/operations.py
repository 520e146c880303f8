"""How a function over a connection becomes a method of a port."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection

from mailcap.store.database import Database

P = ParamSpec("P")
T = TypeVar("T")


class Operations:
    """What the operations of one port share: the database, the time and a pause."""

    def __init__(
        self, database: Database, clock: Callable[[], float], pause: Callable[[], object]
    ) -> None:
        self.database = database
        self.pause = pause
        self._clock = clock

    def now(self) -> int:
        """Return Unix milliseconds."""
        return int(self._clock() * 1000)


def reading(
    work: Callable[Concatenate[Connection, P], T],
) -> Callable[Concatenate[Operations, P], Awaitable[T]]:
    """Return the method that runs *work* in a transaction that only reads."""

    def operation(self: Operations, /, *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]:
        return self.database.read(work, *args, **kwargs)

    return operation


def looking(
    work: Callable[Concatenate[Connection, P], T],
) -> Callable[Concatenate[Operations, P], Awaitable[T]]:
    """As `reading`, for work whose statements need not see the same state."""

    def operation(self: Operations, /, *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]:
        return self.database.look(work, *args, **kwargs)

    return operation


def looking_first(
    work: Callable[Concatenate[Connection, P], T],
) -> Callable[Concatenate[Operations, P], Awaitable[T]]:
    """As `looking`, before everything else that waits to read."""

    def operation(self: Operations, /, *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]:
        return self.database.look_first(work, *args, **kwargs)

    return operation


def writing(
    work: Callable[Concatenate[Connection, P], T],
) -> Callable[Concatenate[Operations, P], Awaitable[T]]:
    """Return the method that runs *work* in a transaction that writes."""

    def operation(self: Operations, /, *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]:
        return self.database.write(work, *args, **kwargs)

    return operation


def writing_now(
    work: Callable[Concatenate[Connection, int, P], T],
) -> Callable[Concatenate[Operations, P], Awaitable[T]]:
    """As `writing`, for work that notes when it was done."""

    def operation(self: Operations, /, *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]:
        return self.database.write(work, self.now(), *args, **kwargs)

    return operation


def repeating(
    work: Callable[Concatenate[Connection, int, P], int],
) -> Callable[Concatenate[Operations, P], Awaitable[int]]:
    """As `writing_now`, again and again until nothing is left to do.

    So that intake need not wait for the whole.
    """

    async def operation(self: Operations, /, *args: P.args, **kwargs: P.kwargs) -> int:
        total = 0
        while done := await self.database.write(work, self.now(), *args, **kwargs):
            total += done
            self.pause()
        return total

    return operation
