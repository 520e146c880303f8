r"""Changing flags and keywords, which are one truth for all mailboxes and protocols."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import Connection, bindparam, select, update

from mailcap.domain.mailboxes import FlagChange, How, MailboxKey, Mark
from mailcap.store import mailboxes, unified
from mailcap.store.dialect import Prepared, among, lock_ownership
from mailcap.store.mailboxes import Boxes
from mailcap.store.ownership import Directory
from mailcap.store.schema import entries, messages
from mailcap.store.schema import mailboxes as boxes_table
from mailcap.store.selection import Chosen, Selected, showing_mailboxes, take
from mailcap.store.states import Columns

_SET = (
    update(messages)
    .where(among(messages.c.number, "numbers"))
    .values(seen=bindparam("to_seen"), flags=bindparam("to_flags"), labels=bindparam("to_labels"))
)
_STAR = (  # apart, since it costs an index
    update(messages)
    .where(among(messages.c.number, "numbers"))
    .values(saved_by=bindparam("to_saved_by"))
)
_TOUCH = (
    update(entries)
    .where(among(entries.c.message, "numbers"))
    .values(
        touched=True,
        modseq=select(boxes_table.c.highest_modseq)
        .where(boxes_table.c.id == entries.c.mailbox)
        .scalar_subquery(),
    )
)
_OWN_ENTRIES = Prepared(
    select(
        boxes_table.c.owner,
        boxes_table.c.name,
        entries.c.mailbox,
        entries.c.uid,
        entries.c.message,
        entries.c.passed_over,
    )
    .select_from(entries)
    .join(messages, messages.c.number == entries.c.message)
    .join(boxes_table, boxes_table.c.id == entries.c.mailbox)
    .where(among(entries.c.message, "numbers"), entries.c.mailbox == messages.c.mailbox)
    .order_by(entries.c.message)
)


def change_flags(
    connection: Connection,
    now: int,
    chosen: Chosen,
    change: FlagChange,
    *,
    unchanged_since: int | None = None,
) -> list[int]:
    """See `mailcap.domain.mailbox_store.MailboxStore.change_flags`."""
    lock_ownership(connection, exclusive=False)
    star = _Star(connection, change, chosen.viewer)
    boxes, rows = take(connection, chosen, keys=star.keys)
    left = [row.uid for row in rows if unchanged_since is not None and row.modseq > unchanged_since]
    kept = set(left)
    changed = _set(connection, [row for row in rows if row.uid not in kept], change, chosen.viewer)
    _touch(connection, boxes, [row.number for row in changed])
    star.follow(boxes, changed, now)
    boxes.write()
    return left


def _set(
    connection: Connection, rows: Iterable[Selected], change: FlagChange, viewer: int
) -> list[Selected]:
    """Change the messages; return those that were different before."""
    same: defaultdict[Columns, list[Selected]] = defaultdict(list)
    for row in rows:
        same[row.columns].append(row)
    changed: list[Selected] = []
    for before, some in same.items():
        after = before.changed(change, viewer)
        numbers = [row.number for row in some]
        if after[:-1] != before[:-1]:
            connection.execute(
                _SET,
                {
                    "numbers": numbers,
                    "to_seen": after.seen,
                    "to_flags": after.flags,
                    "to_labels": after.labels,
                },
            )
        if after.saved_by != before.saved_by:
            connection.execute(_STAR, {"numbers": numbers, "to_saved_by": after.saved_by})
        if after != before:
            changed += some
    return changed


def _touch(connection: Connection, boxes: Boxes, numbers: Collection[int]) -> None:
    """Raise the modification sequence of those messages wherever they are shown."""
    if not numbers:
        return
    for mailbox in showing_mailboxes(connection, numbers):
        boxes[mailbox].touch()
    boxes.write()
    connection.execute(_TOUCH, {"numbers": numbers})


class _Star:
    r"""What a change of flags does with ``\Flagged``, and what follows from that."""

    def __init__(self, connection: Connection, change: FlagChange, viewer: int) -> None:
        self._connection = connection
        self._viewer = viewer
        self._named = change.how is How.REPLACE or bool(change.marks & Mark.FLAGGED)
        is_set = change.how is not How.REMOVE and bool(change.marks & Mark.FLAGGED)
        self._after = viewer if is_set else None

    def keys(self, rows: Iterable[Selected]) -> set[MailboxKey]:
        """Return the unified mailboxes that *rows* will be shown in."""
        turned = self._turned(rows)
        directory = self._directory(turned)
        return {
            key
            for row in turned
            for key in unified.twins(row.facts._replace(saved_by=self._after), directory)
        }

    def follow(self, boxes: Boxes, changed: Iterable[Selected], now: int) -> None:
        """Let the entries follow, when *changed* have changed and are locked."""
        turned = self._turned(changed)
        numbers = [row.number for row in turned]
        if not turned:
            return
        unified.follow(self._connection, boxes, numbers, now)
        if self._after is None:
            self._bring_back(boxes, turned, now)

    def _bring_back(self, boxes: Boxes, unstarred: Sequence[Selected], now: int) -> None:
        """Give another UID to whatever others may have looked for without finding it."""
        directory = self._directory(unstarred)
        renewed = []
        for owner, name, mailbox, uid, number, passed_over in _OWN_ENTRIES.execute(
            self._connection, numbers=[row.number for row in unstarred]
        ):
            if passed_over or directory.owner(owner) != self._viewer:
                renewed.append((MailboxKey(owner, name), (mailbox, uid), number))
        mailboxes.expunge(self._connection, boxes, [place for _, place, _ in renewed], now)
        unified.add(self._connection, boxes, [(number, key) for key, _, number in renewed], now)

    def _turned(self, rows: Iterable[Selected]) -> list[Selected]:
        """Return those of *rows* that get or lose the star."""
        return [row for row in rows if self._named and row.saved_by != self._after]

    def _directory(self, rows: Iterable[Selected]) -> Directory:
        return Directory(self._connection, {row.inbox for row in rows})
