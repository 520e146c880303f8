"""Unified mailboxes follow who owns, and who starred, a message."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, select

from mailcap.domain.access import audience
from mailcap.store import mailboxes
from mailcap.store.dialect import among
from mailcap.store.mailboxes import MailboxKey, unified_owner
from mailcap.store.ownership import Directory
from mailcap.store.schema import entries, messages
from mailcap.store.schema import mailboxes as boxes_table


def refresh(connection: Connection, numbers: Collection[int], now: int) -> None:
    """Bring the unified entries of those messages in line with the rules.

    Call it behind a change of ownership, star or watchers.  Whatever is added gets
    a new UID; whatever goes is noted as expunged.
    """
    wanted = _wanted(connection, numbers)
    present = _present(connection, numbers)
    added = [
        (number, key) for number, keys in wanted.items() for key in keys - present[number].keys()
    ]
    gone = [
        place
        for number, places in present.items()
        for key, place in places.items()
        if key not in wanted[number]
    ]
    boxes = mailboxes.lock_or_make(
        connection,
        {key for _, key in added}
        | {key for number in present for key in present[number].keys() - wanted[number]},
    )
    by_id = {box.id: box for box in boxes.values()}
    mailboxes.expunge(connection, by_id, gone, now)
    rows: list[dict[str, Any]] = [
        {
            "mailbox": boxes[key].id,
            "uid": boxes[key].next_uid(),
            "message": number,
            "modseq": boxes[key].touch(),
            "saved": now,
        }
        for number, key in sorted(added)
    ]
    mailboxes.add_entries(connection, rows)
    mailboxes.advance(connection, boxes.values())


def _wanted(connection: Connection, numbers: Collection[int]) -> dict[int, set[MailboxKey]]:
    rows = connection.execute(
        select(
            messages.c.number,
            messages.c.inbox,
            messages.c.saved_by,
            messages.c.submitter,
            boxes_table.c.folder,
        )
        .join(boxes_table, boxes_table.c.id == messages.c.mailbox)
        .where(among(messages.c.number, sorted(numbers)))
        .with_for_update(read=True, key_share=True, of=messages)  # nobody deletes them meanwhile
    ).all()
    directory = Directory(connection, {row.inbox for row in rows})
    return {
        row.number: {
            MailboxKey(unified_owner(account), mailboxes.SYSTEM_MAILBOXES[row.folder])
            for account in audience(
                owner=directory.owner(row.inbox),
                saved_by=row.saved_by,
                submitter=row.submitter,
                watchers=directory.watchers,
            )
            if row.folder is not None  # a user-made mailbox has no unified twin
        }
        for row in rows
    }


def _present(
    connection: Connection, numbers: Collection[int]
) -> defaultdict[int, dict[MailboxKey, tuple[int, int]]]:
    found: defaultdict[int, dict[MailboxKey, tuple[int, int]]] = defaultdict(dict)
    for row in connection.execute(
        select(
            entries.c.message,
            boxes_table.c.owner,
            boxes_table.c.name,
            entries.c.mailbox,
            entries.c.uid,
        )
        .join(boxes_table, boxes_table.c.id == entries.c.mailbox)
        .where(
            among(entries.c.message, sorted(numbers)),
            boxes_table.c.account_id.is_not(None),
        )
    ):
        found[row.message][MailboxKey(row.owner, row.name)] = (row.mailbox, row.uid)
    return found
