"""Unified mailboxes follow who owns, and who starred, a message."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, exists, select, update

from mailcap.domain.access import audience
from mailcap.domain.mailboxes import MailboxKey, unified_owner
from mailcap.store import mailboxes
from mailcap.store.dialect import among
from mailcap.store.mailboxes import Boxes
from mailcap.store.ownership import Directory
from mailcap.store.schema import accounts, entries, messages
from mailcap.store.schema import mailboxes as boxes_table

_FACTS = (
    select(
        messages.c.number,
        messages.c.inbox,
        messages.c.saved_by,
        accounts.c.id.label("submitter"),  # None if that account is gone
        boxes_table.c.name,
    )
    .join(boxes_table, boxes_table.c.id == messages.c.mailbox)
    .outerjoin(accounts, accounts.c.id == messages.c.submitter)
    .where(among(messages.c.number, "numbers"))
    .with_for_update(read=True, key_share=True, of=messages)  # nobody deletes them meanwhile
)
_PRESENT = (
    select(
        entries.c.message,
        boxes_table.c.owner,
        boxes_table.c.name,
        entries.c.mailbox,
        entries.c.uid,
    )
    .join(boxes_table, boxes_table.c.id == entries.c.mailbox)
    .where(among(entries.c.message, "numbers"), boxes_table.c.account_id.is_not(None))
)
_PASS_OVER = (
    update(entries)
    .where(
        among(entries.c.message, "numbers"),
        exists().where(messages.c.number == entries.c.message, messages.c.saved_by.is_not(None)),
    )
    .values(passed_over=True)
)


class Facts(NamedTuple):
    """What decides where a message is shown: *name* is that of the mailbox it lies in."""

    inbox: str
    saved_by: int | None
    submitter: int | None
    name: str


def refresh(connection: Connection, numbers: Collection[int], now: int) -> None:
    """Bring the unified entries of those messages in line with the rules.

    Call it behind a change of ownership or watchers.  Whatever is added gets a new UID;
    whatever goes is noted as expunged.

    A starred message of which the owner changes is one that people other than the
    starrer can look for in its mailbox, now or before, without finding it.  They must
    never find it later under the UID that they have passed over.
    """
    boxes = Boxes(connection)
    follow(connection, boxes, numbers, now)
    boxes.write()
    connection.execute(_PASS_OVER, {"numbers": numbers})


def follow(connection: Connection, boxes: Boxes, numbers: Collection[int], now: int) -> None:
    """As `refresh`, behind a change of star or folder, among *boxes*."""
    rows = connection.execute(_FACTS, {"numbers": numbers}).all()
    facts = {row.number: Facts(*row[1:]) for row in rows}
    directory = Directory(connection, {one.inbox for one in facts.values()})
    wanted = {number: set(twins(one, directory)) for number, one in facts.items()}
    present = _present(connection, numbers)
    added = [
        (number, key) for number, keys in wanted.items() for key in keys - present[number].keys()
    ]
    gone = [
        (key, place)
        for number, places in present.items()
        for key, place in places.items()
        if key not in wanted[number]
    ]
    boxes.lock(keys=[key for _, key in added] + [key for key, _ in gone])
    mailboxes.expunge(connection, boxes, [place for _, place in gone], now)
    add(connection, boxes, sorted(added), now)


def twins(facts: Facts, directory: Directory) -> list[MailboxKey]:
    """Return the unified mailboxes that a message is to be shown in.

    A mailbox that a user made has no unified twin.
    """
    if facts.name not in mailboxes.FOLDERS:
        return []
    return [
        MailboxKey(unified_owner(account), facts.name)
        for account in audience(
            owner=directory.owner(facts.inbox),
            saved_by=facts.saved_by,
            submitter=facts.submitter,
            watchers=directory.watchers(facts.inbox),
        )
    ]


def add(
    connection: Connection, boxes: Boxes, showings: Iterable[tuple[int, MailboxKey]], now: int
) -> list[int]:
    """Show messages in mailboxes, which are locked; return the new UIDs."""
    rows: list[dict[str, Any]] = []
    for number, key in showings:
        box = boxes.named(key)
        rows.append(
            {
                "mailbox": box.id,
                "uid": box.next_uid(),
                "message": number,
                "modseq": box.touch(),
                "saved": now,
            }
        )
    mailboxes.add_entries(connection, rows)
    return [row["uid"] for row in rows]


def _present(
    connection: Connection, numbers: Sequence[int] | Collection[int]
) -> defaultdict[int, dict[MailboxKey, tuple[int, int]]]:
    found: defaultdict[int, dict[MailboxKey, tuple[int, int]]] = defaultdict(dict)
    for row in connection.execute(_PRESENT, {"numbers": numbers}):
        found[row.message][MailboxKey(row.owner, row.name)] = (row.mailbox, row.uid)
    return found
