"""Mailboxes as POP3 sees them: all at once, and what is deleted at the end."""

from __future__ import annotations

from array import array

from sqlalchemy import Connection, bindparam, select

from mailcap.domain.mailboxes import MailboxKey, Maildrop
from mailcap.store.columns import column, values
from mailcap.store.dialect import Prepared
from mailcap.store.removal import remove_among
from mailcap.store.schema import entries, messages
from mailcap.store.schema import mailboxes as boxes_table
from mailcap.store.selection import Chosen, take
from mailcap.store.states import VISIBLE

_named = (boxes_table.c.owner == bindparam("owner"), boxes_table.c.name == bindparam("name"))
_shown = (
    select(entries.c.uid, (messages.c.size + messages.c.crlf_added).label("octets"))
    .join(messages, messages.c.number == entries.c.message)
    .where(entries.c.mailbox == select(boxes_table.c.id).where(*_named).scalar_subquery(), VISIBLE)
    .order_by(entries.c.uid)
    .subquery()
)
_MAILDROP = Prepared(
    select(
        select(boxes_table.c.id).where(*_named).scalar_subquery(),
        select(boxes_table.c.uid_validity).where(*_named).scalar_subquery(),
        column(_shown.c.uid),
        column(_shown.c.octets),
    )
)


def maildrop(connection: Connection, viewer: int, key: MailboxKey) -> Maildrop:
    """See `mailcap.domain.mailbox_store.MailboxStore.maildrop`."""
    ((mailbox, uid_validity, uids, octets),) = _MAILDROP.execute(
        connection, viewer=viewer, owner=key.owner, name=key.name
    )
    if mailbox is None:
        return Maildrop(None)
    return Maildrop(mailbox, uid_validity, array("I", values(uids)), array("Q", values(octets)))


def remove(connection: Connection, now: int, chosen: Chosen) -> int:
    """See `mailcap.domain.mailbox_store.MailboxStore.remove`."""
    boxes, rows = take(connection, chosen)
    return remove_among(connection, boxes, [row.number for row in rows], now)
