"""The messages that a command is about, and the mailboxes that it has to lock for them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select

from mailcap.domain.mailboxes import MailboxKey
from mailcap.store.dialect import Prepared, among, is_sqlite
from mailcap.store.mailboxes import Boxes
from mailcap.store.schema import accounts, entries, messages
from mailcap.store.schema import mailboxes as boxes_table
from mailcap.store.states import VISIBLE, Columns
from mailcap.store.unified import Facts


class Chosen(NamedTuple):
    """Messages that *viewer* has named, in the mailbox that it looks at."""

    viewer: int
    mailbox: int
    uids: Sequence[int]


class Selected(NamedTuple):
    """A message, as an entry of the mailbox that somebody looks at.

    *mailbox* and *name* are those that it lies in.  *submitter* is None if that account
    is gone.
    """

    uid: int
    number: int
    modseq: int
    mailbox: int
    name: str
    inbox: str
    submitter: int | None
    size: int
    seen: bool | None
    flags: int
    labels: str | None
    saved_by: int | None

    @property
    def columns(self) -> Columns:
        """The state of the message."""
        return Columns(self.seen, self.flags, self.labels, self.saved_by)

    @property
    def facts(self) -> Facts:
        """What decides where the message is shown."""
        return Facts(self.inbox, self.saved_by, self.submitter, self.name)


_SELECT = Prepared(
    select(
        entries.c.uid,
        messages.c.number,
        entries.c.modseq,
        messages.c.mailbox,
        boxes_table.c.name,
        messages.c.inbox,
        accounts.c.id,
        messages.c.size,
        messages.c.seen,
        messages.c.flags,
        messages.c.labels,
        messages.c.saved_by,
    )
    .select_from(entries)
    .join(messages, messages.c.number == entries.c.message)
    .join(boxes_table, boxes_table.c.id == messages.c.mailbox)
    .outerjoin(accounts, accounts.c.id == messages.c.submitter)
    .where(entries.c.mailbox == bindparam("mailbox"), among(entries.c.uid, "uids"), VISIBLE)
    .order_by(entries.c.uid)
)
_SHOWING = Prepared(select(entries.c.mailbox).where(among(entries.c.message, "numbers")).distinct())


def take(
    connection: Connection,
    chosen: Chosen,
    *,
    keys: Callable[[Sequence[Selected]], Collection[MailboxKey]] = lambda _rows: (),
) -> tuple[Boxes, list[Selected]]:
    """Return the messages that the viewer sees, all mailboxes that show them being locked.

    So nothing of them changes until the commit.  *keys* says what other mailboxes to
    lock.  Raises `NotFound` if one of these was to be there and is not.
    """
    boxes = Boxes(connection)
    while True:
        rows = [Selected(*row) for row in _SELECT.execute(connection, **chosen._asdict())]
        showing = showing_mailboxes(connection, [row.number for row in rows])
        # What was found without locks may have changed until they were there.
        if not boxes.lock(showing, keys(rows)) or is_sqlite(connection):
            return boxes, rows


def showing_mailboxes(connection: Connection, numbers: Collection[int]) -> list[int]:
    """Return the ids of the mailboxes that show any of those messages."""
    return [mailbox for (mailbox,) in _SHOWING.execute(connection, numbers=numbers)]
