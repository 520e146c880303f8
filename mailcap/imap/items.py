"""What FETCH gives of messages, item by item (RFC 9051 section 7.5.2).

An item is written for many messages at once, as a column: that costs a fraction of what
it takes to go from message to message.
"""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from hashlib import sha256
from typing import Any, Final, NamedTuple

from mailcap.domain.mailboxes import Row, Want
from mailcap.imap import flags
from mailcap.imap.message import sections
from mailcap.imap.message.bodystructure import bodystructure
from mailcap.imap.message.envelope import envelope
from mailcap.imap.message.preview import preview
from mailcap.imap.message.sections import Source, Text
from mailcap.imap.message.threading import first_reference
from mailcap.imap.view import MailboxView
from mailcap.imap.wire.commands import Attribute, Binary, Item, Section
from mailcap.imap.wire.dates import date_time
from mailcap.imap.wire.encoding import NIL, literal, literal8, string
from mailcap.mime import headers

_DIGEST = 15  # octets: 24 characters of base32

_TEXTS: Final = {
    "": Text.CONTENT,
    "HEADER": Text.HEADER,
    "HEADER.FIELDS": Text.FIELDS,
    "HEADER.FIELDS.NOT": Text.FIELDS_NOT,
    "TEXT": Text.TEXT,
    "MIME": Text.MIME,
}
_HEADERS: Final = frozenset({"HEADER", "HEADER.FIELDS", "HEADER.FIELDS.NOT"})
_WHOLE: Final = Want.TRACE | Want.CONTENT


class Batch:
    """Messages to be told of: what *view* knows, and *rows*, what the store has given.

    Without *rows* they are the messages of *spans*.
    """

    def __init__(
        self, view: MailboxView, *, spans: Iterable[range] = (), rows: Sequence[Row] = ()
    ) -> None:
        self._view = view
        self.rows = rows
        known = view.messages_of([row.uid for row in rows]) if rows else view.messages(spans)
        columns = tuple(zip(*known, strict=True)) or ((), (), (), ())
        self.numbers: Sequence[int]
        self.uids: Sequence[int]
        self._places: Sequence[int]
        self.modseqs: Sequence[int]
        self.numbers, self.uids, self._places, self.modseqs = columns

    @cached_property
    def flags(self) -> list[bytes]:
        """The flags of each, in parentheses."""
        view, table = self._view, self._view.table
        written = [flags.written(state) for state in table]
        if not view.count_recent():
            return [written[place] for place in self._places]
        return [
            flags.written(table[place], recent=True) if view.is_recent(uid) else written[place]
            for uid, place in zip(self.uids, self._places, strict=True)
        ]

    @cached_property
    def sources(self) -> list[Source]:
        """The octets of each."""
        return [Source(row.trace, row.header, row.rest or b"") for row in self.rows]


class Writer(NamedTuple):
    """How an item is written: *form* with the value that *column* gives for each message.

    *want* is what has to be read for that.
    """

    want: Want
    form: bytes
    column: Callable[[Batch], Iterable[Any]]


def thread_id(header: bytes) -> bytes:
    """Return the THREADID (RFC 8474): the same for all that refer to one first message.

    Of a message with neither references nor an id of its own it is NIL.
    """
    first = first_reference(headers.parse(header))
    if first is None:
        return NIL
    digest = sha256(first.encode("utf-8", "surrogatepass")).digest()[:_DIGEST]
    return b"(T%b)" % b32encode(digest)


def with_views(row: Row, want: Want) -> Row:
    """Return *row* with the views that are wanted, which are made now."""
    found = row
    if want & Want.ENVELOPE and not row.envelope:
        found = found._replace(envelope=envelope(row.header))
    if want & Want.STRUCTURE and not row.structure:
        source = Source(b"", row.header, row.rest or b"")
        found = found._replace(structure=bodystructure(source.body, source.root))
    return found


_WRITERS: Final[Mapping[Attribute, Writer]] = {
    Attribute.UID: Writer(Want(0), b"UID %d", lambda batch: batch.uids),
    Attribute.FLAGS: Writer(Want(0), b"FLAGS %b", lambda batch: batch.flags),
    Attribute.MODSEQ: Writer(Want(0), b"MODSEQ (%d)", lambda batch: batch.modseqs),
    Attribute.INTERNALDATE: Writer(
        Want.INTERNAL_DATE,
        b"INTERNALDATE %b",
        lambda batch: [date_time(row.internal_date) for row in batch.rows],
    ),
    Attribute.SIZE: Writer(
        Want.SIZE, b"RFC822.SIZE %d", lambda batch: [row.size for row in batch.rows]
    ),
    Attribute.EMAILID: Writer(
        Want.EMAIL_ID,
        b"EMAILID (%b)",
        lambda batch: [row.email_id.encode() for row in batch.rows],
    ),
    Attribute.THREADID: Writer(
        Want.HEADER, b"THREADID %b", lambda batch: [thread_id(row.header) for row in batch.rows]
    ),
    Attribute.SAVEDATE: Writer(
        Want.SAVED, b"SAVEDATE %b", lambda batch: [date_time(row.saved) for row in batch.rows]
    ),
    Attribute.PREVIEW: Writer(
        Want.CONTENT,
        b"PREVIEW %b",
        lambda batch: [string(preview(one.body, one.root)) for one in batch.sources],
    ),
    Attribute.ENVELOPE: Writer(
        Want.ENVELOPE, b"ENVELOPE %b", lambda batch: [row.envelope for row in batch.rows]
    ),
    Attribute.BODYSTRUCTURE: Writer(
        Want.STRUCTURE, b"BODYSTRUCTURE %b", lambda batch: [row.structure for row in batch.rows]
    ),
    Attribute.BODY: Writer(
        Want.CONTENT,
        b"BODY %b",
        lambda batch: [bodystructure(one.body, one.root, extended=False) for one in batch.sources],
    ),
}


def writer(item: Item) -> Writer:
    """Return how *item* is written."""
    if isinstance(item, Attribute):
        return _WRITERS[item]
    form = _escaped(item.label) + b" %b"
    if isinstance(item, Binary):
        return Writer(_WHOLE, form, lambda batch: [_binary(item, one) for one in batch.sources])
    of_header = not item.path and item.text in _HEADERS
    return Writer(
        Want.TRACE | Want.HEADER if of_header else _WHOLE,
        form,
        lambda batch: [_section(item, one) for one in batch.sources],
    )


def sees(item: Item) -> bool:
    r"""Whether to fetch *item* sets ``\Seen``."""
    if isinstance(item, Binary):
        return not (item.peek or item.size_only)
    return isinstance(item, Section) and not item.peek


def _section(item: Section, source: Source) -> bytes:
    octets = source.section(item.path, _TEXTS[item.text], item.fields)
    if octets is None:
        return NIL
    return literal(octets if item.partial is None else sections.partial(octets, *item.partial))


def _binary(item: Binary, source: Source) -> bytes:
    octets = source.binary(item.path)
    if item.size_only:
        return b"%d" % len(octets or b"")
    if octets is None:
        return NIL
    return literal8(octets if item.partial is None else sections.partial(octets, *item.partial))


def _escaped(label: bytes) -> bytes:
    return label.replace(b"%", b"%%")
