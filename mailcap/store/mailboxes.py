"""Mailbox rows: finding, making and locking them, and giving out UIDs.

An owner is an inbox's address, or ``#<account>`` for the unified mailboxes of an
account (no address lacks an ``@``).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, insert, select

from mailcap.domain.messages import Folder
from mailcap.store import changed
from mailcap.store.dialect import InsertMany, Prepared, among, run_text
from mailcap.store.schema import entries, expunged, mailboxes

# The name of each system mailbox, and the folder that REST calls it by.
SYSTEM_MAILBOXES = {
    Folder.INBOX: "INBOX",
    Folder.SENT: "Sent",
    Folder.DRAFTS: "Drafts",
    Folder.SPAM: "Junk",
    Folder.TRASH: "Trash",
    Folder.ALL: "Archive",
}
_FOLDERS = {name: folder for folder, name in SYSTEM_MAILBOXES.items()}

_COUNTERS = (mailboxes.c.id, mailboxes.c.uid_next, mailboxes.c.highest_modseq)
_LOCK = (
    select(*_COUNTERS)
    .where(among(mailboxes.c.id, "ids"))
    .order_by(mailboxes.c.id)
    .with_for_update()
)
_LOCK_NAMED = Prepared(
    select(mailboxes.c.owner, mailboxes.c.name, *_COUNTERS)
    .where(among(mailboxes.c.owner, "owners"), among(mailboxes.c.name, "names"))
    .order_by(mailboxes.c.id)
    .with_for_update()
)
_MAKE = InsertMany(
    mailboxes,
    (
        "owner",
        "account_id",
        "domain",
        "name",
        "folder",
        "uid_next",
        "highest_modseq",
        "first_recent_uid",
    ),
    expressions={"uid_validity": "(SELECT epoch FROM store)"},
    lenient=True,
)
_ADD_ENTRIES = InsertMany(entries)
# (mailbox, UIDNEXT, highest modification sequence) of each, as one parameter.
_ADVANCE = {
    "sqlite": (
        "UPDATE mailboxes SET uid_next = json_extract(value, '$[1]'), "
        "highest_modseq = json_extract(value, '$[2]') "
        "FROM json_each(?) WHERE mailboxes.id = json_extract(value, '$[0]')"
    ),
    "postgresql": (
        "UPDATE mailboxes SET uid_next = (value->>1)::bigint, "
        "highest_modseq = (value->>2)::bigint "
        "FROM json_array_elements(CAST(%s AS json)) "
        "WHERE mailboxes.id = (value->>0)::integer"
    ),
}


class MailboxKey(NamedTuple):
    """What names a mailbox."""

    owner: str
    name: str


@dataclass(slots=True)
class Counters:
    """A locked mailbox row, and what this transaction has given out of it.

    All changes of one transaction share one modification sequence (RFC 7162
    section 3.1 allows it).
    """

    id: int
    uid_next: int
    highest_modseq: int
    changed: bool = False

    def touch(self) -> int:
        """Return the modification sequence of this transaction's changes."""
        if not self.changed:
            self.highest_modseq += 1
            self.changed = True
        return self.highest_modseq

    def next_uid(self) -> int:
        """Return a UID that was never used in this mailbox."""
        uid = self.uid_next
        self.uid_next += 1
        return uid


def unified_owner(account: int) -> str:
    """Return the owner of the unified mailboxes of *account*."""
    return f"#{account}"


def lock_or_make(
    connection: Connection, keys: Collection[MailboxKey]
) -> dict[MailboxKey, Counters]:
    """Lock the mailboxes named by *keys*, in ascending id, making missing ones."""
    found = _lock_named(connection, keys)
    missing = [key for key in keys if key not in found]
    if missing:
        _MAKE.execute(connection, [_new_row(key) for key in missing])
        found = _lock_named(connection, keys)
    return found


def lock(connection: Connection, ids: Iterable[int]) -> dict[int, Counters]:
    """Lock the mailboxes with those *ids*, in ascending order."""
    rows = connection.execute(_LOCK, {"ids": set(ids)})
    return {row.id: Counters(*row) for row in rows}


def advance(connection: Connection, counters: Iterable[Counters]) -> None:
    """Write back what was given out."""
    rows = [(box.id, box.uid_next, box.highest_modseq) for box in counters if box.changed]
    if rows:
        run_text(connection, _ADVANCE[connection.dialect.name], [json.dumps(rows)]).close()
        changed.note(connection, [mailbox for mailbox, _, _ in rows])


def add_entries(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Show messages in mailboxes."""
    _ADD_ENTRIES.execute(connection, rows)


def expunge(
    connection: Connection, boxes: dict[int, Counters], gone: Iterable[tuple[int, int]], now: int
) -> None:
    """Take the entries *gone*, pairs of (mailbox, uid), away and note their UIDs."""
    uids: defaultdict[int, list[int]] = defaultdict(list)
    for mailbox, uid in gone:
        uids[mailbox].append(uid)
    notes = []
    for mailbox, some in uids.items():
        modseq = boxes[mailbox].touch()
        notes += [
            {
                "mailbox": mailbox,
                "modseq": modseq,
                "first_uid": first,
                "last_uid": last,
                "expunged": now,
            }
            for first, last in ranges(sorted(some))
        ]
    if not notes:
        return
    connection.execute(insert(expunged), notes)
    connection.execute(
        entries.delete().where(
            entries.c.mailbox == bindparam("box"), entries.c.uid == bindparam("number")
        ),
        [{"box": mailbox, "number": uid} for mailbox, some in uids.items() for uid in some],
    )


def ranges(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Return rising *numbers* as inclusive ranges of neighbours."""
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found


def _lock_named(connection: Connection, keys: Collection[MailboxKey]) -> dict[MailboxKey, Counters]:
    rows = _LOCK_NAMED.execute(
        connection, owners={key.owner for key in keys}, names={key.name for key in keys}
    )
    return {MailboxKey(owner, name): Counters(*rest) for owner, name, *rest in rows}


def _new_row(key: MailboxKey) -> dict[str, Any]:
    is_unified = key.owner.startswith("#")
    return {
        "owner": key.owner,
        "account_id": int(key.owner[1:]) if is_unified else None,
        "domain": None if is_unified else key.owner.rpartition("@")[2],
        "name": key.name,
        "folder": _FOLDERS.get(key.name),
        "uid_next": 1,
        "highest_modseq": 1,
        "first_recent_uid": 1,
    }
