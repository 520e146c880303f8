"""How much memory the server has: its own process, and the one that writes for it."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from twisted.internet.interfaces import IReactorTime

_EVERY = 1.0  # seconds
_PAGE = os.sysconf("SC_PAGE_SIZE")
_RESIDENT = 1  # the field of /proc/PID/statm, proc(5)


def resident(pid: int) -> int:
    """Return octets in memory of a process and its children, 0 where there is no /proc.

    What they share counts for each.
    """
    family, octets = [str(pid)], 0
    with suppress(OSError, ValueError):
        family += Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    for each in family:
        with suppress(OSError, ValueError, IndexError):
            octets += int(Path(f"/proc/{each}/statm").read_text().split()[_RESIDENT]) * _PAGE
    return octets


class Memory:
    """Looks once a second, as a listener of a `Pulse`, and says whether it is *limit* or more.

    *used* is what it was then, in octets; *tell* is called with each answer.
    """

    def __init__(
        self,
        clock: IReactorTime,
        *,
        limit: int,
        tell: Callable[[bool], object],
        measure: Callable[[int], int] = resident,
    ) -> None:
        self._clock = clock
        self._limit = limit
        self._tell = tell
        self._measure = measure
        self._next = 0.0
        self.used = 0

    def beat(self) -> bool:
        """Look, if it is time; there is no hurry."""
        now = self._clock.seconds()
        if now >= self._next:
            self._next = now + _EVERY
            self.used = self._measure(os.getpid())
            self._tell(self.used >= self._limit)
        return False
