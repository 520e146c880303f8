"""The mailboxes that users make, by name."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import Connection, and_, bindparam, delete, select, update

from mailcap.domain.errors import AlreadyExists, InvalidValue, NotFound, OverQuota
from mailcap.domain.mailboxes import MailboxKey, is_unified
from mailcap.domain.messages import Folder
from mailcap.store import changed, mailboxes
from mailcap.store.dialect import Prepared, among
from mailcap.store.mailboxes import FOLDERS, SYSTEM_MAILBOXES, Boxes, is_system
from mailcap.store.moves import move
from mailcap.store.removal import remove, remove_among
from mailcap.store.schema import entries, messages
from mailcap.store.schema import mailboxes as boxes_table
from mailcap.store.selection import Chosen
from mailcap.store.states import VISIBLE

# Whoever makes a mailbox makes those above it: without limits, one command could make
# thousands.
_NAME_OCTETS = 1000
_LEVELS = 20
_MOST = 5000  # of an owner
_AT_ONCE = 500  # messages that are deleted in one transaction

_FORBIDDEN = frozenset({"Cc", "Cs", "Zl", "Zp"})  # they break lines, or are no characters

_user_made = and_(boxes_table.c.owner == bindparam("inbox"), boxes_table.c.folder.is_(None))
_KEYS = Prepared(
    select(boxes_table.c.owner, boxes_table.c.name).where(
        among(boxes_table.c.owner, "owners"), boxes_table.c.folder.is_(None)
    )
)
_NAMES = Prepared(select(boxes_table.c.name, boxes_table.c.id).where(_user_made))
_LOCK_ALL = Prepared(
    select(boxes_table.c.name, boxes_table.c.id)
    .where(_user_made)
    .order_by(boxes_table.c.id)
    .with_for_update()
)
# Their ids are never used again, so that no name comes back with an UIDVALIDITY it had,
# whatever is renamed to it.
_VALIDATE = (
    update(boxes_table)
    .where(
        _user_made,
        among(boxes_table.c.name, "names"),
        boxes_table.c.uid_validity != boxes_table.c.id,
    )
    .values(uid_validity=boxes_table.c.id)
    .returning(boxes_table.c.name)
)
_RENAME = (
    update(boxes_table)
    .where(boxes_table.c.id == bindparam("mailbox"))
    .values(name=bindparam("new_name"))
)
_DELETE = delete(boxes_table).where(boxes_table.c.id == bindparam("mailbox"))
_IN_MAILBOX = Prepared(
    select(messages.c.number)
    .where(messages.c.mailbox == bindparam("mailbox"), VISIBLE)
    .limit(_AT_ONCE)
)
_IN_INBOX = Prepared(
    select(messages.c.number).where(messages.c.inbox == bindparam("inbox"), VISIBLE).limit(_AT_ONCE)
)
_HIDDEN = Prepared(
    select(messages.c.saved_by, entries.c.uid)
    .join(messages, messages.c.number == entries.c.message)
    .where(entries.c.mailbox == bindparam("mailbox"))
    .order_by(entries.c.uid)
)


def names(connection: Connection, viewer: int, *owners: str) -> list[MailboxKey]:  # noqa: ARG001
    """See `mailcap.domain.mailbox_store.MailboxStore.names`."""
    return sorted(MailboxKey(*row) for row in _KEYS.execute(connection, owners=owners))


def ensure(connection: Connection, key: MailboxKey) -> int:
    """See `mailcap.domain.mailbox_store.MailboxStore.ensure`."""
    boxes = Boxes(connection)
    boxes.lock(keys=[key])
    return boxes.named(key).id


def create(connection: Connection, viewer: int, key: MailboxKey) -> None:  # noqa: ARG001
    """See `mailcap.domain.mailbox_store.MailboxStore.create`."""
    check_name(key.name)
    if is_unified(key):
        raise InvalidValue("Mailboxes are made for addresses.")
    if key.name not in _make(connection, key.owner, _levels(key.name)):
        raise AlreadyExists(f"There is a mailbox {key.name} already.")


def rename(
    connection: Connection,
    viewer: int,  # noqa: ARG001
    key: MailboxKey,
    new_name: str,
) -> None:
    """See `mailcap.domain.mailbox_store.MailboxStore.rename`."""
    if is_system(key) or f"{new_name}/".startswith(f"{key.name}/"):
        raise InvalidValue(f"The mailbox {key.name} cannot be renamed to {new_name}.")
    ids = dict(_LOCK_ALL.execute(connection, inbox=key.owner))
    moved = [name for name in ids if f"{name}/".startswith(f"{key.name}/")]
    if not moved:
        raise NotFound(f"There is no mailbox {key.name}.")
    # Those above first: what was below may get the name that one of them had.
    for name in sorted(moved, key=len):
        renamed = new_name + name[len(key.name) :]
        check_name(renamed)
        if renamed in ids or is_system(MailboxKey(key.owner, renamed)):
            raise AlreadyExists(f"There is a mailbox {renamed} already.")
        ids[renamed] = ids.pop(name)
        connection.execute(_RENAME, {"mailbox": ids[renamed], "new_name": renamed})
    _make(connection, key.owner, _levels(new_name)[:-1])


def delete_some(connection: Connection, now: int, viewer: int, key: MailboxKey) -> int:
    """Delete some of a user-made mailbox's messages, or else the mailbox itself.

    Returns how many messages went: 0 when all is done.  What others have starred there
    was never *viewer*'s to delete, and goes to the archive.
    """
    mailbox = dict(_NAMES.execute(connection, inbox=key.owner)).get(key.name)
    if mailbox is None:
        raise NotFound(f"There is no mailbox {key.name} that can be deleted.")
    boxes = Boxes(connection)
    boxes.lock([mailbox])
    doomed = [
        number for (number,) in _IN_MAILBOX.execute(connection, viewer=viewer, mailbox=mailbox)
    ]
    if doomed:
        return remove_among(connection, boxes, doomed, now)
    hidden: defaultdict[int, list[int]] = defaultdict(list)
    for starrer, uid in _HIDDEN.execute(connection, mailbox=mailbox):
        hidden[starrer].append(uid)
    for starrer, uids in hidden.items():
        archive = MailboxKey(key.owner, SYSTEM_MAILBOXES[Folder.ALL])
        move(connection, now, Chosen(starrer, mailbox, uids), archive, base="", first=0)
    connection.execute(_DELETE, {"mailbox": mailbox})
    changed.note(connection, [mailbox])
    return 0


def clear_some(connection: Connection, now: int, viewer: int, inbox: str) -> int:
    """Delete some of the messages of an inbox, or else its empty user-made mailboxes.

    Returns how many messages went: 0 when all is done.
    """
    doomed = [number for (number,) in _IN_INBOX.execute(connection, viewer=viewer, inbox=inbox)]
    if doomed:
        return remove(connection, doomed, now)
    for name, _ in _NAMES.execute(connection, inbox=inbox):
        delete_some(connection, now, viewer, MailboxKey(inbox, name))
    return 0


def check_name(name: str) -> None:
    """Raise `InvalidValue` unless a user may give a mailbox that name."""
    levels = name.split("/")
    if not all(levels):
        raise InvalidValue("No level of a mailbox's name may be empty.")
    if len(levels) > _LEVELS:
        raise InvalidValue(f"The name of a mailbox has at most {_LEVELS} levels.")
    if any(unicodedata.category(character) in _FORBIDDEN for character in name):
        raise InvalidValue("The name of a mailbox contains a control character.")
    if len(name.encode()) > _NAME_OCTETS:
        raise InvalidValue(f"The name of a mailbox has at most {_NAME_OCTETS} octets.")


def _levels(name: str) -> list[str]:
    """Return the names of all mailboxes above, and *name* itself."""
    parts = name.split("/")
    return ["/".join(parts[: end + 1]) for end in range(len(parts))]


def _make(connection: Connection, owner: str, wanted: Collection[str]) -> set[str]:
    """Make those of the mailboxes that are not there; return their names."""
    there = {name for name, _ in _NAMES.execute(connection, inbox=owner)}
    missing = [name for name in wanted if name not in there and name not in FOLDERS]
    if not missing:
        return set()
    if len(there) + len(missing) > _MOST:
        raise OverQuota(f"There may be {_MOST} mailboxes.")
    mailboxes.make(connection, [MailboxKey(owner, name) for name in missing])
    # Whoever else made one at the same moment has done this already.
    return set(connection.scalars(_VALIDATE, {"inbox": owner, "names": missing}))
