"""What a client has been told of its mailbox: the one owner of sequence numbers.

A view is made from a snapshot, takes in what has changed since, and gives at permitted
moments what is to be told.  What was not told yet is not there for the client: a message
that is gone keeps its number until EXPUNGE says so (RFC 9051 section 5.5), a new one has
none until EXISTS does.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from mailcap.domain.mailboxes import Changes, Mark, Rows, Snapshot, State

STAR = 0  # "*" in a range: the largest number in use

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Gone:
    """Messages that are no more: their *numbers*, falling, and *uids*, rising.

    Falling numbers are true one after another: each EXPUNGE lowers those above it only.
    """

    numbers: Sequence[int]
    uids: Sequence[int]


@dataclass(frozen=True, slots=True)
class Size:
    """How many messages there are, and how many of them are recent."""

    exists: int
    recent: int


@dataclass(frozen=True, slots=True)
class Flagged:
    """The state of a message; *silent* if only its modification sequence is new to the client."""

    number: int
    uid: int
    state: State
    modseq: int
    recent: bool
    silent: bool = False


Update = Gone | Size | Flagged


class View:
    """The selected mailbox as one client knows it.

    *recent_from* is the first UID that is recent for this session, or None if none is.
    16 octets a message, beside what is waiting to be told.
    """

    def __init__(self, snapshot: Snapshot, *, recent_from: int | None = None) -> None:
        rows = snapshot.rows
        self._uids = rows.uids
        self._states = rows.states
        self._modseqs = rows.modseqs
        self._table = list(rows.table)
        self._places = {state: place for place, state in enumerate(self._table)}
        self._told = len(rows.uids)  # so many of them the client knows
        self._gone: set[int] = set()  # UIDs that it does not know to be gone
        self._changed: dict[int, bool] = {}  # UIDs to tell the state of: whether in silence
        self._recent: list[Range] = []
        self._size_changed = False
        self.saved: Sequence[int] = ()
        self.uid_next = snapshot.status.uid_next
        self.highest_modseq = snapshot.status.highest_modseq
        if recent_from is not None:
            self.claim(recent_from, self.uid_next)

    def __len__(self) -> int:
        """How many messages the client knows of."""
        return self._told

    # What has happened

    def claim(self, first: int, end: int) -> None:
        r"""Let the messages from UID *first* up to, not including, *end* be ``\Recent``."""
        if first < end:
            self._recent.append((first, end - 1))

    def absorb(self, changes: Changes, *, own: Collection[int] = ()) -> None:
        """Take in what has changed; *own* are UIDs whose new flags the client knows."""
        self.highest_modseq = max(self.highest_modseq, changes.highest_modseq)
        self.uid_next = max(self.uid_next, changes.uid_next)
        for uid in self.uids(self._between(changes.vanished, most=len(self._uids))):
            self._gone.add(uid)
            self._changed.pop(uid, None)
        rows = changes.rows
        own = own if isinstance(own, set | frozenset) else set(own)
        for uid, place, modseq in zip(rows.uids, rows.states, rows.modseqs, strict=True):
            self._put(uid, rows.table[place], modseq, silent=uid in own)

    def replace(self, snapshot: Snapshot) -> None:
        """Take in a whole snapshot, when nobody knows any more what has changed."""
        present = set(snapshot.rows.uids)
        missing = [uid for uid in self._uids if uid not in present]
        self.absorb(
            Changes(
                rows=_changed_rows(snapshot.rows, self._modseq_of),
                vanished=[(uid, uid) for uid in missing],
                uid_next=snapshot.status.uid_next,
                highest_modseq=snapshot.status.highest_modseq,
            )
        )

    def _put(self, uid: int, state: State, modseq: int, *, silent: bool) -> None:
        position = bisect_left(self._uids, uid)
        place = self._place_of(state)
        if position == len(self._uids):
            self._uids.append(uid)
            self._states.append(place)
            self._modseqs.append(modseq)
            self._size_changed = True
        elif self._uids[position] == uid and modseq > self._modseqs[position]:
            changed = place != self._states[position]
            self._states[position] = place
            self._modseqs[position] = modseq
            if position < self._told and uid not in self._gone:
                # What was to be told is told in full, whoever changed it again.
                self._changed[uid] = self._changed.get(uid, True) and (silent or not changed)

    def _place_of(self, state: State) -> int:
        place = self._places.get(state)
        if place is None:
            place = self._places[state] = len(self._table)
            self._table.append(state)
        return place

    def _modseq_of(self, uid: int) -> int:
        position = bisect_left(self._uids, uid)
        known = position < len(self._uids) and self._uids[position] == uid
        return self._modseqs[position] if known else 0

    # What is to be told

    def updates(self, *, expunges: bool) -> Iterator[Update]:
        """Yield what the client does not know yet, and hold it for known from now on.

        Without *expunges* (during FETCH, STORE and SEARCH) messages that are gone keep
        their numbers for now.
        """
        if expunges and self._gone:
            gone = self._forget_gone()
            if gone.numbers:
                yield gone
        if self._size_changed:
            self._size_changed = False
            self._told = len(self._uids)
            yield Size(self._told, self.count_recent())
        changed, self._changed = self._changed, {}
        for uid in sorted(changed):
            position = bisect_left(self._uids, uid)
            yield self.flagged(position, silent=changed[uid])

    def flagged(self, position: int, *, silent: bool = False) -> Flagged:
        """Return the state of the message at *position*, which counts from 0."""
        uid = self._uids[position]
        return Flagged(
            number=position + 1,
            uid=uid,
            state=self._table[self._states[position]],
            modseq=self._modseqs[position],
            recent=self.is_recent(uid),
            silent=silent,
        )

    def _forget_gone(self) -> Gone:
        gone, self._gone = self._gone, set()
        kept = [place for place, uid in enumerate(self._uids) if uid not in gone]
        lost = [place for place, uid in enumerate(self._uids) if uid in gone]
        known = [place for place in lost if place < self._told]
        found = Gone([place + 1 for place in reversed(known)], [self._uids[p] for p in known])
        self._told -= len(known)
        self._uids = array("I", [self._uids[place] for place in kept])
        self._states = array("I", [self._states[place] for place in kept])
        self._modseqs = array("Q", [self._modseqs[place] for place in kept])
        self.saved = [uid for uid in self.saved if uid not in gone]
        return found

    # What the client means

    def by_number(self, ranges: Iterable[Range]) -> list[int]:
        """Return the positions of those sequence numbers, rising, each once.

        Raises `ValueError` if the client knows of no such number (RFC 9051 section 9).
        """
        found: list[range] = []
        for ends in ranges:
            first, last = sorted(end or self._told for end in ends)
            if not 0 < first <= last <= self._told:
                raise ValueError(f"there is no message {last}")
            found.append(range(first - 1, last))
        return _merged(found)

    def by_uid(self, ranges: Iterable[Range]) -> list[int]:
        """Return the positions of those UIDs that there are, rising, each once."""
        largest = self._uids[self._told - 1] if self._told else 0
        wanted = (sorted(end or largest for end in ends) for ends in ranges)
        return self._between(wanted, most=self._told)

    def uids(self, positions: Iterable[int]) -> list[int]:
        """Return the UIDs at those positions."""
        uids = self._uids
        return [uids[position] for position in positions]

    def numbers(self, uids: Iterable[int]) -> list[int]:
        """Return the sequence numbers of those UIDs, which the client knows."""
        return [bisect_left(self._uids, uid) + 1 for uid in uids]

    def is_gone(self, uid: int) -> bool:
        """Whether the message is no more, though the client was not told."""
        return uid in self._gone

    def _between(self, ranges: Iterable[Sequence[int]], *, most: int) -> list[int]:
        """Return the positions of the UIDs in *ranges*, among the first *most*."""
        found = []
        for first, last in ranges:
            start = bisect_left(self._uids, first, 0, most)
            found.append(range(start, bisect_right(self._uids, last, start, most)))
        return _merged(found)

    # What it may ask without asking the store

    def where(self, holds: Callable[[State], bool]) -> list[int]:
        """Return the positions of the messages whose state fulfils *holds*."""
        good = bytes(holds(state) for state in self._table)
        states = self._states if self._told == len(self._states) else self._states[: self._told]
        return [position for position, place in enumerate(states) if good[place]]

    def since(self, modseq: int) -> list[int]:
        """Return the positions of messages changed at *modseq* or behind it."""
        modseqs = self._modseqs[: self._told]
        return [position for position, one in enumerate(modseqs) if one >= modseq]

    def recent(self) -> list[int]:
        r"""Return the positions of messages that are ``\Recent`` here."""
        return self._between(self._recent, most=self._told)

    def is_recent(self, uid: int) -> bool:
        r"""Whether the message is ``\Recent`` here."""
        return any(first <= uid <= last for first, last in self._recent)

    def count_recent(self) -> int:
        r"""Return how many messages are ``\Recent`` here."""
        return len(self.recent())

    def first_unseen(self) -> int | None:
        r"""Return the number of the first message without ``\Seen``, None if all have it."""
        good = bytes(not state.marks & Mark.SEEN for state in self._table)
        for position in range(self._told):
            if good[self._states[position]]:
                return position + 1
        return None

    def keywords(self) -> list[str]:
        """Return all keywords that messages here have, or had, in order."""
        found = {word.lower(): word for state in self._table for word in state.keywords}
        return [found[word] for word in sorted(found)]


def ranges_of(numbers: Iterable[int]) -> list[Range]:
    """Return rising *numbers* as inclusive ranges of neighbours."""
    found: list[Range] = []
    for number in numbers:
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found


def _merged(ranges: list[range]) -> list[int]:
    """Return the members of all *ranges*, rising, each once."""
    found: list[int] = []
    end = 0
    for one in sorted(ranges, key=lambda each: each.start):
        found += range(max(one.start, end), one.stop)
        end = max(end, one.stop)
    return found


def _changed_rows(rows: Rows, known: Callable[[int], int]) -> Rows:
    """Return those *rows* whose modification sequence is behind the one known of the UID."""
    kept = [
        place
        for place, (uid, modseq) in enumerate(zip(rows.uids, rows.modseqs, strict=True))
        if modseq > known(uid)
    ]
    return Rows(
        array("I", [rows.uids[place] for place in kept]),
        array("I", [rows.states[place] for place in kept]),
        array("Q", [rows.modseqs[place] for place in kept]),
        rows.table,
    )
