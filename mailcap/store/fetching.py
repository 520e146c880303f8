"""Messages of a mailbox, with as much of them as is wanted.

As a list comes out of the database in few rows (see `mailcap.store.lines`), so do these:
a column of numbers is one text, a column of octets is one piece that is cut up here.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import product, repeat
from time import monotonic
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, case, func, literal, select

from mailcap.domain.mailboxes import Row, Want
from mailcap.store.bodies import unpack
from mailcap.store.columns import column, octets, values
from mailcap.store.dialect import Prepared, among, insert_or_update
from mailcap.store.schema import bodies, entries, messages, views
from mailcap.store.selection import Chosen
from mailcap.store.states import VISIBLE

_MOST_ROWS = 2_000  # are read in one go
_SLICE = 0.05  # seconds of a search in one go
_SEARCHED = 2**22  # octets of messages that a search has in memory

_NUMBERS = ("uid", "number", "body", "email_id", "internal_date", "saved", "size")
_OCTETS = ("envelope", "structure", "trace", "header")
# Those that follow each other are found faster by their ends.
_DENSE = entries.c.uid.between(bindparam("first"), bindparam("last"))
_SPARSE = among(entries.c.uid, "uids")
_CONTENTS = Prepared(
    select(bodies.c.number, bodies.c.header, bodies.c.codec, bodies.c.rest).where(
        among(bodies.c.number, "numbers")
    )
)


class _Query:
    """The statement for all but whole messages.

    *envelope*, *structure* and *trace* are the octets that are wanted.  *header* blocks
    come always, or, with *envelope*, where there is none.
    """

    def __init__(
        self,
        which: ColumnElement[bool],
        *,
        envelope: bool,
        structure: bool,
        trace: bool,
        header: bool,
    ) -> None:
        wanted = (envelope, structure, trace, envelope or header)
        self._names = [name for name, is_ in zip(_OCTETS, wanted, strict=True) if is_]
        source: dict[str, ColumnElement[Any]] = {
            "uid": entries.c.uid,
            "number": messages.c.number,
            "body": messages.c.body,
            "email_id": literal('"') + messages.c.id + literal('"'),
            "internal_date": messages.c.internal_date,
            "saved": entries.c.saved,
            "size": messages.c.size,
            "envelope": views.c.envelope,
            "structure": views.c.structure,
            "trace": messages.c.trace,
            "header": (
                bodies.c.header if header else case((views.c.envelope.is_(None), bodies.c.header))
            ),
        }
        names = [*_NUMBERS, *self._names]
        query = (
            select(*[source[name].label(name) for name in names])
            .select_from(entries)
            .join(messages, messages.c.number == entries.c.message)
            .where(entries.c.mailbox == bindparam("mailbox"), which, VISIBLE)
            .order_by(entries.c.uid)
        )
        if envelope or structure:
            query = query.outerjoin(views, views.c.body == messages.c.body)
        if envelope or header:
            query = query.join(bodies, bodies.c.number == messages.c.body)
        rows = query.subquery()
        columns: list[ColumnElement[Any]] = [column(rows.c[name]) for name in _NUMBERS]
        for name in self._names:
            columns += [column(func.coalesce(func.length(rows.c[name]), 0)), octets(rows.c[name])]
        self._statement = Prepared(select(*columns))

    def execute(self, connection: Connection, **parameters: Any) -> list[Row]:
        """Return the messages, rising by UID."""
        (result,) = self._statement.execute(connection, **parameters)
        texts = iter(result)
        columns: dict[str, Iterable[Any]] = {name: values(next(texts)) for name in _NUMBERS}
        for name in self._names:
            columns[name] = _cut(values(next(texts)), next(texts))
        nothing = repeat(b"")
        return list(
            map(Row._make, zip(*[columns.get(name, nothing) for name in Row._fields], strict=False))
        )


_QUERIES = {
    (dense, *wanted): _Query(
        _DENSE if dense else _SPARSE,
        envelope=wanted[0],
        structure=wanted[1],
        trace=wanted[2],
        header=wanted[3],
    )
    for dense in (False, True)
    for wanted in product((False, True), repeat=4)
}
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
    if not uids:
        return []
    envelope, structure, content = (
        bool(want & one) for one in (Want.ENVELOPE, Want.STRUCTURE, Want.CONTENT)
    )
    header = bool(want & Want.HEADER)
    some = uids[:_MOST_ROWS]
    first, last = some[0], some[-1]
    is_dense = last - first + 1 == len(some)
    query = _QUERIES[is_dense, envelope, structure, header or content, header and not content]
    found = query.execute(
        connection, viewer=viewer, mailbox=mailbox, first=first, last=last, uids=some
    )
    if content:
        return _with_contents(connection, found, most, lacking=lambda _row: True)
    if structure:
        return _with_contents(connection, found, most, lacking=lambda row: not row.structure)
    return found


def _with_contents(
    connection: Connection, found: Sequence[Row], most: int, *, lacking: Callable[[Row], bool]
) -> list[Row]:
    """Return the first of *found*, those that are *lacking* it with the whole message.

    So many that they have *most* octets in all, but at least one.
    """
    chosen: list[Row] = []
    whole: list[int] = []
    size = 0
    for row in found:
        if lacking(row):
            size += row.size
            if size > most and chosen:
                break
            whole.append(row.body)
        chosen.append(row)
    if not whole:
        return chosen
    read = {
        number: (header, unpack(codec, rest))
        for number, header, codec, rest in _CONTENTS.execute(connection, numbers=set(whole))
    }
    # What is not there has lost its last message meanwhile.
    return [
        row._replace(header=read[row.body][0], rest=read[row.body][1]) if row.body in read else row
        for row in chosen
        if row.body in read or not lacking(row)
    ]


def _cut(lengths: Iterable[int], whole: bytes | None) -> Iterator[bytes]:
    """Yield the pieces of *whole* that have those lengths."""
    start = 0
    for length in lengths:
        yield whole[start : start + length] if whole else b""
        start += length


def collect(
    connection: Connection, chosen: Chosen, want: Want, look: Callable[[Row], Any]
) -> tuple[list[Any], Sequence[int]]:
    """Return what *look* makes of the first of those messages, and the UIDs of the others.

    It takes no longer than others may be kept waiting: to go on later costs them less, and
    the asker more, since threads are slow to wake.
    """
    made: list[Any] = []
    uids = chosen.uids
    until = monotonic() + _SLICE
    while uids and monotonic() < until:
        found = rows(connection, chosen.viewer, chosen.mailbox, uids, want, most=_SEARCHED)
        if not found:
            return made, ()
        made += [one for row in found if (one := look(row)) is not None]
        uids = uids[bisect_right(uids, found[-1].uid) :]
    return made, uids


def save_views(
    connection: Connection, envelopes: Mapping[int, bytes], structures: Mapping[int, bytes]
) -> None:
    """See `mailcap.domain.ports.MailboxStore.save_views`; bodies may be gone meanwhile."""
    numbers = sorted({*envelopes, *structures})
    alive = connection.scalars(_ALIVE, {"numbers": numbers}).all()
    for name, made in (("envelope", envelopes), ("structure", structures)):
        given = [{"body": number, name: made[number]} for number in alive if number in made]
        if given:
            connection.execute(insert_or_update(connection, views, name), given)
