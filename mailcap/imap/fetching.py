"""The answers to FETCH: from the view alone where that will do, else in portions."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import suppress
from operator import itemgetter
from typing import Final

from mailcap.domain.errors import StoreUnavailable
from mailcap.domain.mailboxes import Row, Want
from mailcap.imap import flags
from mailcap.imap.backend import Backend
from mailcap.imap.items import Letter, Write, envelope_of, sees, structure_of, writer
from mailcap.imap.message.sections import UnknownEncoding
from mailcap.imap.replies import Refused
from mailcap.imap.selected import Selected
from mailcap.imap.wire.commands import Attribute, Item

_AT_ONCE = 500  # short answers are one piece
_MUCH = 2**18  # octets: to scan so many takes as long as other clients may be kept waiting

# What the view knows: how it is written, and which of a message's four values it is.
_OF_VIEW: Final = {
    Attribute.UID: (b"UID %d", 1),
    Attribute.FLAGS: (b"FLAGS %b", 2),
    Attribute.MODSEQ: (b"MODSEQ (%d)", 3),
}


class Answers:
    r"""How *items* of messages of the *selected* mailbox are told.

    *account* is who asks.  `are_seen` says whether that sets ``\Seen``.
    """

    def __init__(
        self, backend: Backend, account: int, selected: Selected, items: Sequence[Item]
    ) -> None:
        self.are_seen = any(map(sees, items))
        self._backend = backend
        self._account = account
        self._selected = selected
        self._items = items
        self._tell_flags = Attribute.FLAGS in items
        self._want = Want(0)
        self._writers: list[Write] = []
        for item in items:
            want, write = writer(item)
            self._want |= want
            self._writers.append(write)

    def of(self, spans: Iterable[range]) -> AsyncGenerator[bytes, None]:
        """Yield what is told of the messages of *spans*, as far as they are there."""
        if all(item in _OF_VIEW for item in self._items):
            return self._of_view(spans)
        return self._of_store(self._selected.view.uids(spans))

    async def _of_view(self, spans: Iterable[range]) -> AsyncGenerator[bytes, None]:
        view = self._selected.view
        words, places = zip(*[_OF_VIEW[item] for item in self._items], strict=True)  # type: ignore[index]
        template = b"* %d FETCH (" + b" ".join(words) + b")\r\n"
        values = itemgetter(0, *places)
        written = [flags.written(state) for state in view.table]
        has_recent, is_behind = bool(view.count_recent()), view.is_behind and self._tell_flags
        lines: list[bytes] = []
        for number, uid, place, modseq in view.messages(spans):
            shown = written[place]
            if has_recent and view.is_recent(uid):
                shown = flags.written(view.table[place], recent=True)
            if is_behind:
                view.take(number - 1)
            lines.append(template % values((number, uid, shown, modseq)))
            if len(lines) == _AT_ONCE:
                yield b"".join(lines)
                lines.clear()
        yield b"".join(lines)

    async def _of_store(self, uids: Sequence[int]) -> AsyncGenerator[bytes, None]:
        while uids:
            rows = await self._backend.store.rows(
                self._account, self._selected.id, uids, self._want
            )
            if not rows:
                return
            if self._want & (Want.ENVELOPE | Want.STRUCTURE):
                rows = await self._with_views(rows)
            lines: list[bytes] = []
            for row in rows:
                lines.append(self._line(row))
                if row.rest or len(lines) == _AT_ONCE:
                    yield b"".join(lines)
                    lines.clear()
            yield b"".join(lines)
            uids = uids[bisect_right(uids, rows[-1].uid) :]

    def _line(self, row: Row) -> bytes:
        view = self._selected.view
        number, place, modseq = view.message(row.uid)
        letter = Letter(row.uid, view.table[place], modseq, row, recent=view.is_recent(row.uid))
        try:
            words = [write(letter) for write in self._writers]
        except UnknownEncoding as error:
            raise Refused(str(error), "UNKNOWN-CTE") from None
        if self._tell_flags or self.are_seen:
            news = view.take(number - 1)
            if news is not None and news.state is not None and not self._tell_flags:
                words.append(b"FLAGS " + flags.written(letter.state, recent=letter.recent))
        return b"* %d FETCH (%b)\r\n" % (number, b" ".join(words))

    async def _with_views(self, rows: Sequence[Row]) -> list[Row]:
        """Return *rows* with all views, also those that were not cached until now."""
        envelope, structure = bool(self._want & Want.ENVELOPE), bool(self._want & Want.STRUCTURE)
        lacking = [
            row
            for row in rows
            if (envelope and not row.envelope) or (structure and not row.structure)
        ]
        if not lacking:
            return list(rows)
        if sum(len(row.header) + len(row.rest) for row in lacking) > _MUCH:
            made = await self._backend.elsewhere(_make_views, lacking, self._want)
        else:
            made = _make_views(lacking, self._want)
        # The answer needs no cache: if it cannot be kept now, it is made again.
        with suppress(StoreUnavailable):
            await self._backend.store.save_views(
                {row.body: row.envelope for row in made if row.envelope},
                {row.body: row.structure for row in made if row.structure},
            )
        by_uid = {row.uid: row for row in made}
        return [by_uid.get(row.uid, row) for row in rows]


def _make_views(rows: Sequence[Row], want: Want) -> list[Row]:
    found = []
    for row in rows:
        letter = Letter.of_row(row)
        found.append(
            row._replace(
                envelope=envelope_of(letter) if want & Want.ENVELOPE else b"",
                structure=structure_of(letter) if want & Want.STRUCTURE else b"",
            )
        )
    return found
