"""How much mail is in memory, over all connections."""

from __future__ import annotations

from collections.abc import Callable


class InFlight:
    """Counts the octets of messages between their arrival and the disk.

    Above *limit* no new message is begun (`full`), and the connection that holds
    most of what has not arrived completely gives it up: whoever starts many large
    messages and never ends them takes room from himself first.  The last *reserved*
    octets are for those who have a right to them (`short` tells that only these are
    left).  While `strained`, memory is short for other reasons, and it is full.
    """

    def __init__(self, limit: int, *, reserved: int = 0) -> None:
        self.limit = limit
        self.used = 0
        self.strained = False
        self.unreserved = limit - reserved
        self._shares: set[Share] = set()

    @property
    def full(self) -> bool:
        """Whether there is no room for another message."""
        return self.used >= self.limit or self.strained

    @property
    def short(self) -> bool:
        """Whether nothing is left but what is reserved."""
        return self.unreserved <= self.used < self.limit

    def add(self, octets: int) -> None:
        """Count *octets* of a complete message until `remove` says that it is gone."""
        self.used += octets

    def remove(self, octets: int) -> None:
        """Undo `add`."""
        self.used -= octets

    def share(self, shed: Callable[[], object]) -> Share:
        """Return the account of a connection; *shed* is called when it must let go.

        *shed* has to `resize` the share.
        """
        return Share(self, shed)

    def _changed(self, share: Share, grown: int) -> None:
        self.used += grown
        if not share.size:
            self._shares.discard(share)
            return
        self._shares.add(share)
        if grown > 0 and self.used > self.limit:
            max(self._shares, key=lambda each: each.size).shed()


class Share:
    """What one connection holds of a message that is not complete."""

    __slots__ = ("_pool", "shed", "size")

    def __init__(self, pool: InFlight, shed: Callable[[], object]) -> None:
        self._pool = pool
        self.shed = shed
        self.size = 0

    def resize(self, size: int) -> None:
        """Hold *size* octets from now on; 0 when the connection ends."""
        grown = size - self.size
        if grown:
            self.size = size
            self._pool._changed(self, grown)  # noqa: SLF001  # the pool's own half
