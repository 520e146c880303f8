"""What accounts have subscribed to, and which inboxes they have."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, delete, exists, func, select

from mailcap.domain.errors import OverQuota
from mailcap.domain.mailboxes import MailboxKey
from mailcap.store.dialect import InsertMany, Prepared
from mailcap.store.folders import check_name
from mailcap.store.schema import accounts, addresses, domains, entries, messages, subscriptions
from mailcap.store.schema import mailboxes as boxes_table
from mailcap.store.states import VISIBLE

_MOST = 10_000  # of an account

_mine = subscriptions.c.account_id == bindparam("viewer")
_SUBSCRIBED = Prepared(select(subscriptions.c.owner, subscriptions.c.name).where(_mine))
_COUNT = select(func.count()).select_from(subscriptions).where(_mine)
_ADD = InsertMany(subscriptions, lenient=True)
_DELETE = delete(subscriptions).where(
    _mine,
    subscriptions.c.owner == bindparam("owner"),
    subscriptions.c.name == bindparam("mailbox"),
)

_own = addresses.c.account_id == bindparam("viewer")
_ADDRESSES = Prepared(
    select(addresses.c.address).where(
        _own, addresses.c.address.not_in(select(accounts.c.home_address))
    )
)
# Of its domains, the addresses with mail that nobody else has reserved.
_WITH_MAIL = Prepared(
    select(boxes_table.c.owner)
    .where(
        boxes_table.c.domain.in_(
            select(domains.c.name).where(domains.c.account_id == bindparam("viewer"))
        ),
        ~exists().where(addresses.c.address == boxes_table.c.owner),
        exists()
        .select_from(entries.join(messages, messages.c.number == entries.c.message))
        .where(entries.c.mailbox == boxes_table.c.id, VISIBLE),
    )
    .distinct()
)


def subscribe(connection: Connection, viewer: int, key: MailboxKey, *, wanted: bool) -> None:
    """See `mailcap.domain.mailbox_store.MailboxStore.subscribe`."""
    if not wanted:
        connection.execute(_DELETE, {"viewer": viewer, "owner": key.owner, "mailbox": key.name})
        return
    check_name(key.name)
    if connection.execute(_COUNT, {"viewer": viewer}).scalar_one() >= _MOST:
        raise OverQuota(f"An account can subscribe to {_MOST} mailboxes.")
    _ADD.execute(connection, [{"account_id": viewer, "owner": key.owner, "name": key.name}])


def subscribed(connection: Connection, viewer: int) -> list[MailboxKey]:
    """See `mailcap.domain.mailbox_store.MailboxStore.subscriptions`."""
    return sorted(MailboxKey(*row) for row in _SUBSCRIBED.execute(connection, viewer=viewer))


def inboxes(connection: Connection, viewer: int) -> list[str]:
    """See `mailcap.domain.mailbox_store.MailboxStore.inboxes`."""
    found = {address for (address,) in _ADDRESSES.execute(connection, viewer=viewer)}
    found |= {owner for (owner,) in _WITH_MAIL.execute(connection, viewer=viewer)}
    return sorted(found)
