r"""Who is shown a message as ``\Recent``."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, select, update

from mailcap.domain.errors import NotFound
from mailcap.store.dialect import Prepared
from mailcap.store.schema import mailboxes

_FIRST = Prepared(
    select(mailboxes.c.first_recent_uid)
    .where(mailboxes.c.id == bindparam("mailbox"))
    .with_for_update()
)
_CLAIM = (
    update(mailboxes)
    .where(mailboxes.c.id == bindparam("mailbox"))
    .values(first_recent_uid=bindparam("below"))
)


def claim_recent(connection: Connection, mailbox: int, *, below: int) -> int:
    """See `mailcap.domain.mailbox_store.MailboxStore.claim_recent`."""
    rows = _FIRST.execute(connection, mailbox=mailbox)
    if not rows:
        raise NotFound("The mailbox is gone.")
    first = int(rows[0][0])
    if first < below:
        connection.execute(_CLAIM, {"mailbox": mailbox, "below": below})
    return first
