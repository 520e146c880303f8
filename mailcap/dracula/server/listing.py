"""Finding keys by a pattern, a piece at a time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from twisted.internet.defer import DeferredLock

from mailcap.dracula.store import Store
from mailcap.dracula.wire.packet import DATA_SIZE
from mailcap.dracula.wire.patterns import BadPattern, compile_pattern

_PIECE = 500  # keys looked at before others have their turn: about a millisecond


class Listing:
    """Finds keys, for one asker after the other, so that a hundred cost no more than one.

    *pause* returns when others have had their turn.
    """

    def __init__(self, store: Store, pause: Callable[[], Awaitable[object]]) -> None:
        self._store = store
        self._pause = pause
        self._turn = DeferredLock()

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return len(self._turn.waiting)

    async def find(self, namespace: bytes, pattern: bytes) -> list[bytes]:
        """Return the keys with *pattern* in the order of their octets.

        A pattern that means nothing finds the one key that says so, as released.
        """
        try:
            matches = compile_pattern(pattern)
        except BadPattern as error:
            return [str(error).encode()[:DATA_SIZE]]
        await self._turn.acquire()
        try:
            found: list[bytes] = []
            keys = self._store.keys(namespace)
            for start in range(0, len(keys), _PIECE):
                if start:
                    await self._pause()
                found += filter(matches, keys[start : start + _PIECE])
            return sorted(found)
        finally:
            self._turn.release()
