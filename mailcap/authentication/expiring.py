"""What is remembered for a while, in bounded room."""

from __future__ import annotations

from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Expiring(Generic[K, V]):
    """A table whose entries live *lifetime* seconds from when they were put.

    It holds at most *most* of them: attackers choose keys, so the oldest give way.
    Times are seconds of any one clock.
    """

    def __init__(self, *, lifetime: float, most: int) -> None:
        self._lifetime = lifetime
        self._most = most
        self._entries: dict[K, tuple[V, float]] = {}  # in the order of their expiry

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: K, now: float) -> V | None:
        """Return what was put for *key*, None if nothing or no longer."""
        value, expiry = self._entries.get(key, (None, now))
        return value if expiry > now else None

    def remaining(self, key: K, now: float) -> float:
        """Return for how many seconds *key* will still be known."""
        _, expiry = self._entries.get(key, (None, now))
        return max(0.0, expiry - now)

    def put(self, key: K, value: V, now: float) -> None:
        """Remember *value* for *key* from *now* on."""
        self._entries.pop(key, None)
        self._entries[key] = (value, now + self._lifetime)
        while True:
            oldest, (_, expiry) = next(iter(self._entries.items()))
            if expiry > now and len(self._entries) <= self._most:
                return
            del self._entries[oldest]

    def discard(self, key: K) -> None:
        """Forget *key*."""
        self._entries.pop(key, None)
