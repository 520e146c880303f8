"""Addresses and domains: who owns them, and what changes for their mail with that.

Mail stays where it is when an owner comes or goes; only who sees it changes, and
with it the unified mailboxes.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, Select, delete, insert, select, update

from mailcap.domain.accounts import OwnedDomain, ReservedAddress
from mailcap.domain.errors import AlreadyExists, NotFound, NotOwned
from mailcap.store.dialect import among, lock_ownership
from mailcap.store.ownership import owned_mailboxes
from mailcap.store.schema import accounts, addresses, domains, mailboxes, messages
from mailcap.store.unified import refresh


def account_number(connection: Connection, name: str) -> int:
    """Return the number of an account.  Raises `NotFound`."""
    number = connection.scalar(select(accounts.c.id).where(accounts.c.name == name))
    if number is None:
        raise NotFound(f"There is no account {name}.")
    return int(number)


def reserve_address(
    connection: Connection, now: int, address: str, account: str
) -> ReservedAddress:
    """See `mailcap.domain.ports.AccountStore.reserve_address`."""
    lock_ownership(connection, exclusive=True)
    number = account_number(connection, account)
    local, _, domain = address.rpartition("@")
    holder = connection.scalar(select(addresses.c.account_id).where(addresses.c.address == address))
    if holder is not None:
        _refuse_taken(address, mine=holder == number)
    host = connection.scalar(select(domains.c.account_id).where(domains.c.name == domain))
    if host is not None and host != number:
        raise NotOwned(f"{domain} is owned by another account.")
    if local == "*" and host is None:
        raise NotOwned(f"A catch-all needs a domain of the account's own; {domain} is not.")
    connection.execute(
        insert(addresses).values(
            address=address,
            account_id=number,
            info="",
            catch_all=domain if local == "*" else None,
            created=now,
            updated=now,
        )
    )
    refresh(connection, messages_of_inbox(connection, address), now)
    return find_address(connection, address)


def release_address(
    connection: Connection, now: int, address: str, account: str
) -> ReservedAddress:
    """See `mailcap.domain.ports.AccountStore.release_address`."""
    lock_ownership(connection, exclusive=True)
    number = account_number(connection, account)
    released = connection.execute(
        _ADDRESSES.where(addresses.c.address == address, addresses.c.account_id == number)
    ).one_or_none()
    if released is None:
        raise NotFound(f"{address} is not an address of the account {account}.")
    if connection.scalar(select(accounts.c.id).where(accounts.c.home_address == address)):
        raise NotOwned(f"{address} is the home address of {account} and stays with it.")
    connection.execute(delete(addresses).where(addresses.c.address == address))
    refresh(connection, messages_of_inbox(connection, address), now)
    return _address(released)


def find_address(connection: Connection, address: str) -> ReservedAddress:
    """Return a reserved address.  Raises `NotFound`."""
    row = connection.execute(_ADDRESSES.where(addresses.c.address == address)).one_or_none()
    if row is None:
        raise NotFound(f"{address} is not reserved.")
    return _address(row)


def list_addresses(connection: Connection, account: str) -> list[ReservedAddress]:
    """See `mailcap.domain.ports.AccountStore.addresses`."""
    number = account_number(connection, account)
    query = _ADDRESSES.where(addresses.c.account_id == number).order_by(addresses.c.address)
    return [_address(row) for row in connection.execute(query)]


def set_address_password(
    connection: Connection, now: int, address: str, account: str, password_hash: str | None
) -> None:
    """See `mailcap.domain.ports.AccountStore.set_address_password`."""
    number = account_number(connection, account)
    changed = connection.execute(
        update(addresses)
        .where(addresses.c.address == address, addresses.c.account_id == number)
        .values(password_hash=password_hash, updated=now)
    )
    if not changed.rowcount:
        raise NotFound(f"{address} is not an address of the account {account}.")


def add_domain(connection: Connection, now: int, name: str, account: str) -> OwnedDomain:
    """See `mailcap.domain.ports.AccountStore.add_domain`."""
    lock_ownership(connection, exclusive=True)
    number = account_number(connection, account)
    holder = connection.scalar(select(domains.c.account_id).where(domains.c.name == name))
    if holder is not None:
        _refuse_taken(name, mine=holder == number)
    connection.execute(
        insert(domains).values(
            name=name,
            account_id=number,
            is_private=True,
            enablews=False,
            created=now,
            updated=now,
        )
    )
    refresh(connection, messages_of_domain(connection, name), now)
    return _domain(connection.execute(_DOMAINS.where(domains.c.name == name)).one())


def remove_domain(connection: Connection, now: int, name: str, account: str) -> OwnedDomain:
    """See `mailcap.domain.ports.AccountStore.remove_domain`."""
    lock_ownership(connection, exclusive=True)
    number = account_number(connection, account)
    row = connection.execute(
        _DOMAINS.where(domains.c.name == name, domains.c.account_id == number)
    ).one_or_none()
    if row is None:
        raise NotFound(f"{name} is not a domain of the account {account}.")
    connection.execute(delete(domains).where(domains.c.name == name))
    # The catch-all's mail stays the account's, like that of any reserved address.
    refresh(connection, messages_of_domain(connection, name), now)
    return _domain(row)


def list_domains(connection: Connection, account: str) -> list[OwnedDomain]:
    """See `mailcap.domain.ports.AccountStore.domains`."""
    number = account_number(connection, account)
    query = _DOMAINS.where(domains.c.account_id == number).order_by(domains.c.name)
    return [_domain(row) for row in connection.execute(query)]


def messages_of_inbox(connection: Connection, inbox: str) -> list[int]:
    """Return the numbers of all messages of an inbox."""
    return list(connection.scalars(select(messages.c.number).where(messages.c.inbox == inbox)))


def messages_of_domain(connection: Connection, name: str) -> list[int]:
    """Return the numbers of all messages of a domain's inboxes."""
    return list(
        connection.scalars(
            select(messages.c.number)
            .join(mailboxes, mailboxes.c.id == messages.c.mailbox)
            .where(mailboxes.c.domain == name)
        )
    )


