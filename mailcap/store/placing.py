"""Where messages go that a client copies, moves or appends, and where that shows them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, bindparam, select

from mailcap.domain.errors import NotFound
from mailcap.domain.mailboxes import MailboxKey, is_unified
from mailcap.store import quota, unified
from mailcap.store.dialect import Prepared
from mailcap.store.mailboxes import Boxes, is_system
from mailcap.store.ownership import Directory
from mailcap.store.quota import Addition
from mailcap.store.schema import accounts
from mailcap.store.schema import mailboxes as boxes_table
from mailcap.store.selection import Selected
from mailcap.store.unified import Facts

_HOME = Prepared(select(accounts.c.home_address).where(accounts.c.id == bindparam("account")))
_IS_THERE = Prepared(
    select(boxes_table.c.id).where(
        boxes_table.c.owner == bindparam("owner"), boxes_table.c.name == bindparam("name")
    )
)


class Target:
    """The mailbox that a client has named.

    A message that comes to a unified mailbox stays in its inbox if it is shown in that
    unified mailbox then, and else becomes one of the account's home address.  Raises
    `NotFound` if there is no such mailbox, and none is made when it is needed.
    """

    def __init__(self, connection: Connection, key: MailboxKey) -> None:
        self.key = key
        self._connection = connection
        if not is_system(key) and not _IS_THERE.execute(connection, owner=key.owner, name=key.name):
            raise NotFound(f"There is no mailbox {key.name}.")
        self.inbox = self._home() if is_unified(key) else key.owner
        self._directory = Directory(connection, [self.inbox])
        self._known: dict[Facts, tuple[Facts, list[MailboxKey]]] = {}

    def keys(self, rows: Sequence[Selected]) -> set[MailboxKey]:
        """Return all mailboxes that will show *rows*; `place` knows them from then on."""
        self._directory = Directory(self._connection, {row.inbox for row in rows} | {self.inbox})
        self._known = {facts: self._place(facts) for facts in {row.facts for row in rows}}
        return {key for _, keys in self._known.values() for key in keys}

    def place(self, row: Selected) -> tuple[Facts, list[MailboxKey]]:
        """Return what the message becomes, and what shows it then: its own mailbox first."""
        return self._known[row.facts]

    def showing(self, facts: Facts) -> list[MailboxKey]:
        """Return what shows a message of the target's own inbox, or one of `keys`."""
        own = MailboxKey(facts.inbox, facts.name)
        return [own, *unified.twins(facts, self._directory)]

    def payer(self, facts: Facts) -> int | None:
        """Return the account that a message counts for, None for a public one."""
        return facts.saved_by or self._directory.owner(facts.inbox)

    def check_quota(self, rows: Iterable[Selected], *, moved: bool) -> None:
        """Raise `OverQuota` if an account may not have *rows* in addition.

        What is only *moved* it may have already.
        """
        quota.check(
            self._connection,
            [
                Addition(self.payer(self.place(row)[0]), row.size)
                for row in rows
                if not (moved and self.payer(self.place(row)[0]) == self.payer(row.facts))
            ],
        )

    def show(
        self, boxes: Boxes, showings: Sequence[tuple[int, MailboxKey]], now: int
    ) -> tuple[int, list[int]]:
        """Show messages; return the UIDVALIDITY of the target, and their UIDs in it."""
        uids = unified.add(self._connection, boxes, showings, now)
        boxes.write()
        return boxes.named(self.key).uid_validity, [
            uid for uid, (_, key) in zip(uids, showings, strict=True) if key == self.key
        ]

    def _place(self, facts: Facts) -> tuple[Facts, list[MailboxKey]]:
        moved = facts._replace(name=self.key.name)
        if is_unified(self.key):
            stays = self.key in unified.twins(moved, self._directory)
        else:
            stays = facts.inbox == self.inbox
        if not stays:
            # Elsewhere it is nothing that its sender submitted.
            moved = moved._replace(inbox=self.inbox, submitter=None)
        return moved, self.showing(moved)

    def _home(self) -> str:
        rows = _HOME.execute(self._connection, account=int(self.key.owner[1:]))
        if not rows or not is_system(self.key):
            raise NotFound(f"There is no mailbox {self.key.name}.")
        return str(rows[0][0])
