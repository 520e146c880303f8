"""Giving up old public mail, and what was noted about it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, exists, select, tuple_, update
from sqlalchemy import func as sql

from mailcap.store import changed
from mailcap.store.dialect import among, lock_ownership
from mailcap.store.mailboxes import Boxes
from mailcap.store.ownership import Directory
from mailcap.store.removal import remove
from mailcap.store.schema import entries, expunged, messages, store, subscriptions
from mailcap.store.schema import mailboxes as boxes_table


def expire(
    connection: Connection, now: int, *, received_before: int, behind: int, most: int
) -> tuple[int, int | None]:
    """Delete public, unstarred messages that are older than *received_before*.

    Looks at the next *most* messages behind number *behind*, in order of arrival.
    Returns how many went, and the last old one looked at, None if there was none.
    """
    lock_ownership(connection, exclusive=False)
    rows = connection.execute(
        select(messages.c.number, messages.c.inbox, messages.c.saved_by, messages.c.received)
        .where(messages.c.number > behind)
        .order_by(messages.c.number)
        .limit(bindparam("most", most))
    ).all()
    old = [row for row in rows if row.received < received_before]
    directory = Directory(connection, {row.inbox for row in old})
    doomed = [
        row.number for row in old if row.saved_by is None and directory.owner(row.inbox) is None
    ]
    if doomed:
        remove(connection, doomed, now)
    return len(doomed), old[-1].number if old else None


def trim(
    connection: Connection, now: int, *, per_inbox: int, behind: int, most: int
) -> tuple[int, int | None]:
    """Keep the newest *per_inbox* unstarred messages of public inboxes.

    Looks at the inboxes of the next *most* messages behind number *behind*.
    Returns how many went, and the last message looked at, None if there was none.
    """
    lock_ownership(connection, exclusive=False)
    rows = connection.execute(
        select(messages.c.number, messages.c.inbox)
        .where(messages.c.number > behind)
        .order_by(messages.c.number)
        .limit(bindparam("most", most))
    ).all()
    inboxes = sorted({row.inbox for row in rows})
    directory = Directory(connection, inboxes)
    public = [inbox for inbox in inboxes if directory.owner(inbox) is None]
    doomed = _surplus(connection, public, per_inbox)
    if doomed:
        remove(connection, doomed, now)
    return len(doomed), rows[-1].number if rows else None


def _surplus(connection: Connection, inboxes: Sequence[str], per_inbox: int) -> list[int]:
    rank = (
        sql.row_number()
        .over(
            partition_by=messages.c.inbox,
            order_by=(messages.c.received.desc(), messages.c.number.desc()),
        )
        .label("rank")
    )
    ranked = (
        select(messages.c.number, rank)
        .where(among(messages.c.inbox, inboxes), messages.c.saved_by.is_(None))
        .subquery()
    )
    return list(connection.scalars(select(ranked.c.number).where(ranked.c.rank > per_inbox)))


def forget_expunged(connection: Connection, *, expunged_before: int, most: int) -> int:
    """Drop up to *most* notes of UIDs expunged before that time."""
    key = (expunged.c.mailbox, expunged.c.modseq, expunged.c.first_uid)
    doomed = connection.execute(
        select(*key).where(expunged.c.expunged < expunged_before).limit(bindparam("most", most))
    ).all()
    if doomed:
        Boxes(connection).lock({mailbox for mailbox, _, _ in doomed})
        connection.execute(delete(expunged).where(tuple_(*key).in_([tuple(row) for row in doomed])))
        _note_forgotten(connection, doomed)
    return len(doomed)


def _note_forgotten(connection: Connection, doomed: Sequence[Any]) -> None:
    """Note up to which modification sequence each mailbox cannot tell any more what went."""
    highest: dict[int, int] = {}
    for mailbox, modseq, _ in doomed:
        highest[mailbox] = max(modseq, highest.get(mailbox, 0))
    connection.execute(
        update(boxes_table)
        .where(
            boxes_table.c.id == bindparam("box"),
            boxes_table.c.forgotten_modseq < bindparam("modseq"),
        )
        .values(forgotten_modseq=bindparam("modseq")),
        [{"box": mailbox, "modseq": modseq} for mailbox, modseq in sorted(highest.items())],
    )


def drop_empty(
    connection: Connection, *, behind: int, most: int, keep: Collection[int]
) -> tuple[int, int | None]:
    """Drop mailbox rows of public inboxes that are empty and not subscribed; but for *keep*.

    Looks at the next *most* mailboxes behind id *behind*.  Hostile recipients would
    make the store grow for ever otherwise.  A row made later for the same mailbox
    gets a greater UIDVALIDITY, because the epoch rises here.
    """
    lock_ownership(connection, exclusive=False)
    rows = connection.execute(
        select(boxes_table.c.id, boxes_table.c.owner)
        .where(boxes_table.c.id > behind)
        .order_by(boxes_table.c.id)
        .limit(bindparam("most", most))
    ).all()
    inboxes = {row.owner for row in rows if not row.owner.startswith("#")}
    directory = Directory(connection, inboxes)
    public = [
        row.id
        for row in rows
        if row.owner in inboxes and row.id not in keep and directory.owner(row.owner) is None
    ]
    Boxes(connection).lock(public)
    doomed = connection.scalars(
        select(boxes_table.c.id).where(
            among(boxes_table.c.id, public),
            ~exists().where(entries.c.mailbox == boxes_table.c.id),
            ~exists().where(subscriptions.c.owner == boxes_table.c.owner),
        )
    ).all()
    if doomed:
        connection.execute(update(store).values(epoch=store.c.epoch + 1))
        connection.execute(delete(boxes_table).where(among(boxes_table.c.id, doomed)))
        changed.note(connection, doomed)
    return len(doomed), rows[-1].id if rows else None
