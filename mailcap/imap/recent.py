r"""Which messages are ``\Recent`` in a session (RFC 3501 section 2.3.2)."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator

from mailcap.imap.columns import Range


class Claims:
    """The UIDs that this session was the first to be told of, in rising ranges.

    Two sessions may take turns for months: so a range has 8 octets, and goes when there
    are no such messages any more.
    """

    def __init__(self) -> None:
        self._ends = array("I")  # first UID, UID behind the last, first UID, …

    def __contains__(self, uid: int) -> bool:
        return bisect_right(self._ends, uid) % 2 == 1

    def __iter__(self) -> Iterator[Range]:
        ends = iter(self._ends)
        return ((first, behind - 1) for first, behind in zip(ends, ends, strict=True))

    def add(self, first: int, end: int) -> None:
        """Add the UIDs from *first* up to, not including, *end*, above all others."""
        if self._ends:
            first = max(first, self._ends[-1])
        if first < end:
            if self._ends and self._ends[-1] == first:
                self._ends[-1] = end
            else:
                self._ends.extend((first, end))

    def forget_below(self, uid: int) -> None:
        """Forget all ranges that end below *uid*."""
        del self._ends[: bisect_right(self._ends, uid) & ~1]
