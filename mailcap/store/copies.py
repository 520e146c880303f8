"""Copying messages: new ones with the same bytes, which are stored once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Text, bindparam, case, insert, select
from sqlalchemy import cast as as_type

from mailcap.domain.mailboxes import MailboxKey, Placed
from mailcap.store.dialect import Prepared, among, lock_ownership, new_numbers
from mailcap.store.parameters import item, items
from mailcap.store.placing import Target
from mailcap.store.removal import remove
from mailcap.store.schema import mailboxes, messages
from mailcap.store.selection import Chosen, take

_given = items("rows")  # (number of the original, number, counter, mailbox)
_COPIED: dict[str, Any] = {
    "number": item(_given, 1),
    "id": bindparam("base", type_=Text) + "-" + as_type(item(_given, 2), Text),
    "body": messages.c.body,
    "mailbox": mailboxes.c.id,
    "inbox": mailboxes.c.owner,
    "original_inbox": messages.c.original_inbox,
    "received": bindparam("now"),
    "internal_date": messages.c.internal_date,
    "size": messages.c.size,
    "crlf_added": messages.c.crlf_added,
    "seen": messages.c.seen,
    "flags": messages.c.flags,
    "saved_by": messages.c.saved_by,
    "submitter": case((messages.c.inbox == mailboxes.c.owner, messages.c.submitter)),
    "labels": messages.c.labels,
    "recipient": messages.c.recipient,
    "trace": messages.c.trace,
}
_COPY = insert(messages).from_select(
    list(_COPIED),
    select(*_COPIED.values())
    .select_from(_given)
    .join(messages, messages.c.number == item(_given, 0))
    .join(mailboxes, mailboxes.c.id == item(_given, 3)),
)
_BY_ID = Prepared(select(messages.c.number).where(among(messages.c.id, "ids")))


def copy(
    connection: Connection,
    now: int,
    chosen: Chosen,
    target: MailboxKey,
    *,
    base: str,
    first: int,
) -> Placed:
    """Copy messages: ids are *base* with counters from *first* on.

    See `mailcap.domain.mailbox_store.MailboxStore.copy`.
    """
    lock_ownership(connection, exclusive=False)
    to = Target(connection, target)
    boxes, rows = take(connection, chosen, keys=to.keys)
    if not rows:
        return Placed(0, (), ())
    to.check_quota(rows, moved=False)
    _, numbers = new_numbers(connection, bodies=0, messages=len(rows))
    copied, showings = [], []
    for counter, (row, number) in enumerate(zip(rows, numbers, strict=True), first):
        _, keys = to.place(row)
        copied.append((row.number, number, counter, boxes.named(keys[0]).id))
        showings += [(number, key) for key in keys]
    connection.execute(_COPY, {"rows": json.dumps(copied), "base": base, "now": now})
    uid_validity, new_uids = to.show(boxes, showings, now)
    return Placed(uid_validity, [row.uid for row in rows], new_uids)


def undo(connection: Connection, now: int, ids: Sequence[str]) -> int:
    """Delete copies by their ids, as far as they were made; return how many."""
    made = [number for (number,) in _BY_ID.execute(connection, ids=ids)]
    return remove(connection, made, now) if made else 0
