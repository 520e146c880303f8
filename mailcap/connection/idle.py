"""A timer for silence."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.interfaces import IDelayedCall, IReactorTime


class IdleTimer:
    """Calls *expired* once, when nothing has happened for *seconds*.

    *seconds* may change at any time; less of it counts when it rings next.

    Signs of life (`touch`) are frequent, so they cost next to nothing: the timer is
    set anew when it rings, not when it is touched.  `touched` is the time of the last.
    """

    __slots__ = ("_call", "_clock", "_expired", "seconds", "touched")

    def __init__(self, clock: IReactorTime, seconds: float, expired: Callable[[], object]) -> None:
        self._clock = clock
        self.seconds = seconds
        self._expired = expired
        self._call: IDelayedCall | None = None
        self.start()

    def start(self) -> None:
        """Begin to measure, or begin again after it rang."""
        self.touched = self._clock.seconds()
        self._call = self._clock.callLater(self.seconds, self._ring)

    def touch(self) -> None:
        """Note that something has happened."""
        self.touched = self._clock.seconds()

    def stop(self) -> None:
        """Never ring again."""
        if self._call is not None:
            self._call.cancel()
            self._call = None

    def _ring(self) -> None:
        left = self.touched + self.seconds - self._clock.seconds()
        if left > 0:
            self._call = self._clock.callLater(left, self._ring)
        else:
            self._call = None
            self._expired()
