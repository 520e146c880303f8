"""Forgetting what has expired, and giving the memory back."""

from __future__ import annotations

import ctypes
import time
from typing import Any

from twisted.internet.interfaces import IDelayedCall

from mailcap.dracula.server.statistics import Statistics
from mailcap.dracula.store import Store

_SECONDS = 1.0
_PIECE = 1000  # keys that are looked at before others have their turn: about a millisecond
_MANY = 20_000  # keys whose memory is worth the few milliseconds of giving it back


class Collection:
    """Collects every second, a piece at a time.

    When half of many keys have gone, the C library is asked to return what they left: glibc
    would keep it (measured: 40 of 100 MiB).
    """

    def __init__(self, store: Store, statistics: Statistics, reactor: Any) -> None:
        self._store = store
        self._statistics = statistics
        self._reactor = reactor
        self._peak = 0
        self._timer: IDelayedCall | None = None

    def start(self) -> None:
        """Begin."""
        self._collect(0.0)

    def stop(self) -> None:
        """End."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _collect(self, longest: float) -> None:
        """Collect a piece, and the next one when others have had their turn."""
        begin = time.perf_counter()
        more = self._store.collect(_PIECE)
        if not more:
            self._give_back()
        longest = max(longest, time.perf_counter() - begin)
        if more:
            self._timer = self._reactor.callLater(0, self._collect, longest)
            return
        self._statistics.pause = longest
        self._timer = self._reactor.callLater(_SECONDS, self._collect, 0.0)

    def _give_back(self) -> None:
        held = self._store.keys_held
        if held * 2 <= self._peak and self._peak - held >= _MANY:
            self._peak = held
            trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
            if trim is not None:
                trim(0)
        self._peak = max(self._peak, held)
