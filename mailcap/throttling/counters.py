"""Counting what came within a window of time, in bounded memory."""

from __future__ import annotations

from collections import deque
from typing import Protocol

from twisted.internet.interfaces import IReactorTime

_SLOTS = 6  # of a window: how finely time is cut
_MOST_KEYS = 10_000  # of one namespace in one slot


class Counters(Protocol):
    """Counts by namespace and key; each thing put counts for `window` seconds."""

    window: float

    def put(self, namespace: str, key: str, times: int = 1) -> None:
        """Count *key*, *times* over."""

    def count(self, namespace: str, key: str) -> int:
        """Return how often *key* was put within the window."""

    def wait(self, namespace: str, key: str, surplus: int) -> float:
        """Return in how many seconds at least *surplus* of them will have expired."""


class SlidingCounters:
    """The counters of this process.

    Time is cut into slots, a sixth of the window each, that expire as a whole: what is
    put counts for the window and at most a sixth of it longer.

    Attackers choose keys, so each slot holds at most *most* of a namespace, and a key
    costs the same however long it is.  When a slot is full, the median of its counts is
    taken from all of them, and what comes to nothing is dropped (Misra and Gries, 1982).
    That takes the median from at least half of the keys, so of N things put within a
    window no key loses more than ``2 * N / most``: a flood of light keys drives out no
    heavy one, and nobody is ever counted for another.
    """

    def __init__(
        self, clock: IReactorTime, *, window: float = 60.0, most: int = _MOST_KEYS
    ) -> None:
        self.window = window
        self._clock = clock
        self._most = most
        self._slots: deque[_Slot] = deque()

    def __len__(self) -> int:
        """How many counts are kept."""
        return sum(len(table) for slot in self._slots for table in slot.tables.values())

    def put(self, namespace: str, key: str, times: int = 1) -> None:
        """See `Counters`."""
        now = self._clock.seconds()
        slots = self._slots
        if not slots or slots[-1].ends <= now:
            self._expire(now)
            slots.append(_Slot(now + self.window / _SLOTS))
        tables = slots[-1].tables
        table = tables.setdefault(namespace, {})
        number = hash(key)  # 64 bits that nobody outside can foresee
        table[number] = table.get(number, 0) + times
        if len(table) > self._most:
            tables[namespace] = _lightened(table)

    def count(self, namespace: str, key: str) -> int:
        """See `Counters`."""
        self._expire(self._clock.seconds())
        number, found = hash(key), 0
        for slot in self._slots:
            table = slot.tables.get(namespace)
            if table is not None:
                found += table.get(number, 0)
        return found

    def wait(self, namespace: str, key: str, surplus: int) -> float:
        """See `Counters`; that is the whole window if there are not so many."""
        now = self._clock.seconds()
        self._expire(now)
        for slot in self._slots:
            surplus -= slot.tables.get(namespace, {}).get(hash(key), 0)
            if surplus <= 0:
                return slot.ends + self.window - now
        return self.window

    def _expire(self, now: float) -> None:
        slots = self._slots
        while slots and slots[0].ends + self.window <= now:
            slots.popleft()


class _Slot:
    """What was put up to the time *ends*, by namespace and hash of the key."""

    __slots__ = ("ends", "tables")

    def __init__(self, ends: float) -> None:
        self.ends = ends
        self.tables: dict[str, dict[int, int]] = {}


def _lightened(table: dict[int, int]) -> dict[int, int]:
    median = sorted(table.values())[len(table) // 2]
    return {key: count - median for key, count in table.items() if count > median}
