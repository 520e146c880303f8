"""What is counted while the server works: plain numbers, read when somebody asks.

Whoever counts adds to an attribute; nothing is computed, named or sent meanwhile.  What
a number belongs to comes from a fixed set, never from a client.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field


class Histogram:
    """How many values were at most as large as each of *bounds*, and their sum."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = tuple(bounds)
        self.counts = [0] * (len(self.bounds) + 1)  # the last is of those above all bounds
        self.total = 0.0

    def add(self, value: float) -> None:
        """Count *value*."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value


def _batches() -> Histogram:
    return Histogram((1, 2, 4, 8, 16, 32, 64, 128, 256))


def _commits() -> Histogram:
    return Histogram((0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10))


def _waits() -> Histogram:
    return Histogram((0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120))


@dataclass(slots=True)
class Figures:
    """The numbers of one server.  Times are seconds, sizes octets.

    *messages* and *octets* were stored, *batches* says how many messages a transaction
    held, *commits* how long it took.  *waits* are those of connections that had to wait
    for their greeting, whatever became of them; *refused* got none.  *replies* are those
    of SMTP, by code.
    """

    messages: int = 0
    octets: int = 0
    batches: Histogram = field(default_factory=_batches)
    commits: Histogram = field(default_factory=_commits)
    waits: Histogram = field(default_factory=_waits)
    refused: int = 0
    replies: Counter[int] = field(default_factory=Counter)
