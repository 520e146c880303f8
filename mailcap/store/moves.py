"""Moving messages, which lie in one mailbox at any time.

Inside an inbox a message stays the same.  At another address it becomes another
message, with a new id, as if it had been copied and deleted.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import Connection, Text, bindparam, null, select, update
from sqlalchemy import cast as as_type

from mailcap.domain.mailboxes import MailboxKey, Placed
from mailcap.store import mailboxes
from mailcap.store.dialect import Prepared, among, lock_ownership, new_numbers
from mailcap.store.parameters import item, items
from mailcap.store.placing import Target
from mailcap.store.schema import entries, messages
from mailcap.store.schema import mailboxes as boxes_table
from mailcap.store.selection import Chosen, Selected, take

_ENTRIES = Prepared(
    select(entries.c.mailbox, entries.c.uid).where(among(entries.c.message, "numbers"))
)
_KEY = Prepared(
    select(boxes_table.c.owner, boxes_table.c.name).where(boxes_table.c.id == bindparam("mailbox"))
)
_ID = Prepared(
    select(boxes_table.c.id).where(
        boxes_table.c.owner == bindparam("owner"), boxes_table.c.name == bindparam("name")
    )
)
_stays = items("rows")  # (number, mailbox)
_STAY = update(messages).where(messages.c.number == item(_stays, 0)).values(mailbox=item(_stays, 1))
_leaves = items("rows")  # (number, number to be, counter, mailbox)
_LEAVE = (
    update(messages)
    .where(messages.c.number == item(_leaves, 0), boxes_table.c.id == item(_leaves, 3))
    .values(
        number=item(_leaves, 1),
        id=bindparam("base", type_=Text) + "-" + as_type(item(_leaves, 2), Text),
        mailbox=boxes_table.c.id,
        inbox=boxes_table.c.owner,
        received=bindparam("to_received"),
        submitter=null(),
    )
)


def move(
    connection: Connection,
    now: int,
    chosen: Chosen,
    target: MailboxKey,
    *,
    base: str,
    first: int,
) -> Placed:
    """Move messages; ids of new ones are *base* with counters from *first* on.

    See `mailcap.domain.mailbox_store.MailboxStore.move`.
    """
    lock_ownership(connection, exclusive=False)
    to = Target(connection, target)
    boxes, rows = take(connection, chosen, keys=to.keys)
    if not rows:
        return Placed(0, (), ())
    to.check_quota(rows, moved=True)
    gone = _ENTRIES.execute(connection, numbers=[row.number for row in rows])
    mailboxes.expunge(connection, boxes, gone, now)
    stay, leave, showings = [], [], []
    numbers = _numbers(connection, rows, to)
    for counter, (row, number) in enumerate(zip(rows, numbers, strict=True), first):
        _, keys = to.place(row)
        mailbox = boxes.named(keys[0]).id
        if number == row.number:
            stay.append((number, mailbox))
        else:
            leave.append((row.number, number, counter, mailbox))
        showings += [(number, key) for key in keys]
    if stay:
        connection.execute(_STAY, {"rows": json.dumps(stay)})
    if leave:
        connection.execute(_LEAVE, {"rows": json.dumps(leave), "base": base, "to_received": now})
    uid_validity, new_uids = to.show(boxes, showings, now)
    return Placed(uid_validity, [row.uid for row in rows], new_uids)


def move_back(
    connection: Connection,
    now: int,
    chosen: Chosen,
    target: MailboxKey,
    *,
    base: str,
    first: int,
) -> Placed:
    """Undo a move of *chosen* messages; their UIDs are those that they have got in *target*."""
    came_from = _KEY.execute(connection, mailbox=chosen.mailbox)
    went_to = _ID.execute(connection, owner=target.owner, name=target.name)
    if not came_from or not went_to:
        return Placed(0, (), ())
    back, ((place,),) = MailboxKey(*came_from[0]), went_to
    moved = chosen._replace(mailbox=place)
    return move(connection, now, moved, back, base=base, first=first)


def _numbers(connection: Connection, rows: Sequence[Selected], to: Target) -> list[int]:
    """Return the numbers that *rows* will have: those that leave their inbox, new ones."""
    leaving = [to.place(row)[0].inbox != row.inbox for row in rows]
    new = iter(new_numbers(connection, bodies=0, messages=sum(leaving))[1] if any(leaving) else ())
    return [next(new) if leaves else row.number for row, leaves in zip(rows, leaving, strict=True)]
