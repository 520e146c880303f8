"""The answers to FETCH: from the view alone where that will do, else in portions."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import suppress
from functools import reduce
from itertools import groupby
from operator import or_

from mailcap.domain.errors import StoreUnavailable
from mailcap.domain.mailboxes import Row, Want
from mailcap.imap import flags
from mailcap.imap.backend import Backend
from mailcap.imap.items import Batch, sees, with_views, writer
from mailcap.imap.message.sections import UnknownEncoding, served
from mailcap.imap.replies import Refused
from mailcap.imap.selected import Selected
from mailcap.imap.wire.commands import Attribute, Item, Section

_AT_ONCE = 1_000  # short answers are one piece
_MOST_PARTS = 100  # of each message
_MOST_AT_ONCE = 2**27  # octets
_LARGE = 2**18  # octets of a message that is sent piece by piece
_MUCH = 2**18  # octets: to scan so many takes as long as other clients may be kept waiting


class Answers:
    r"""How *items* of messages of the *selected* mailbox are told.

    *account* is who asks.  `are_seen` says whether that sets ``\Seen``.
    """

    def __init__(
        self, backend: Backend, account: int, selected: Selected, items: Sequence[Item]
    ) -> None:
        self.are_seen = any(map(sees, items)) and not selected.read_only
        self._backend = backend
        self._account = account
        self._selected = selected
        self._tell_flags = Attribute.FLAGS in items
        self._items = items
        self._writers = writers = [writer(item) for item in items]
        self._want = reduce(or_, [each.want for each in writers], Want(0))
        self._columns = [each.column for each in writers]
        self._parts = sum(1 for each in writers if each.want & Want.CONTENT)
        if self._parts > _MOST_PARTS:
            raise Refused(f"One FETCH may ask for {_MOST_PARTS} sections", "LIMIT")
        can_stream = not self._want & Want.STRUCTURE and all(
            not each.want & Want.CONTENT or is_plain(item)
            for item, each in zip(items, writers, strict=True)
        )
        self._largest = _LARGE if can_stream else None
        # In the end there may be FLAGS that nobody asked for.
        self._form = b"* %d FETCH (" + b" ".join([each.form for each in writers]) + b"%b)\r\n"

    async def of(self, spans: Iterable[range]) -> AsyncGenerator[bytes, None]:
        """Yield what is told of the messages of *spans*, as far as they are there."""
        view = self._selected.view
        if not self._want:
            for span in spans:
                for start in range(span.start, span.stop, _AT_ONCE):
                    some = range(start, min(start + _AT_ONCE, span.stop))
                    yield self._told(Batch(view, spans=[some]))
            return
        uids = view.uids(spans)
        while uids:
            rows = await self._backend.store.rows(
                self._account, self._selected.id, uids, self._want, largest=self._largest
            )
            if not rows:
                return
            uids = uids[bisect_right(uids, rows[-1].uid) :]
            for are_large, group in groupby(rows, key=lambda row: row.rest is None):
                if not are_large:
                    yield await self._scanned(Batch(view, rows=await self._with_views([*group])))
                    continue
                for row in group:
                    async for piece in self._streamed(Batch(view, rows=[row])):
                        yield piece

    async def _scanned(self, batch: Batch) -> bytes:
        """Return the answers for *batch*, made where nobody waits if that takes long."""
        octets = sum(len(row.rest or b"") for row in batch.rows)
        if octets * self._parts > _MOST_AT_ONCE:
            raise Refused("So many sections of a message so large are too much", "LIMIT")
        if octets > _MUCH:
            told: bytes = await self._backend.elsewhere(self._told, batch)
            return told
        return self._told(batch)

    async def _streamed(self, batch: Batch) -> AsyncGenerator[bytes, None]:
        """Yield the answer for a large message, of which no more than a piece is in memory."""
        (row,) = batch.rows
        yield b"* %d FETCH (" % batch.numbers[0]
        for place, (item, each) in enumerate(zip(self._items, self._writers, strict=True)):
            if place:
                yield b" "
            if isinstance(item, Section) and each.want & Want.CONTENT:
                async for piece in self._section(item, row):
                    yield piece
            else:
                (value,) = each.column(batch)
                yield each.form % value
        yield b"%b)\r\n" % self._news(batch.numbers)[0]

    async def _section(self, item: Section, row: Row) -> AsyncGenerator[bytes, None]:
        head = row.header if item.text else row.trace + row.header
        whole = row.size - len(row.trace) if item.text else row.size
        first = len(head) if item.text else 0  # the text begins behind the header block
        start, count = item.partial or (0, whole)
        start, end = min(first + start, whole), min(first + start + count, whole)
        yield b"%b {%d}\r\n" % (item.label, end - start)
        if start < len(head):
            yield served(head[start : min(end, len(head))])
        left = end - max(start, len(head))
        if left <= 0:
            return
        async for piece in self._backend.store.pieces(row.body, max(0, start - len(head))):
            yield served(piece[:left])
            left -= len(piece)
            if left <= 0:
                return
        raise RuntimeError("a message was deleted while it was being sent")

    def _told(self, batch: Batch) -> bytes:
        """Return the answers for all messages of *batch*."""
        try:
            columns = [column(batch) for column in self._columns]
        except UnknownEncoding as error:
            raise Refused(str(error), "UNKNOWN-CTE") from None
        ends = self._news(batch.numbers)
        form = self._form
        return b"".join(
            [form % values for values in zip(batch.numbers, *columns, ends, strict=True)]
        )

    def _news(self, numbers: Sequence[int]) -> list[bytes]:
        r"""Return FLAGS where these have changed and are not told anyway: ``\Seen`` does so."""
        view = self._selected.view
        ends = [b""] * len(numbers)
        if view.is_behind and (self._tell_flags or self.are_seen):
            for place, number in enumerate(numbers):
                news = view.take(number - 1)
                if news is not None and news.state is not None and not self._tell_flags:
                    ends[place] = b" FLAGS " + flags.written(news.state, recent=news.recent)
        return ends

    async def _with_views(self, rows: Sequence[Row]) -> Sequence[Row]:
        """Return *rows* with all views, also those that were not cached until now."""
        want = self._want & (Want.ENVELOPE | Want.STRUCTURE)
        envelope, structure = bool(want & Want.ENVELOPE), bool(want & Want.STRUCTURE)
        lacking = [
            row
            for row in rows
            if (envelope and not row.envelope) or (structure and not row.structure)
        ]
        if not lacking:
            return rows
        if sum(len(row.header) + len(row.rest or b"") for row in lacking) > _MUCH:
            made = await self._backend.elsewhere(_make_views, lacking, want)
        else:
            made = _make_views(lacking, want)
        # The answer needs no cache: if it cannot be kept now, it is made again.
        with suppress(StoreUnavailable):
            await self._backend.store.save_views(
                {row.body: row.envelope for row in made if row.envelope},
                {row.body: row.structure for row in made if row.structure},
            )
        by_uid = {row.uid: row for row in made}
        return [by_uid.get(row.uid, row) for row in rows]


def _make_views(rows: Iterable[Row], want: Want) -> list[Row]:
    return [with_views(row, want) for row in rows]


def is_plain(item: Item) -> bool:
    """Whether *item* is all of a message, or all behind its header block."""
    return isinstance(item, Section) and not item.path and item.text in ("", "TEXT")
