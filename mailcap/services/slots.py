"""So many messages in memory at a time, and large ones apart from small ones."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

from twisted.internet.defer import DeferredSemaphore
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater

P = ParamSpec("P")
T = TypeVar("T")

_LARGE = 256 * 2**10  # octets
_SMALL_AT_ONCE = 32
_LARGE_AT_ONCE = 2


class Slots:
    """Runs what reads messages, a few at a time; no large one holds up a small one."""

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self._small = DeferredSemaphore(_SMALL_AT_ONCE)
        self._large = DeferredSemaphore(_LARGE_AT_ONCE)

    async def run(
        self, octets: int, work: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Return what *work* gives, which reads so many *octets*."""
        slots = self._small if octets <= _LARGE else self._large
        has_to_wait = not slots.tokens
        await slots.acquire()
        try:
            if has_to_wait:  # not on the stack of the one before, which may be deep by now
                await deferLater(self._clock, 0)
            return await work(*args, **kwargs)
        finally:
            slots.release()
