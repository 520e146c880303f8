"""What was read lately, in bounded room."""

from __future__ import annotations

from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Remembered(Generic[K, V]):
    """A table of at most *most* entries; those that nobody asked for lately give way.

    Threads may share it: the worst that can happen is that an entry is forgotten.
    """

    def __init__(self, most: int) -> None:
        self._half = max(most // 2, 1)
        self._young: dict[K, V] = {}
        self._old: dict[K, V] = {}

    def __len__(self) -> int:
        return len(self._young) + len(self._old.keys() - self._young.keys())

    def get(self, key: K) -> V | None:
        """Return what was put for *key*, None if it is forgotten."""
        if (found := self._young.get(key)) is not None:
            return found
        if (found := self._old.get(key)) is not None:
            self.put(key, found)
        return found

    def put(self, key: K, value: V) -> None:
        """Remember *value* for *key*."""
        if len(self._young) >= self._half:
            self._old, self._young = self._young, {}
        self._young[key] = value
