"""Whether there is room for more: what is measured, and how much of it is too much."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measure:
    """Something that can be too much: what *read* returns is *limit* or more.

    *unit* is for those who read about it.  A measure that is *hard* leaves room for
    nobody; any other still does for those who have less than their share.  What *yields*
    becomes less when a session ends.
    """

    name: str
    read: Callable[[], float]
    limit: float
    unit: str = ""
    hard: bool = False
    yields: bool = False

    @property
    def exceeded(self) -> bool:
        """Whether it is too much."""
        return self.read() >= self.limit

    def __str__(self) -> str:
        unit = f" {self.unit}" if self.unit else ""
        return f"{self.name} ({self.read():,.0f}{unit}, limit {self.limit:,.0f})"


class Room:
    """What can be served, by several *measures*."""

    def __init__(self, measures: Sequence[Measure]) -> None:
        self.measures = tuple(measures)
        self._hard = tuple(each for each in measures if each.hard)
        self._soft = tuple(each for each in measures if not each.hard)

    def full(self) -> Measure | None:
        """Return what leaves no room for anybody, None if nothing does."""
        return _first(self._hard)

    def short(self) -> Measure | None:
        """Return what leaves room only for those with less than their share."""
        return _first(self._soft)


def _first(measures: Sequence[Measure]) -> Measure | None:
    for each in measures:
        if each.exceeded:
            return each
    return None
