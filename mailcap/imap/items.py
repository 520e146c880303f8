"""What FETCH gives of one message, item by item (RFC 9051 section 7.5.2)."""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Callable, Mapping
from functools import cached_property
from hashlib import sha256
from typing import Final

from mailcap.domain.mailboxes import Row, State, Want
from mailcap.imap import flags
from mailcap.imap.message import sections
from mailcap.imap.message.bodystructure import bodystructure
from mailcap.imap.message.envelope import envelope
from mailcap.imap.message.preview import preview
from mailcap.imap.message.sections import Source, Text
from mailcap.imap.message.threading import first_reference
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


class Letter:
    """A message to be told of: what the view knows, and *row*, what the store has given."""

    __slots__ = ("__dict__", "modseq", "recent", "row", "state", "uid")

    def __init__(self, uid: int, state: State, modseq: int, row: Row, *, recent: bool) -> None:
        self.uid = uid
        self.state = state
        self.modseq = modseq
        self.row = row
        self.recent = recent

    @classmethod
    def of_row(cls, row: Row) -> Letter:
        """Return a message of which only the octets are wanted."""
        return cls(row.uid, State(), 0, row, recent=False)

    @cached_property
    def source(self) -> Source:
        """The octets of the message."""
        return Source(self.row.trace, self.row.header, self.row.rest)


Write = Callable[[Letter], bytes]


def _nstring(octets: bytes | None) -> bytes:
    return NIL if octets is None else literal(octets)


def envelope_of(letter: Letter) -> bytes:
    """Return the ENVELOPE that is cached, or made now."""
    return letter.row.envelope or envelope(letter.row.header)


def structure_of(letter: Letter) -> bytes:
    """Return the BODYSTRUCTURE that is cached, or made now."""
    return letter.row.structure or bodystructure(letter.source.body, letter.source.root)


def thread_id(header: bytes) -> bytes:
    """Return the THREADID (RFC 8474): the same for all that refer to one first message.

    Of a message with neither references nor an id of its own it is NIL.
    """
    first = first_reference(headers.parse(header))
    if first is None:
        return NIL
    digest = sha256(first.encode("utf-8", "surrogatepass")).digest()[:_DIGEST]
    return b"(T%b)" % b32encode(digest)


_WRITERS: Final[Mapping[Attribute, tuple[Want, Write]]] = {
    Attribute.UID: (Want(0), lambda one: b"UID %d" % one.uid),
    Attribute.FLAGS: (
        Want(0),
        lambda one: b"FLAGS " + flags.written(one.state, recent=one.recent),
    ),
    Attribute.MODSEQ: (Want(0), lambda one: b"MODSEQ (%d)" % one.modseq),
    Attribute.INTERNALDATE: (
        Want(0),
        lambda one: b"INTERNALDATE " + date_time(one.row.internal_date),
    ),
    Attribute.SIZE: (Want(0), lambda one: b"RFC822.SIZE %d" % one.row.size),
    Attribute.EMAILID: (Want(0), lambda one: b"EMAILID (%b)" % one.row.email_id.encode()),
    Attribute.THREADID: (Want.HEADER, lambda one: b"THREADID " + thread_id(one.row.header)),
    Attribute.SAVEDATE: (Want(0), lambda one: b"SAVEDATE " + date_time(one.row.saved)),
    Attribute.PREVIEW: (
        Want.CONTENT,
        lambda one: b"PREVIEW " + string(preview(one.source.body, one.source.root)),
    ),
    Attribute.ENVELOPE: (Want.ENVELOPE, lambda one: b"ENVELOPE " + envelope_of(one)),
    Attribute.BODYSTRUCTURE: (
        Want.STRUCTURE,
        lambda one: b"BODYSTRUCTURE " + structure_of(one),
    ),
    Attribute.BODY: (
        Want.CONTENT,
        lambda one: b"BODY " + bodystructure(one.source.body, one.source.root, extended=False),
    ),
}


def writer(item: Item) -> tuple[Want, Write]:
    """Return what has to be read for *item*, and what writes it."""
    if isinstance(item, Attribute):
        return _WRITERS[item]
    if isinstance(item, Section):
        of_header = not item.path and item.text in _HEADERS
        return Want.HEADER if of_header else Want.CONTENT, lambda one: _section(item, one)
    return Want.CONTENT, lambda one: _binary(item, one)


def sees(item: Item) -> bool:
    r"""Whether to fetch *item* sets ``\Seen``."""
    if isinstance(item, Binary):
        return not (item.peek or item.size_only)
    return isinstance(item, Section) and not item.peek


def _section(item: Section, letter: Letter) -> bytes:
    octets = letter.source.section(item.path, _TEXTS[item.text], item.fields)
    if octets is not None and item.partial is not None:
        octets = sections.partial(octets, *item.partial)
    return b"%b %b" % (item.label, _nstring(octets))


def _binary(item: Binary, letter: Letter) -> bytes:
    octets = letter.source.binary(item.path)
    if item.size_only:
        return b"%b %d" % (item.label, len(octets or b""))
    if octets is None:
        return b"%b %b" % (item.label, NIL)
    if item.partial is not None:
        octets = sections.partial(octets, *item.partial)
    return b"%b %b" % (item.label, literal8(octets))