def only_seen_by(connection: Connection, account: int, most: int) -> list[int]:
    """Return up to *most* messages that nobody but *account* may see."""
    owned = select(mailboxes.c.id).where(owned_mailboxes("account"))
    boxes = connection.scalars(owned, {"account": account}).all()
    found = list(
        connection.scalars(
            select(messages.c.number)
            .where(among(messages.c.mailbox, boxes), messages.c.saved_by.is_(None))
            .limit(most)
        )
    )
    found += connection.scalars(
        select(messages.c.number).where(messages.c.saved_by == account).limit(most)
    )
    return found[:most]


def _refuse_taken(name: str, *, mine: bool) -> None:
    if mine:
        raise AlreadyExists(f"{name} belongs to this account already.")
    raise NotOwned(f"{name} is owned by another account.")


_ADDRESSES: Select[Any] = select(addresses, accounts.c.name.label("account")).join(
    accounts, accounts.c.id == addresses.c.account_id
)
_DOMAINS: Select[Any] = select(domains, accounts.c.name.label("account")).join(
    accounts, accounts.c.id == domains.c.account_id
)


def _address(row: Row[Any]) -> ReservedAddress:
    return ReservedAddress(
        address=row.address,
        account=row.account,
        info=row.info,
        forward=row.forward,
        enablews=row.enablews,
        webhook=row.webhook,
        webhook_slack=row.webhook_slack,
        webhook_slack_to_from=row.webhook_slack_to_from,
        catch_all=row.catch_all,
        created=row.created,
        updated=row.updated,
    )


def _domain(row: Row[Any]) -> OwnedDomain:
    return OwnedDomain(
        name=row.name,
        account=row.account,
        is_private=row.is_private,
        enablews=row.enablews,
        created=row.created,
        updated=row.updated,
    )
