"""Messages of a mailbox, with as much of them as is wanted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import product
from typing import Any

from sqlalchemy import Connection, LargeBinary, bindparam, null, select, type_coerce

from mailcap.domain.mailboxes import Row, Want
from mailcap.store.bodies import unpack
from mailcap.store.dialect import Prepared, among, insert_or_update
from mailcap.store.schema import bodies, entries, messages, views
from mailcap.store.selection import Chosen
from mailcap.store.states import VISIBLE

_MOST_ROWS = 2_000  # are read in one go


def _listing(wanted: tuple[bool, ...]) -> Prepared:
    """Return the query for the first fields of `Row`; of bytes, only what is *wanted*."""
    octets = (views.c.envelope, views.c.structure, messages.c.trace)
    nothing = type_coerce(null(), LargeBinary)
    query = (
        select(
            entries.c.uid,
            messages.c.number,
            messages.c.body,
            messages.c.id,
            messages.c.internal_date,
            entries.c.saved,
            messages.c.size,
            *(
                column if is_wanted else nothing
                for column, is_wanted in zip(octets, wanted, strict=True)
            ),
        )
        .select_from(entries)
        .join(messages, messages.c.number == entries.c.message)
        .where(entries.c.mailbox == bindparam("mailbox"), among(entries.c.uid, "uids"), VISIBLE)
        .order_by(entries.c.uid)
    )
    if any(wanted[:2]):
        query = query.outerjoin(views, views.c.body == messages.c.body)
    return Prepared(query)


_LISTINGS = {wanted: _listing(wanted) for wanted in product((False, True), repeat=3)}
# Where these are in `Row`.
_BODY, _SIZE, _ENVELOPE, _STRUCTURE = map(
    Row._fields.index, ("body", "size", "envelope", "structure")
)
_NOT_READ = (b"", b"")
_HEADERS = Prepared(
    select(bodies.c.number, bodies.c.header).where(among(bodies.c.number, "numbers"))
)
_CONTENTS = Prepared(
    select(bodies.c.number, bodies.c.header, bodies.c.codec, bodies.c.rest).where(
        among(bodies.c.number, "numbers")
    )
)
_ALIVE = (
    select(bodies.c.number)
    .where(among(bodies.c.number, "numbers"))
    .order_by(bodies.c.number)
    .with_for_update(read=True, key_share=True)
)


def rows(
    connection: Connection,
    viewer: int,
    mailbox: int,
    uids: Sequence[int],
    want: Want,
    *,
    most: int = 2**20,
) -> list[Row]:
    """See `mailcap.domain.ports.MailboxStore.rows`."""
    envelope, structure = bool(want & Want.ENVELOPE), bool(want & Want.STRUCTURE)
    content = bool(want & Want.CONTENT)
    header = content or bool(want & Want.HEADER)
    listed = _LISTINGS[envelope, structure, header].execute(
        connection, viewer=viewer, mailbox=mailbox, uids=uids[:_MOST_ROWS]
    )
    if content or structure:
        listed = _bounded(listed, most, all_whole=content)
    whole = {row[_BODY] for row in listed if content or (structure and row[_STRUCTURE] is None)}
    needed = whole | {
        row[_BODY] for row in listed if header or (envelope and row[_ENVELOPE] is None)
    }
    octets = _octets(connection, needed - whole, whole)
    return [
        Row._make(
            (
                *row[:_ENVELOPE],
                *(one or b"" for one in row[_ENVELOPE:]),
                *octets.get(row[_BODY], _NOT_READ),
            )
        )
        for row in listed
        # What was needed and is not there has lost its last message meanwhile.
        if row[_BODY] in octets or row[_BODY] not in needed
    ]


def collect(
    connection: Connection, chosen: Chosen, want: Want, look: Callable[[Row], Any]
) -> tuple[list[Any], int | None]:
    """Return what *look* makes of the first of those messages, and the UID to go on behind.

    That is None if there are no more.
    """
    found = rows(connection, chosen.viewer, chosen.mailbox, chosen.uids, want)
    made = [one for row in found if (one := look(row)) is not None]
    return made, found[-1].uid if found else None


def _bounded(
    listed: Sequence[tuple[Any, ...]], most: int, *, all_whole: bool
) -> list[tuple[Any, ...]]:
    """Return the first of the rows: as many as *most* octets of whole messages are."""
    size = 0
    found: list[tuple[Any, ...]] = []
    for row in listed:
        if all_whole or row[_STRUCTURE] is None:
            size += row[_SIZE]
        if size > most and found:
            break
        found.append(row)
    return found


def save_views(
    connection: Connection, envelopes: Mapping[int, bytes], structures: Mapping[int, bytes]
) -> None:
    """See `mailcap.domain.ports.MailboxStore.save_views`; bodies may be gone meanwhile."""
    numbers = sorted({*envelopes, *structures})
    alive = connection.scalars(_ALIVE, {"numbers": numbers}).all()
    for name, octets in (("envelope", envelopes), ("structure", structures)):
        given = [{"body": number, name: octets[number]} for number in alive if number in octets]
        if given:
            connection.execute(insert_or_update(connection, views, name), given)


def _octets(
    connection: Connection, heads: Collection[int], whole: Collection[int]
) -> dict[int, tuple[bytes, bytes]]:
    """Return the header block and, of those in *whole*, the rest of bodies."""
    found: dict[int, tuple[bytes, bytes]] = {}
    if heads:
        for number, header in _HEADERS.execute(connection, numbers=heads):
            found[number] = header, b""
    if whole:
        for number, header, codec, rest in _CONTENTS.execute(connection, numbers=whole):
            found[number] = header, unpack(codec, rest)
    return found
