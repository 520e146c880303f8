"""The messages of a mailbox in columns, and ranges of what they are called by."""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import compress

from mailcap.domain.mailboxes import Rows, State
from mailcap.imap.wire.sequence_set import STAR

Range = tuple[int, int]  # both ends belong to it

_SMALL_TABLE = 64
_OCTET = 256
_LOWEST = 0 if sys.byteorder == "little" else array("I").itemsize - 1


class Columns:
    """Messages rising by UID, 16 octets each; a *position* counts from 0.

    ``states[i]`` is an index into *table*, which only grows until `tidy` is called.
    """

    def __init__(self, rows: Rows) -> None:
        self.uids = rows.uids[:]
        self.states = rows.states[:]
        self.modseqs = rows.modseqs[:]
        self.table = list(rows.table)
        self._places = {state: place for place, state in enumerate(self.table)}
        self._tidy_size = len(self.table)

    def __len__(self) -> int:
        return len(self.uids)

    def where(self, holds: Callable[[State], object]) -> bytes:
        """Return an octet for each message, 1 if its state fulfils *holds*."""
        good = bytes(bool(holds(state)) for state in self.table)
        if len(good) > _OCTET:
            return bytes(map(good.__getitem__, self.states))
        # Of each index only the lowest octet counts: a hundred times faster than a loop.
        lowest = self.states.tobytes()[_LOWEST :: self.states.itemsize]
        return lowest.translate(good.ljust(_OCTET, b"\0"))

    def copied(self) -> Rows:
        """Return the same messages, independent of these."""
        return Rows(self.uids[:], self.states[:], self.modseqs[:], tuple(self.table))

    def append(self, uid: int, place: int, modseq: int) -> None:
        """Add a message with a UID above all others."""
        self.uids.append(uid)
        self.states.append(place)
        self.modseqs.append(modseq)

    def place_of(self, state: State) -> int:
        """Return the index of *state* in the table."""
        place = self._places.get(state)
        if place is None:
            place = self._places[state] = len(self.table)
            self.table.append(state)
        return place

    def position_of(self, uid: int, guess: int = 0) -> int | None:
        """Return where the message with that UID is, None if nowhere; quick at *guess*."""
        uids = self.uids
        if guess < len(uids) and uids[guess] == uid:
            return guess
        position = bisect_left(uids, uid)
        return position if position < len(uids) and uids[position] == uid else None

    def spans(self, ranges: Iterable[Sequence[int]], end: int) -> Iterator[range]:
        """Yield the positions of the UIDs in each of *ranges*, among the first *end*."""
        for first, last in ranges:
            start = bisect_left(self.uids, first, 0, end)
            yield range(start, bisect_right(self.uids, last, start, end))

    def absent(self, ranges: Iterable[Sequence[int]]) -> Iterator[Range]:
        """Yield the UIDs in *ranges* that no message has."""
        for first, last in ranges:
            lowest = first
            for span in self.spans([(first, last)], len(self)):
                for uid in self.uids[span.start : span.stop]:
                    if lowest < uid:
                        yield lowest, uid - 1
                    lowest = uid + 1
            if lowest <= last:
                yield lowest, last

    def keep(self, chosen: Sequence[int]) -> None:
        """Forget all messages for which *chosen* has 0."""
        self.uids = array("I", compress(self.uids, chosen))
        self.states = array("I", compress(self.states, chosen))
        self.modseqs = array("Q", compress(self.modseqs, chosen))

    def tidy(self) -> None:
        """Forget states that no message has, if there are many of them.

        All others may change places.
        """
        if len(self.table) <= 2 * self._tidy_size + _SMALL_TABLE:
            return
        used = sorted(set(self.states))
        moved = {place: new for new, place in enumerate(used)}
        self.states = array("I", map(moved.__getitem__, self.states))
        self.table = [self.table[place] for place in used]
        self._places = {state: place for place, state in enumerate(self.table)}
        self._tidy_size = len(self.table)


def rising(ends: Range, largest: int) -> Range:
    """Return both ends of a range in order, *largest* in place of ``*``."""
    first, last = (largest if end == STAR else end for end in ends)
    return (first, last) if first <= last else (last, first)


def merged(spans: Iterable[range]) -> list[range]:
    """Return the same numbers as rising ranges that are apart from each other."""
    found: list[range] = []
    for one in sorted(filter(None, spans), key=lambda span: span.start):
        if found and one.start <= found[-1].stop:
            found[-1] = range(found[-1].start, max(found[-1].stop, one.stop))
        else:
            found.append(one)
    return found


def ranges_of(numbers: Iterable[int]) -> list[Range]:
    """Return rising *numbers* as ranges of neighbours."""
    found: list[Range] = []
    first = last = -1
    for number in numbers:
        if number == last + 1 and found:
            found[-1] = (first, number)
        else:
            first = number
            found.append((first, first))
        last = number
    return found


def common(some: Iterable[Sequence[int]], others: Iterable[Sequence[int]]) -> list[Range]:
    """Return what is in both; each has rising ranges that are apart from each other."""
    found: list[Range] = []
    left, right = iter(some), iter(others)
    one, other = next(left, None), next(right, None)
    while one is not None and other is not None:
        first, last = max(one[0], other[0]), min(one[1], other[1])
        if first <= last:
            found.append((first, last))
        if one[1] <= other[1]:
            one = next(left, None)
        else:
            other = next(right, None)
    return found
