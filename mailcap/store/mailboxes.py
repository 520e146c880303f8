"""Mailbox rows: finding, making and locking them, and giving out UIDs.

An owner is an inbox's address, or ``#<account>`` for the unified mailboxes of an
account (no address lacks an ``@``).  The mailboxes of a folder are made when they are
needed; those with other names, when somebody asks for it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, delete, or_, select, tuple_

from mailcap.domain.errors import NotFound
from mailcap.domain.mailboxes import MailboxKey, is_unified
from mailcap.domain.messages import Folder
from mailcap.store import changed
from mailcap.store.dialect import InsertMany, Prepared, among, run_text
from mailcap.store.parameters import item, items
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
FOLDERS = {name: folder for folder, name in SYSTEM_MAILBOXES.items()}

_LOCKED = select(
    mailboxes.c.owner,
    mailboxes.c.name,
    mailboxes.c.id,
    mailboxes.c.uid_next,
    mailboxes.c.highest_modseq,
    mailboxes.c.uid_validity,
).order_by(mailboxes.c.id)
_NAMED = and_(among(mailboxes.c.owner, "owners"), among(mailboxes.c.name, "names"))
_LOCK_NAMED = Prepared(_LOCKED.where(_NAMED).with_for_update())
_LOCK = Prepared(_LOCKED.where(or_(among(mailboxes.c.id, "ids"), _NAMED)).with_for_update())
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
_ADD_ENTRIES = InsertMany(entries, ("mailbox", "uid", "message", "modseq", "saved"))
_NOTE_EXPUNGED = InsertMany(expunged)
_gone = items("rows")
_FORGET_ENTRIES = delete(entries).where(
    tuple_(entries.c.mailbox, entries.c.uid).in_(select(item(_gone, 0), item(_gone, 1)))
)
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


@dataclass(slots=True)
class Counters:
    """A locked mailbox row, and what this transaction has given out of it.

    All changes of one transaction share one modification sequence (RFC 7162
    section 3.1 allows it).
    """

    id: int
    uid_next: int
    highest_modseq: int
    uid_validity: int
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


def is_system(key: MailboxKey) -> bool:
    """Whether *key* names the mailbox of a folder, which is there without being made."""
    return key.name in FOLDERS


def lock_or_make(
    connection: Connection, keys: Collection[MailboxKey]
) -> dict[MailboxKey, Counters]:
    """Lock the mailboxes named by *keys*, in ascending id, making missing ones."""
    found = _lock_named(connection, keys)
    missing = [key for key in keys if key not in found]
    if missing:
        make(connection, missing)
        found = _lock_named(connection, keys)
    return found


def make(connection: Connection, keys: Collection[MailboxKey]) -> None:
    """Make the mailboxes named by *keys*, as far as they are not there."""
    _MAKE.execute(connection, [_new_row(key) for key in keys])


class Boxes:
    """The mailboxes that a transaction has locked.

    All that a transaction needs should be locked at once: then they are locked in
    ascending id, and no two transactions wait for each other.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._found: dict[int, Counters] = {}
        self._named: dict[MailboxKey, Counters] = {}

    def __getitem__(self, mailbox: int) -> Counters:
        """Return the counters of a mailbox that is locked."""
        return self._found[mailbox]

    def named(self, key: MailboxKey) -> Counters:
        """Return the counters of a mailbox that is locked."""
        return self._named[key]

    def lock(self, ids: Iterable[int] = (), keys: Iterable[MailboxKey] = ()) -> bool:
        """Lock those mailboxes; return whether any was not locked before.

        Those of a folder are made if they are missing.  Raises `NotFound` if another
        one is; an id without a mailbox is passed over.
        """
        new_ids = set(ids) - self._found.keys()
        new_keys = set(keys) - self._named.keys()
        if not new_ids and not new_keys:
            return False
        self._add(new_ids, new_keys)
        missing = new_keys - self._named.keys()
        if missing:
            for key in missing:
                if not is_system(key):
                    raise NotFound(f"There is no mailbox {key.name}.")
            make(self._connection, missing)
            self._add(set(), missing)
        return True

    def write(self) -> None:
        """Write back what was given out, so that the rows say what the counters say."""
        advance(self._connection, self._found.values())

    def _add(self, ids: set[int], keys: set[MailboxKey]) -> None:
        rows = _LOCK.execute(
            self._connection,
            ids=ids,
            owners={key.owner for key in keys},
            names={key.name for key in keys},
        )
        for owner, name, *rest in rows:
            box = self._found.setdefault(rest[0], Counters(*rest))
            self._named[MailboxKey(owner, name)] = box


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
    connection: Connection, boxes: Boxes, gone: Collection[tuple[int, int]], now: int
) -> None:
    """Take the entries *gone*, pairs of (mailbox, uid), away and note their UIDs."""
    if not gone:
        return
    uids: defaultdict[int, list[int]] = defaultdict(list)
    for mailbox, uid in gone:
        uids[mailbox].append(uid)
    notes = [
        {
            "mailbox": mailbox,
            "modseq": boxes[mailbox].touch(),
            "first_uid": first,
            "last_uid": last,
            "expunged": now,
        }
        for mailbox, some in uids.items()
        for first, last in ranges(sorted(some))
    ]
    _NOTE_EXPUNGED.execute(connection, notes)
    connection.execute(_FORGET_ENTRIES, {"rows": json.dumps(list(gone))})


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
    unified = is_unified(key)
    return {
        "owner": key.owner,
        "account_id": int(key.owner[1:]) if unified else None,
        "domain": None if unified else key.owner.rpartition("@")[2],
        "name": key.name,
        "folder": FOLDERS.get(key.name),
        "uid_next": 1,
        "highest_modseq": 1,
        "first_recent_uid": 1,
    }
