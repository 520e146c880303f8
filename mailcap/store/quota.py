"""How much an account has, and may have.

What counts is mail that the account owns or has starred, where its unified mailboxes show
it or it lies in user-made mailboxes of its addresses: nobody can fill another one's quota
with public mail, though that may be shown there, too.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Connection, and_, bindparam, func, or_, select

from mailcap.domain.errors import OverQuota
from mailcap.store.dialect import Prepared, among
from mailcap.store.ownership import owned_mailboxes
from mailcap.store.schema import accounts, entries, messages
from mailcap.store.schema import mailboxes as boxes_table

_MAILBOXES = (
    select(boxes_table.c.id)
    .where(
        or_(
            boxes_table.c.account_id == bindparam("viewer"),
            and_(boxes_table.c.folder.is_(None), owned_mailboxes("viewer")),
        )
    )
    .correlate(None)
)
_PAID = or_(
    messages.c.saved_by == bindparam("viewer"),
    and_(messages.c.saved_by.is_(None), owned_mailboxes("viewer")),
)
_USAGE = Prepared(
    select(func.count(), func.coalesce(func.sum(messages.c.size), 0))
    .select_from(entries)
    .join(messages, messages.c.number == entries.c.message)
    .join(boxes_table, boxes_table.c.id == messages.c.mailbox)
    .where(entries.c.mailbox.in_(_MAILBOXES), _PAID)
)
_LIMITS = Prepared(
    select(accounts.c.id, accounts.c.message_limit, accounts.c.storage_limit).where(
        among(accounts.c.id, "accounts"),
        or_(accounts.c.message_limit.is_not(None), accounts.c.storage_limit.is_not(None)),
    )
)


class Addition(NamedTuple):
    """A message that an account gets; *account* is None for a public one."""

    account: int | None
    size: int


def usage(connection: Connection, viewer: int) -> tuple[int, int]:
    """See `mailcap.domain.mailbox_store.MailboxStore.usage`."""
    ((count, size),) = _USAGE.execute(connection, viewer=viewer)
    return int(count), int(size)


def check(connection: Connection, additions: Iterable[Addition]) -> None:
    """Raise `OverQuota` if an account would have more than it may."""
    totals: dict[int, tuple[int, int]] = {}
    for account, size in additions:
        if account is not None:
            count, octets = totals.get(account, (0, 0))
            totals[account] = count + 1, octets + size
    limits = _LIMITS.execute(connection, accounts=totals) if totals else ()
    for account, most_messages, most_octets in limits:
        count, octets = (
            there + more
            for there, more in zip(usage(connection, account), totals[account], strict=True)
        )
        if most_messages is not None and count > most_messages:
            raise OverQuota(f"The account may keep {most_messages} messages.")
        if most_octets is not None and octets > most_octets:
            raise OverQuota(f"The account may keep {most_octets} octets.")
