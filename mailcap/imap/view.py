"""What a client has been told of its mailbox: the one owner of sequence numbers.

A view is made from a snapshot, takes in what has changed since, and gives at permitted
moments what is to be told.  What was not told yet has not happened for the client: a
message that is gone keeps its number until EXPUNGE says so (RFC 9051 section 5.5), and a
new one has none until EXISTS does.

Which messages are meant is said by *spans*: rising ranges of positions, which count from 0
and are good until `MailboxView.updates` tells of expunges.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from mailcap.domain.mailboxes import Changes, Mark, Rows, Snapshot, State
from mailcap.imap.candidates import Candidates
from mailcap.imap.columns import Columns, Range, common, merged, ranges_of, rising
from mailcap.imap.news import FLAGS, GONE, MODSEQ, News
from mailcap.imap.recent import Claims
from mailcap.imap.updates import (
    Exists,
    Expunge,
    Flagged,
    Keywords,
    OwnChange,
    Recent,
    Update,
    Vanished,
)

_ZEROS = re.compile(rb"\x00+")

# Keywords that FLAGS lists.  Each message may have 100 others: FLAGS must not fill megabytes.
_MOST_KEYWORDS = 250

_AT_ONCE = 1000


class Found(NamedTuple):
    """What a sequence set means: *spans* of messages that are there.

    *lost*: others are gone, though the client was not told.  With sequence numbers that
    is NO [EXPUNGEISSUED], with UIDs it is nothing (RFC 2180 section 4).
    """

    spans: list[range]
    lost: bool


class MailboxView:
    r"""The selected mailbox as one client knows it.

    *recent_from* is the first UID that is ``\Recent`` in this session, None with
    IMAP4rev2.  With *condstore* changes are told with their modification sequences, with
    *qresync* also expunges by VANISHED; both may be set later.  16 octets a message, and
    one more while something is waiting to be told.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        *,
        recent_from: int | None = None,
        condstore: bool = False,
        qresync: bool = False,
    ) -> None:
        self.condstore = condstore or qresync
        self.qresync = qresync
        self.uid_next = snapshot.status.uid_next
        self.highest_modseq = snapshot.status.highest_modseq
        self._rows = Columns(snapshot.rows)
        self._told = len(self._rows)  # so many of them the client knows
        self._news = News()
        self._synced = self.highest_modseq
        self._words: dict[str, str] = {}
        self._learn(self._rows.table)
        self._words_told = len(self._words)
        self._saved = array("I")  # first UID, last UID, first UID, …
        self._recent = Claims()
        if recent_from is not None:
            self.claim(recent_from, self.uid_next)
        self._recent_told = self.count_recent()

    def __len__(self) -> int:
        """How many messages the client knows of."""
        return self._told

    @property
    def last_uid(self) -> int:
        """The UID of the last message that the client knows of, 0 without any."""
        return self._rows.uids[self._told - 1] if self._told else 0

    @property
    def table(self) -> Sequence[State]:
        """The states that `messages` refers to, good as long as positions are."""
        return self._rows.table

    @property
    def is_behind(self) -> bool:
        """Whether there is anything to tell."""
        return len(self._rows) > self._told or bool(self._news)

    @property
    def synced_modseq(self) -> int:
        """The modification sequence up to which the client knows everything.

        HIGHESTMODSEQ must say no more: a client that comes back with it asks only for
        what is behind it (RFC 7162 section 3.2.5).
        """
        return self._synced if self.is_behind else self.highest_modseq

    # What has happened

    def claim(self, first: int, end: int) -> None:
        r"""Let the messages from UID *first* up to, not including, *end* be ``\Recent``.

        *first* is what the store answers to a claim of all messages below *end*, which
        is `uid_next` as it is now.
        """
        self._recent.add(first, end)

    def forget_recent(self) -> None:
        r"""Know of no ``\Recent`` from here on (IMAP4rev2)."""
        self._recent = Claims()
        self._recent_told = 0

    def absorb(self, changes: Changes, *, own: OwnChange | None = None) -> None:
        """Take in what the store tells behind `highest_modseq` and from `uid_next` on.

        What *own* explains is no news: only its MODSEQ is told (RFC 7162 section 3.1.3).
        """
        self._synced = self.synced_modseq
        count = len(self._rows)
        self._news.add_all(self._rows.spans(changes.vanished, count), GONE, of=count)
        self._learn(changes.rows.table)
        self._take_in(changes.rows, own)
        self.uid_next = max(self.uid_next, changes.uid_next)
        self.highest_modseq = max(self.highest_modseq, changes.highest_modseq)

    def replace(self, snapshot: Snapshot) -> None:
        """Take in a whole snapshot, when nobody knows any more what has changed."""
        status, uids = snapshot.status, self._rows.uids
        known = uids[: bisect_left(uids, status.uid_next)]
        self.absorb(
            Changes(
                rows=snapshot.rows,
                vanished=ranges_of(sorted(set(known).difference(snapshot.rows.uids))),
                uid_next=status.uid_next,
                highest_modseq=status.highest_modseq,
            )
        )

    def tell(self, spans: Iterable[range], *, flags: bool = True) -> None:
        """Let `updates` tell of these messages whether they have changed or not (STORE).

        Without *flags* only their modification sequences, with CONDSTORE.
        """
        if flags or self.condstore:
            self._news.add_all(spans, FLAGS if flags else MODSEQ, of=self._told)

    def _take_in(self, rows: Rows, own: OwnChange | None) -> None:
        columns = self._rows
        places = [columns.place_of(state) for state in rows.table]
        explained: dict[tuple[int, int], bool] = {}
        guess = 0
        for uid, theirs, modseq in zip(rows.uids, rows.states, rows.modseqs, strict=True):
            place = places[theirs]
            if uid >= self.uid_next:
                columns.append(uid, place, modseq)
                continue
            position = columns.position_of(uid, guess)
            # One that is unknown was told to be gone, and this is older than that.
            if position is None or modseq <= columns.modseqs[position]:
                continue
            change = (columns.states[position], place)
            columns.states[position], columns.modseqs[position] = place, modseq
            news = change[0] != place
            if news and own is not None and uid in own.uids:
                if change not in explained:
                    explained[change] = own.explains(*map(self.table.__getitem__, change))
                news = not explained[change]
            if position < self._told and (news or self.condstore):
                self._news.add(position, FLAGS if news else MODSEQ, of=self._told)
            guess = position + 1

    def _learn(self, table: Iterable[State]) -> None:
        for state in table:
            for word in state.keywords:
                if len(self._words) < _MOST_KEYWORDS:
                    self._words.setdefault(word.lower(), word)

    # What is to be told

    def updates(self, *, expunges: bool, flags: bool = True) -> Iterator[Update]:
        """Yield what the client does not know yet, and hold it for known from then on.

        Without *expunges* (during FETCH, STORE and SEARCH, not their UID variants:
        RFC 9051 section 7.5.1) messages that are gone keep their numbers for now.
        Without *flags* these wait too (NOTIFY).
        """
        if words := self.take_keywords():
            yield words
        if self._news.any_gone:
            yield from self._tell_gone(expunges=expunges)
        if expunges:
            self._rows.tidy()
        if len(self._rows) > self._told:
            self._told = len(self._rows)
            yield Exists(self._told)
        recent = self.count_recent()
        if recent != self._recent_told:
            self._recent_told = recent
            yield Recent(recent)
        if flags:
            # What changes while this waits for the client is told as well.
            yield from map(self._say, self._news.to_tell(self._told))
        if not self.is_behind:
            self._news.clear()

    def take_keywords(self) -> Keywords | None:
        """Return the keywords if there are new ones, and hold them for told.

        Before a FETCH response that has one (RFC 9051 section 7.3.5).
        """
        if self._words_told == len(self._words):
            return None
        self._words_told = len(self._words)
        return Keywords(self.keywords())

    def take(self, position: int) -> Flagged | None:
        """Return what there is to tell of that message, and hold it for told.

        For FETCH, which can say it along with what was asked.
        """
        return self._say(position) if self._news[position] in (MODSEQ, FLAGS) else None

    def _say(self, position: int) -> Flagged:
        rows, uid = self._rows, self._rows.uids[position]
        in_full = self._news.take(position) == FLAGS
        return Flagged(
            number=position + 1,
            uid=uid,
            state=rows.table[rows.states[position]] if in_full else None,
            modseq=rows.modseqs[position] if self.condstore else None,
            recent=uid in self._recent,
        )

    def _tell_gone(self, *, expunges: bool) -> Iterator[Update]:
        """Forget what is gone: all of it, or only what the client never knew."""
        kept = self._news.there(len(self._rows))
        if not expunges:
            kept[: self._told] = b"\1" * self._told
            if 0 not in kept:
                return
        spans = [range(*found.span()) for found in _ZEROS.finditer(kept, 0, self._told)]
        uids = [ranges_of(self._rows.uids[span.start : span.stop]) for span in spans]
        self._rows.keep(kept)
        self._news.keep(kept)
        self._told -= sum(map(len, spans))
        # Nothing below the first message will be recent again.
        self._recent.forget_below(self._rows.uids[0] if self._rows else self.uid_next)
        if spans and self.qresync:
            yield Vanished(list(chain.from_iterable(uids)))
        elif spans:
            yield Expunge([range(span.stop, span.start, -1) for span in reversed(spans)])

    # What the client means

    def by_number(self, ranges: Iterable[Range]) -> Found:
        """Return the messages with those sequence numbers.

        Raises `ValueError` if the client knows of no such number, which is a BAD
        command (RFC 9051 section 9).
        """
        spans = []
        for ends in ranges:
            first, last = rising(ends, self._told)
            if not 0 < first <= last <= self._told:
                raise ValueError(f"There is no message {last or '*'}")
            spans.append(range(first - 1, last))
        return self._without_gone(merged(spans))

    def by_uid(self, ranges: Iterable[Range]) -> Found:
        """Return the messages with those UIDs, as far as there are any."""
        spans = self._rows.spans(self._uid_ranges(ranges), self._told)
        return self._without_gone(merged(spans))

    def uids(self, spans: Iterable[range]) -> array[int]:
        """Return the UIDs of those messages."""
        found = array("I")
        for span in spans:
            found += self._rows.uids[span.start : span.stop]
        return found

    def number_of(self, uid: int) -> int:
        """Return the sequence number of a message that the client knows of."""
        position = self._rows.position_of(uid)
        if position is None:
            raise KeyError(uid)
        return position + 1

    def messages_of(self, uids: Iterable[int]) -> Iterator[tuple[int, int, int, int]]:
        """Yield what `messages` does of those that the client knows of, given their UIDs."""
        rows, guess = self._rows, 0
        for uid in uids:
            position = rows.position_of(uid, guess)
            if position is None:
                raise KeyError(uid)
            guess = position + 1
            yield guess, uid, rows.states[position], rows.modseqs[position]

    def messages(self, spans: Iterable[range]) -> Iterator[tuple[int, int, int, int]]:
        """Yield sequence number, UID, place in `table` and modification sequence of each."""
        rows = self._rows
        for span in spans:
            for start in range(span.start, span.stop, _AT_ONCE):
                end = min(start + _AT_ONCE, span.stop)
                columns = (column[start:end] for column in (rows.uids, rows.states, rows.modseqs))
                yield from zip(range(start + 1, end + 1), *columns, strict=True)

    def save(self, spans: Iterable[range]) -> None:
        """Remember those messages as the result of a SEARCH (RFC 5182)."""
        self._saved = array("I")
        for span in spans:
            self._saved.extend((self._rows.uids[span.start], self._rows.uids[span.stop - 1]))

    @property
    def saved(self) -> list[Range]:
        """What ``$`` means, for `by_uid`: it follows expunges."""
        # No other message can have come between the ends: new UIDs are above all others.
        return list(zip(self._saved[::2], self._saved[1::2], strict=True))

    def vanished_earlier(
        self, changes: Changes, known: Iterable[Range] | None = None
    ) -> list[Range]:
        """Return what VANISHED (EARLIER) tells: which of the *known* UIDs are gone.

        *changes* are those since the modification sequence that the client came with;
        *known* is None if it may know any UID (RFC 7162 sections 3.2.5 and 3.2.6).
        """
        candidates = [(1, self.uid_next - 1)]
        if known is not None:
            spans = merged(range(first, last + 1) for first, last in self._uid_ranges(known))
            candidates = common(candidates, [(span.start, span.stop - 1) for span in spans])
        if changes.complete:
            candidates = common(candidates, changes.vanished)
        return list(self._rows.absent(candidates))

    def _uid_ranges(self, ranges: Iterable[Range]) -> Iterator[Range]:
        return (rising(ends, self.last_uid) for ends in ranges)

    def _without_gone(self, spans: list[range]) -> Found:
        if not self._news.any_gone:
            return Found(spans, lost=False)
        there = self._news.without_gone(spans)
        return Found(there, lost=sum(map(len, there)) < sum(map(len, spans)))

    # What is there

    def candidates(self) -> Candidates:
        """Return the messages that are there, for SEARCH to choose from."""
        there = bytes(self._news.there(self._told))
        recent = list(self._rows.spans(self._recent, self._told))
        return Candidates(self._rows, there, recent)

    def is_recent(self, uid: int) -> bool:
        r"""Whether the message is ``\Recent`` here."""
        return uid in self._recent

    def count_recent(self) -> int:
        r"""Return how many messages are ``\Recent`` here."""
        return sum(map(len, self._rows.spans(self._recent, self._told)))

    def first_unseen(self) -> int | None:
        r"""Return the number of the first message without ``\Seen``, None if all have it."""
        unseen = self._rows.where(lambda state: not state.marks & Mark.SEEN)
        return unseen.find(1, 0, self._told) + 1 or None

    def rows(self) -> Rows:
        """Return all messages, told of or not, for another view to begin with."""
        for _ in self.updates(expunges=True):
            pass
        return self._rows.copied()

    def keywords(self) -> list[str]:
        """Return the keywords that messages here have, or had; not all if they are many."""
        return sorted(self._words.values(), key=str.lower)
