"""Messages of a mailbox, with as much of them as is wanted.

As a list comes out of the database in few rows (see `mailcap.store.lines`), so do these:
a column of numbers is one text, a column of octets is one piece that is cut up here.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import accumulate, repeat
from time import monotonic
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, case, func, literal, select

from mailcap.domain.mailbox_store import Sift
from mailcap.domain.mailboxes import Row, Want
from mailcap.store.bodies import unpack
from mailcap.store.columns import column, octets, values
from mailcap.store.dialect import Prepared, among, insert_or_update
from mailcap.store.schema import bodies, entries, messages, views
from mailcap.store.selection import Chosen
from mailcap.store.states import VISIBLE

_MOST_ROWS = 2_000  # are read in one go
_MOST_OCTETS = 2**25  # of messages whose header blocks or views are read in one go
_SLICE = 0.05  # seconds of a search in one go
_SEARCHED = 2**22  # octets of messages that a search has in memory

# Those that follow each other are found faster by their ends.
_DENSE = entries.c.uid.between(bindparam("first"), bindparam("last"))
_SPARSE = among(entries.c.uid, "uids")

_NUMBERS: Mapping[Want, tuple[str, ColumnElement[Any]]] = {
    Want(0): ("uid", entries.c.uid),
    Want.ENVELOPE | Want.STRUCTURE | Want.CONTENT: ("body", messages.c.body),
    Want.EMAIL_ID: ("email_id", literal('"') + messages.c.id + literal('"')),
    Want.INTERNAL_DATE: ("internal_date", messages.c.internal_date),
    Want.SAVED: ("saved", entries.c.saved),
    Want.SIZE | Want.STRUCTURE | Want.CONTENT: ("size", messages.c.size),
}
_OCTETS: Mapping[Want, tuple[str, ColumnElement[Any]]] = {
    Want.ENVELOPE: ("envelope", views.c.envelope),
    Want.STRUCTURE: ("structure", views.c.structure),
    Want.TRACE: ("trace", messages.c.trace),
    Want.HEADER: ("header", bodies.c.header),
}
_HEAVY = Want.ENVELOPE | Want.STRUCTURE | Want.HEADER
_TOTALS = {
    is_dense: Prepared(
        select(func.coalesce(func.sum(messages.c.size), 0))
        .select_from(entries)
        .join(messages, messages.c.number == entries.c.message)
        .where(entries.c.mailbox == bindparam("mailbox"), which, VISIBLE)
    )
    for is_dense, which in ((True, _DENSE), (False, _SPARSE))
}
_HEADERS = Prepared(
    select(bodies.c.number, bodies.c.header).where(among(bodies.c.number, "numbers"))
)
_CONTENTS = Prepared(
    select(bodies.c.number, bodies.c.header, bodies.c.codec, bodies.c.rest).where(
        among(bodies.c.number, "numbers")
    )
)


class _Query:
    """The statement that reads what is wanted, but for whole messages."""

    def __init__(self, which: ColumnElement[bool], want: Want) -> None:
        numbers = [pair for kind, pair in _NUMBERS.items() if not kind or want & kind]
        pieces = [pair for kind, pair in _OCTETS.items() if want & kind]
        if want & Want.ENVELOPE and not want & Want.HEADER:
            header = case((views.c.envelope.is_(None), bodies.c.header))
            pieces.append(("header", header))
        query = (
            select(*[element.label(name) for name, element in (*numbers, *pieces)])
            .select_from(entries)
            .join(messages, messages.c.number == entries.c.message)
            .where(entries.c.mailbox == bindparam("mailbox"), which, VISIBLE)
            .order_by(entries.c.uid)
        )
        if want & (Want.ENVELOPE | Want.STRUCTURE):
            query = query.outerjoin(views, views.c.body == messages.c.body)
        if want & (Want.ENVELOPE | Want.HEADER):
            query = query.join(bodies, bodies.c.number == messages.c.body)
        rows = query.subquery()
        columns: list[ColumnElement[Any]] = [column(rows.c[name]) for name, _ in numbers]
        for name, _ in pieces:
            columns += [column(func.coalesce(func.length(rows.c[name]), 0)), octets(rows.c[name])]
        self._numbers = [name for name, _ in numbers]
        self._pieces = [name for name, _ in pieces]
        self._statement = Prepared(select(*columns))

    def execute(
        self, connection: Connection, *, sift: Sift | None = None, **parameters: Any
    ) -> list[Row]:
        """Return the messages, rising by UID; with *sift*, only those that may be meant."""
        (result,) = self._statement.execute(connection, **parameters)
        texts = iter(result)
        columns: dict[str, list[Any]] = {name: values(next(texts)) for name in self._numbers}
        pieces = {name: (next(texts) or b"", values(length)) for name, length in self._cuts(texts)}
        if sift is None:
            columns |= {name: _cut(*piece) for name, piece in pieces.items()}
        else:
            places = sorted(set(sift(*pieces["header"])))
            columns = {name: [some[place] for place in places] for name, some in columns.items()}
            columns |= {name: _cut_some(*piece, places) for name, piece in pieces.items()}
        fields = [columns.get(name, repeat(_BLANK[name])) for name in Row._fields]
        return list(map(Row._make, zip(*fields, strict=False)))

    def _cuts(self, texts: Iterator[Any]) -> Iterator[tuple[str, Any]]:
        return ((name, next(texts)) for name in self._pieces)


_BLANK = Row(0)._asdict()


@cache
def _query(want: Want, *, dense: bool) -> _Query:
    return _Query(_DENSE if dense else _SPARSE, want)


def _cut(whole: bytes, lengths: Iterable[int]) -> list[bytes]:
    """Return the pieces of *whole* that have those lengths."""
    found, start = [], 0
    for length in lengths:
        found.append(whole[start : start + length])
        start += length
    return found


def _cut_some(whole: bytes, lengths: Iterable[int], places: Iterable[int]) -> list[bytes]:
    """Return those pieces of *whole* that are at *places*."""
    ends = [0, *accumulate(lengths)]
    return [whole[ends[place] : ends[place + 1]] for place in places]


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
    largest: int | None = None,
) -> list[Row]:
    """See `mailcap.domain.mailbox_store.MailboxStore.rows`."""
    found: list[Row] = []
    while uids and not found:  # all of the first may be gone
        some = Chosen(viewer, mailbox, uids[:_MOST_ROWS])
        if want & _HEAVY:
            some = _light(connection, some)
        found = _read(connection, some, want)
        uids = uids[len(some.uids) :]
    if want & Want.CONTENT:
        small = [row._replace(rest=None) if _exceeds(row, largest) else row for row in found]
        return _with_contents(connection, small, most, lacking=lambda _row: True)
    if want & Want.STRUCTURE:
        return _with_contents(connection, found, most, lacking=lambda row: not row.structure)
    return found


def _light(connection: Connection, chosen: Chosen) -> Chosen:
    """Return the first of *chosen*: one, or so many that they are no more than is good.

    Only their sizes are added up: what is in them can only be smaller.
    """
    while len(chosen.uids) > 1:
        ((total,),) = _TOTALS[_is_dense(chosen)].execute(connection, **_parameters(chosen))
        if total <= _MOST_OCTETS:
            break
        chosen = chosen._replace(uids=chosen.uids[: len(chosen.uids) // 4 or 1])
    return chosen


def _read(
    connection: Connection, chosen: Chosen, want: Want, *, sift: Sift | None = None
) -> list[Row]:
    query = _query(want & ~Want.HEADER if want & Want.CONTENT else want, dense=_is_dense(chosen))
    return query.execute(connection, sift=sift, **_parameters(chosen))


def _is_dense(chosen: Chosen) -> bool:
    """Whether the UIDs follow each other without a gap."""
    return chosen.uids[-1] - chosen.uids[0] + 1 == len(chosen.uids)


def _parameters(chosen: Chosen) -> dict[str, Any]:
    return chosen._asdict() | {"first": chosen.uids[0], "last": chosen.uids[-1]}


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
            size += row.size if row.rest is not None else 0
            if size > most and chosen:
                break
            whole.append(row.body)
        chosen.append(row)
    if not whole:
        return chosen
    too_large = {row.body for row in chosen if row.rest is None}
    read: dict[int, tuple[bytes, bytes | None]] = {
        number: (header, unpack(codec, rest))
        for number, header, codec, rest in _CONTENTS.execute(
            connection, numbers=set(whole) - too_large
        )
    }
    for number, header in _HEADERS.execute(connection, numbers=too_large) if too_large else ():
        read[number] = header, None
    # What is not there has lost its last message meanwhile.
    return [
        row._replace(header=read[row.body][0], rest=read[row.body][1]) if row.body in read else row
        for row in chosen
        if row.body in read or not lacking(row)
    ]


def _exceeds(row: Row, largest: int | None) -> bool:
    return largest is not None and row.size > largest


def collect(
    connection: Connection,
    chosen: Chosen,
    want: Want,
    look: Callable[[Row], Any],
    sift: Sift | None,
) -> tuple[list[Any], Sequence[int]]:
    """Return what *look* makes of the first of those messages, and the UIDs of the others.

    It takes no longer than others may be kept waiting: to go on later costs them less, and
    the asker more, since threads are slow to wake.
    """
    made: list[Any] = []
    uids = chosen.uids
    until = monotonic() + _SLICE
    while uids and monotonic() < until:
        if sift is None:
            found = rows(connection, chosen.viewer, chosen.mailbox, uids, want, most=_SEARCHED)
            uids = uids[bisect_right(uids, found[-1].uid) :] if found else ()
        else:
            some = _light(connection, chosen._replace(uids=uids[:_MOST_ROWS]))
            uids = uids[len(some.uids) :]
            found = _read(connection, some, want, sift=sift)
        made += [one for row in found if (one := look(row)) is not None]
    return made, uids


def save_views(
    connection: Connection, envelopes: Mapping[int, bytes], structures: Mapping[int, bytes]
) -> None:
    """See `mailcap.domain.mailbox_store.MailboxStore.save_views`; bodies may be gone meanwhile."""
    numbers = sorted({*envelopes, *structures})
    alive = connection.scalars(_ALIVE, {"numbers": numbers}).all()
    for name, made in (("envelope", envelopes), ("structure", structures)):
        given = [{"body": number, name: made[number]} for number in alive if number in made]
        if given:
            connection.execute(insert_or_update(connection, views, name), given)
