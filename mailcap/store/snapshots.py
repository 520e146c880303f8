"""Looking at mailboxes: what they say of themselves, what is in them, what changed.

Each answer comes out of one statement, so that it is of one moment, and in few rows:
see `mailcap.store.lines`.
"""

from __future__ import annotations

import json
from array import array
from base64 import urlsafe_b64encode
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, case, func, select, union_all

from mailcap.domain.errors import NotFound
from mailcap.domain.mailboxes import (
    Changes,
    MailboxKey,
    MailboxStatus,
    Mark,
    Rows,
    Snapshot,
    State,
)
from mailcap.store.columns import column, values
from mailcap.store.dialect import Prepared, among
from mailcap.store.lines import line, lines
from mailcap.store.mailboxes import is_system
from mailcap.store.schema import entries, expunged, messages, store
from mailcap.store.schema import mailboxes as boxes_table
from mailcap.store.states import DELETED, MARKS, VISIBLE, keywords

# A state without keywords is found in the table by its marks.
_PLAIN = tuple(State(Mark(marks)) for marks in range(32))

_BOX = (
    boxes_table.c.id,
    boxes_table.c.owner,
    boxes_table.c.name,
    boxes_table.c.uid_validity,
    boxes_table.c.uid_next,
    boxes_table.c.highest_modseq,
    boxes_table.c.first_recent_uid,
)
_EPOCH = Prepared(select(store.c.epoch))
_IDS = Prepared(
    select(boxes_table.c.owner, boxes_table.c.name, boxes_table.c.id).where(
        among(boxes_table.c.owner, "owners"), among(boxes_table.c.name, "names")
    )
)


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    seen_here = and_(messages.c.number.is_not(None), condition)
    return func.sum(case((seen_here, 1), else_=0))


_counted = (
    select(
        line(
            *_BOX,
            func.count(messages.c.number),
            _count(messages.c.seen.is_not(True)),
            _count(DELETED),
            _count(entries.c.uid >= boxes_table.c.first_recent_uid),
            func.coalesce(func.sum(messages.c.size), 0),
            func.coalesce(func.sum(case((DELETED, messages.c.size))), 0),
        ).label("line")
    )
    .select_from(boxes_table)
    .outerjoin(entries, entries.c.mailbox == boxes_table.c.id)
    .outerjoin(messages, and_(messages.c.number == entries.c.message, VISIBLE))
    .where(among(boxes_table.c.id, "ids"))
    .group_by(boxes_table.c.id)
    .subquery()
)
_STATUS = Prepared(select(lines(_counted.c.line)))

_here = entries.c.mailbox == bindparam("mailbox")
_shown = (
    select(
        entries.c.uid,
        entries.c.modseq,
        MARKS.label("marks"),
        messages.c.labels,
        messages.c.size,
        case((DELETED, messages.c.size)).label("deleted_size"),
    )
    .join(messages, messages.c.number == entries.c.message)
    .where(_here, VISIBLE)
    .order_by(entries.c.uid)
    .subquery()
)
_SNAPSHOT = Prepared(
    select(
        select(line(*_BOX)).where(boxes_table.c.id == bindparam("mailbox")).scalar_subquery(),
        func.coalesce(func.sum(_shown.c.size), 0),
        func.coalesce(func.sum(_shown.c.deleted_size), 0),
        column(_shown.c.uid),
        column(_shown.c.marks),
        column(_shown.c.modseq),
        column(case((_shown.c.labels.is_not(None), line(_shown.c.uid, _shown.c.labels)))),
    )
)

_one = select(
    entries.c.uid,
    entries.c.modseq,
    MARKS.label("marks"),
    messages.c.labels,
    VISIBLE.label("shown"),
).join(messages, messages.c.number == entries.c.message)
# What came is found by UID, what changed by the partial index of touched entries.  With
# an order, SQLite would go through the whole mailbox.
_changed = union_all(
    _one.where(_here, entries.c.uid >= bindparam("since_uid"), VISIBLE),
    _one.where(
        _here,
        entries.c.touched.is_not(None),
        entries.c.modseq > bindparam("since_modseq"),
        entries.c.uid + 0 < bindparam("since_uid"),
    ),
).subquery()
_gone = (
    select(line(expunged.c.first_uid, expunged.c.last_uid).label("line"))
    .where(
        expunged.c.mailbox == bindparam("mailbox"), expunged.c.modseq > bindparam("since_modseq")
    )
    .subquery()
)
_CHANGES = Prepared(
    select(
        select(
            line(
                boxes_table.c.uid_next,
                boxes_table.c.highest_modseq,
                boxes_table.c.forgotten_modseq,
                boxes_table.c.owner,
                boxes_table.c.name,
            )
        )
        .where(boxes_table.c.id == bindparam("mailbox"))
        .scalar_subquery(),
        select(column(_gone.c.line)).scalar_subquery(),
        column(case((~_changed.c.shown, line(_changed.c.uid, _changed.c.uid)))),
        column(case((_changed.c.shown, _changed.c.uid))),
        column(case((_changed.c.shown, _changed.c.marks))),
        column(case((_changed.c.shown, _changed.c.modseq))),
        column(
            case(
                (
                    and_(_changed.c.shown, _changed.c.labels.is_not(None)),
                    line(_changed.c.uid, _changed.c.labels),
                )
            )
        ),
    )
)


