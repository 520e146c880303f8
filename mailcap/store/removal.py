"""Deleting messages for ever: entries, messages, and bodies that nobody has any more."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, delete, select

from mailcap.store import bodies, mailboxes
from mailcap.store.dialect import among
from mailcap.store.mailboxes import Boxes
from mailcap.store.schema import entries, messages


def remove(connection: Connection, numbers: Collection[int], now: int) -> int:
    """Delete those of the messages that still exist; return how many there were."""
    return remove_among(connection, Boxes(connection), numbers, now)


def remove_among(connection: Connection, boxes: Boxes, numbers: Collection[int], now: int) -> int:
    """As `remove`, in a transaction that may have locked *boxes* already."""
    mine = among(entries.c.message, numbers)
    boxes.lock(connection.scalars(select(entries.c.mailbox).where(mine).distinct()))
    doomed = connection.execute(
        select(messages.c.number, messages.c.body)
        .where(among(messages.c.number, numbers))
        .with_for_update()
    ).all()
    if not doomed:
        return 0
    # Looked up again under the locks: an entry may have come or gone meanwhile.
    gone = connection.execute(select(entries.c.mailbox, entries.c.uid).where(mine)).all()
    boxes.lock(mailbox for mailbox, _ in gone)
    mailboxes.expunge(connection, boxes, [(mailbox, uid) for mailbox, uid in gone], now)
    boxes.write()
    connection.execute(
        delete(messages).where(among(messages.c.number, [number for number, _ in doomed]))
    )
    bodies.free(connection, {body for _, body in doomed})
    return len(doomed)
