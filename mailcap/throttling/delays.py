"""Replies that are held back for a while, and not too many of them."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime


class Delays:
    """Holds back at most `most` things at a time."""

    def __init__(self, clock: IReactorTime, most: int = 0) -> None:
        self.most = most
        self._clock = clock
        self._held = 0

    def hold(self, seconds: float) -> Deferred[None] | None:
        """Return what fires after *seconds*, None if there is no room to hold it."""
        if self._held >= self.most:
            return None
        self._held += 1
        held: Deferred[None] = Deferred()
        self._clock.callLater(seconds, self._let_go, held)
        return held

    def _let_go(self, held: Deferred[None]) -> None:
        self._held -= 1
        held.callback(None)