def status(connection: Connection, viewer: int, keys: Sequence[MailboxKey]) -> list[MailboxStatus]:
    """See `mailcap.domain.mailbox_store.MailboxStore.status`."""
    ids = _ids(connection, keys)
    ((text,),) = _STATUS.execute(connection, ids=list(ids.values()), viewer=viewer)
    found = {}
    for row in text.split("\n") if text else ():
        *box, messages_, unseen, deleted, recent, size, deleted_size = json.loads(row)
        one = _status(box)
        found[one.key] = replace(
            one,
            messages=messages_,
            unseen=unseen,
            deleted=deleted,
            recent=recent,
            size=size,
            deleted_size=deleted_size,
        )
    return [found[key] if key in found else _without_row(connection, key) for key in keys]


def snapshot(connection: Connection, viewer: int, key: MailboxKey) -> Snapshot:
    """See `mailcap.domain.mailbox_store.MailboxStore.snapshot`."""
    mailbox = _ids(connection, [key]).get(key)
    ((box, size, deleted_size, *columns),) = _SNAPSHOT.execute(
        connection, mailbox=mailbox, viewer=viewer
    )
    if box is None:
        return Snapshot(status=_without_row(connection, key), rows=Rows(table=_PLAIN))
    rows = _rows(*map(values, columns))
    marks = Counter[Mark]()
    for place, count in Counter(rows.states).items():
        marks[rows.table[place].marks] += count
    here = _status(json.loads(box))
    return Snapshot(
        status=replace(
            here,
            messages=len(rows.uids),
            unseen=sum(count for one, count in marks.items() if not one & Mark.SEEN),
            deleted=sum(count for one, count in marks.items() if one & Mark.DELETED),
            recent=len(rows.uids) - bisect_left(rows.uids, here.first_recent_uid),
            size=int(size),
            deleted_size=int(deleted_size),
        ),
        rows=rows,
    )


def changes(
    connection: Connection,
    viewer: int,
    mailbox: int,
    *,
    since_modseq: int,
    since_uid: int,
    named: MailboxKey | None = None,
) -> Changes:
    """See `mailcap.domain.mailbox_store.MailboxStore.changes`.

    A message that somebody else has starred is gone for *viewer*.
    """
    ((box, expunged_, hidden, *columns, labelled),) = _CHANGES.execute(
        connection,
        mailbox=mailbox,
        viewer=viewer,
        since_modseq=since_modseq,
        since_uid=since_uid,
    )
    if box is None:
        raise NotFound("The mailbox is gone.")
    uid_next, highest_modseq, forgotten_modseq, *key = json.loads(box)
    if named not in (None, MailboxKey(*key)):
        raise NotFound("The mailbox has another name.")
    by_uid = sorted(zip(*map(values, columns), strict=True))
    uids, marks, modseqs = zip(*by_uid, strict=True) if by_uid else ((), (), ())
    return Changes(
        rows=_rows(uids, marks, modseqs, values(labelled)),
        vanished=_merged(values(expunged_) + values(hidden)),
        uid_next=uid_next,
        highest_modseq=highest_modseq,
        complete=since_modseq >= forgotten_modseq,
    )


def _ids(connection: Connection, keys: Iterable[MailboxKey]) -> dict[MailboxKey, int]:
    """Return the ids of those mailboxes that have a row."""
    wanted = set(keys)
    rows = _IDS.execute(
        connection, owners={key.owner for key in wanted}, names={key.name for key in wanted}
    )
    found = {MailboxKey(owner, name): mailbox for owner, name, mailbox in rows}
    return {key: mailbox for key, mailbox in found.items() if key in wanted}


def _status(box: Sequence[Any]) -> MailboxStatus:
    """Return what the columns of `_BOX` say, without any counts."""
    mailbox, owner, name, uid_validity, uid_next, highest_modseq, first_recent_uid = box
    key = MailboxKey(owner, name)
    return MailboxStatus(
        id=mailbox,
        key=key,
        uid_validity=uid_validity,
        uid_next=uid_next,
        highest_modseq=highest_modseq,
        first_recent_uid=first_recent_uid,
        mailbox_id=_system_id(key, uid_validity) if is_system(key) else f"U{mailbox}",
    )


def _without_row(connection: Connection, key: MailboxKey) -> MailboxStatus:
    if not is_system(key):
        raise NotFound(f"There is no mailbox {key.name}.")
    ((epoch,),) = _EPOCH.execute(connection)
    return MailboxStatus(
        id=None,
        key=key,
        uid_validity=epoch,
        uid_next=1,
        highest_modseq=1,
        mailbox_id=_system_id(key, epoch),
    )


def _system_id(key: MailboxKey, uid_validity: int) -> str:
    """Return the MAILBOXID of a mailbox that is never renamed, and may have no row yet."""
    digest = sha256(f"{key.owner}/{key.name}/{uid_validity}".encode()).digest()
    return "S" + urlsafe_b64encode(digest[:18]).decode("ascii")


def _rows(
    uids: Sequence[int],
    marks: Sequence[int],
    modseqs: Sequence[int],
    labelled: Sequence[tuple[int, str]],
) -> Rows:
    """Return messages, rising by UID; *labelled* are those UIDs with labels, and these."""
    rows = Rows(array("I", uids), array("I", marks), array("Q", modseqs), _PLAIN)
    if not labelled:
        return rows
    places = {state: place for place, state in enumerate(_PLAIN)}
    for uid, labels in labelled:
        at = bisect_left(rows.uids, uid)
        state = State(_PLAIN[rows.states[at]].marks, keywords(labels))
        rows.states[at] = places.setdefault(state, len(places))
    return replace(rows, table=tuple(places))


def _merged(ranges: Iterable[Sequence[int]]) -> list[tuple[int, int]]:
    """Return the same UIDs in rising ranges, as few as possible."""
    found: list[tuple[int, int]] = []
    for first, last in sorted(map(tuple, ranges)):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return found
