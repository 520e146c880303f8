"""What an account has, in numbers."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from mailcap.domain.accounts import Usage
from mailcap.store.dialect import among
from mailcap.store.ownership import Directory, account_number, owned_mailboxes
from mailcap.store.schema import addresses, domains, mailboxes, messages
from mailcap.store.states import VISIBLE


def usage(connection: Connection, account: str) -> Usage:
    """See `mailcap.domain.ports.AccountStore.usage`."""
    number = account_number(connection, account)
    boxes = select(mailboxes.c.id).where(owned_mailboxes("account"))
    owned = connection.scalars(boxes, {"account": number}).all()
    count, octets = connection.execute(
        select(func.count(), func.coalesce(func.sum(messages.c.size), 0)).where(
            among(messages.c.mailbox, owned), VISIBLE
        ),
        {"viewer": number},
    ).one()
    mine = messages.c.saved_by == number
    counts = select(messages.c.inbox, func.count()).where(mine).group_by(messages.c.inbox)
    starred = {row[0]: row[1] for row in connection.execute(counts)}
    directory = Directory(connection, starred)
    return Usage(
        addresses=_names(connection, addresses.c.address, addresses.c.account_id == number),
        domains=_names(connection, domains.c.name, domains.c.account_id == number),
        starred_inboxes=tuple(sorted(one for one in starred if directory.owner(one) != number)),
        starred=sum(starred.values()),
        messages=count,
        octets=int(octets),
    )


def _names(
    connection: Connection, column: ColumnElement[str], mine: ColumnElement[bool]
) -> tuple[str, ...]:
    rows: Any = connection.scalars(select(column).where(mine).order_by(column))
    return tuple(rows)
