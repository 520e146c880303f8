"""Keys in the order of small numbers that belong to them."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

K = TypeVar("K")


class Ranking(Generic[K]):
    """Finds the keys with the least and with the greatest number.

    Of those with the same number, the one that has had it for longest comes first.  The
    cost does not follow how many keys there are, but how many different numbers.
    """

    def __init__(self) -> None:
        self._ranks: dict[K, int] = {}
        self._keys: dict[int, OrderedDict[K, None]] = {}

    def __contains__(self, key: K) -> bool:
        return key in self._ranks

    def set(self, key: K, rank: int) -> None:
        """Give *key* the number *rank*, behind all that have it."""
        self.discard(key)
        self._ranks[key] = rank
        self._keys.setdefault(rank, OrderedDict())[key] = None

    def discard(self, key: K) -> None:
        """Forget *key*, if it is known."""
        rank = self._ranks.pop(key, None)
        if rank is None:
            return
        keys = self._keys[rank]
        del keys[key]
        if not keys:
            del self._keys[rank]

    def least(self) -> K:
        """Return the first of the keys with the least number.  There must be one."""
        return next(iter(self._keys[min(self._keys)]))

    def greatest(self) -> K:
        """Return the first of the keys with the greatest number.  There must be one."""
        return next(iter(self._keys[max(self._keys)]))
