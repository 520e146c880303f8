"""The beat of the reactor: how late it is, and who wants to be called with it."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.interfaces import IDelayedCall, IReactorTime

_QUICK = 0.05  # seconds, while something is going on
_SLOW = 1.0
# A late beat is remembered for a while: the next one may fall into a short round.
_FADING = 0.8


class Pulse:
    """Beats all the time, quickly where it matters, and tells how late the reactor is.

    It calls those in `listeners`; who returns true wants the next beat to come soon.
    """

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self._call: IDelayedCall | None = None
        self._due = 0.0
        self._quick = False
        self.listeners: list[Callable[[], bool]] = []
        self.delay = 0.0  # seconds

    def start(self) -> None:
        """Begin to beat."""
        self._next(_SLOW)

    def stop(self) -> None:
        """Beat no more."""
        if self._call is not None:
            self._call.cancel()
            self._call = None

    def hurry(self) -> None:
        """Let the next beat come soon."""
        if not self._quick and self._call is not None:
            self._call.cancel()
            self._quick = True
            self._next(_QUICK)

    def _next(self, seconds: float) -> None:
        self._due = self._clock.seconds() + seconds
        self._call = self._clock.callLater(seconds, self._beat)

    def _beat(self) -> None:
        late = self._clock.seconds() - self._due
        self.delay = max(late, self.delay * _FADING, 0.0)
        wanted = [each() for each in self.listeners]
        self._quick = any(wanted)
        self._next(_QUICK if self._quick else _SLOW)
