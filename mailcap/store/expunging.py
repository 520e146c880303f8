r"""Deleting what is marked ``\Deleted``."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, select

from mailcap.domain.messages import Flag
from mailcap.store.columns import column, values
from mailcap.store.dialect import Prepared
from mailcap.store.removal import remove_among
from mailcap.store.schema import entries, messages
from mailcap.store.selection import Chosen, take
from mailcap.store.states import DELETED, VISIBLE

_marked = (
    select(entries.c.uid)
    .join(messages, messages.c.number == entries.c.message)
    .where(entries.c.mailbox == bindparam("mailbox"), VISIBLE, DELETED)
    .order_by(entries.c.uid)
    .subquery()
)
_MARKED = Prepared(select(column(_marked.c.uid)))


def marked(connection: Connection, viewer: int, mailbox: int) -> list[int]:
    r"""Return the UIDs of all messages with ``\Deleted``."""
    ((uids,),) = _MARKED.execute(connection, viewer=viewer, mailbox=mailbox)
    return values(uids)


def expunge(connection: Connection, now: int, chosen: Chosen) -> list[int]:
    r"""Delete those messages that have ``\Deleted``; return their UIDs."""
    boxes, rows = take(connection, chosen)
    doomed = [row for row in rows if row.flags & Flag.DELETED]
    remove_among(connection, boxes, [row.number for row in doomed], now)
    return [row.uid for row in doomed]
