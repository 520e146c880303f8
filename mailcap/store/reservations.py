"""Addresses: who owns them, and what changes for their mail with that.

Mail stays where it is when an owner comes or goes; only who sees it changes, and
with it the unified mailboxes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

from sqlalchemy import Connection, Row, Select, delete, func, insert, select, update

from mailcap.domain.accounts import AddressChanges, ReservedAddress, Standing
from mailcap.domain.addresses import may_be_alias
from mailcap.domain.errors import InvalidValue, NotFound, NotOwned
from mailcap.store.dialect import among, lock_ownership
from mailcap.store.domains import known_domain
from mailcap.store.folders import clear_some
from mailcap.store.ownership import (
    Directory,
    account_number,
    owned_mailboxes,
    refuse_taken,
)
from mailcap.store.schema import accounts, addresses, domains, mailboxes, messages
from mailcap.store.unified import refresh


def reserve_address(
    connection: Connection,
    now: int,
    address: str,
    account: str,
    **changes: Unpack[AddressChanges],
) -> ReservedAddress:
    """See `mailcap.domain.ports.AccountStore.reserve_address`."""
    lock_ownership(connection, exclusive=True)
    number = account_number(connection, account)
    _refuse(connection, address, number)
    _check_forward(connection, changes, number, address)
    local, _, domain = address.rpartition("@")
    facts = {"info": "", "catch_all": domain if local == "*" else None, **changes}
    connection.execute(
        insert(addresses).values(
            address=address, account_id=number, created=now, updated=now, **facts
        )
    )
    refresh(connection, messages_of_inbox(connection, address), now)
    return find_address(connection, address)


def reserve_addresses(
    connection: Connection, now: int, wanted: Sequence[str], account: str
) -> list[ReservedAddress]:
    """See `mailcap.domain.ports.AccountStore.reserve_addresses`."""
    return [reserve_address(connection, now, address, account) for address in wanted]


def change_address(
    connection: Connection,
    now: int,
    address: str,
    account: str,
    **changes: Unpack[AddressChanges],
) -> ReservedAddress:
    """See `mailcap.domain.ports.AccountStore.change_address`."""
    lock_ownership(connection, exclusive=False)
    number = account_number(connection, account)
    _check_forward(connection, changes, number, address)
    changed = connection.execute(
        update(addresses)
        .where(addresses.c.address == address, addresses.c.account_id == number)
        .values(
            # Who has ever changed anything has said that this is off, unless it is on.
            **{"enablews": func.coalesce(addresses.c.enablews, False), **changes},
            updated=now,
        )
    )
    if not changed.rowcount:
        raise NotFound(f"{address} is not an address of the account {account}.")
    return find_address(connection, address)


def release_address(
    connection: Connection,
    now: int,
    address: str,
    account: str,
    *,
    with_messages: bool = False,
) -> ReservedAddress:
    """See `mailcap.domain.ports.AccountStore.release_address`."""
    lock_ownership(connection, exclusive=True)
    released = _releasable(connection, address, account)
    if with_messages:  # what has come behind the last of `clear_releasable`; no more can come
        while clear_releasable(connection, now, address, account):
            pass
    connection.execute(delete(addresses).where(addresses.c.address == address))
    refresh(connection, messages_of_inbox(connection, address), now)
    return released


def clear_releasable(connection: Connection, now: int, address: str, account: str) -> int:
    """Delete some of the mail of an address that is to be released; return how many went."""
    lock_ownership(connection, exclusive=False)
    _releasable(connection, address, account)
    return clear_some(connection, now, account_number(connection, account), address)


def look_up(connection: Connection, inbox: str) -> Standing:
    """See `mailcap.domain.ports.AccountStore.look_up`."""
    row = connection.execute(_ADDRESSES.where(addresses.c.address == inbox)).one_or_none()
    return Standing(
        inbox,
        reserved=_address(row) if row else None,
        domain=known_domain(connection, inbox.rpartition("@")[2]),
    )


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


def messages_of_inbox(connection: Connection, inbox: str) -> list[int]:
    """Return the numbers of all messages of an inbox."""
    return list(connection.scalars(select(messages.c.number).where(messages.c.inbox == inbox)))


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


def _refuse(connection: Connection, address: str, number: int) -> None:
    """Raise why the account of that *number* cannot reserve *address*, if it cannot."""
    local, _, domain = address.rpartition("@")
    if may_be_alias(address):  # perhaps that of another's inbox; which are, nobody learns
        raise InvalidValue(f"{address} has the form of an alias and cannot be reserved.")
    holder = connection.scalar(select(addresses.c.account_id).where(addresses.c.address == address))
    if holder is not None:
        refuse_taken(address, mine=holder == number)
    host = connection.scalar(select(domains.c.account_id).where(domains.c.name == domain))
    if host is not None and host != number:
        raise NotOwned(f"{domain} is owned by another account.")
    if local == "*" and host is None:
        raise NotOwned(f"A catch-all needs a domain of the account's own; {domain} is not.")


def _releasable(connection: Connection, address: str, account: str) -> ReservedAddress:
    """Return an address that *account* may release; raise `NotFound` or `NotOwned`."""
    number = account_number(connection, account)
    row = connection.execute(
        _ADDRESSES.where(addresses.c.address == address, addresses.c.account_id == number)
    ).one_or_none()
    if row is None:
        raise NotFound(f"{address} is not an address of the account {account}.")
    if connection.scalar(select(accounts.c.id).where(accounts.c.home_address == address)):
        raise NotOwned(f"{address} is the home address of {account} and stays with it.")
    return _address(row)


def _check_forward(
    connection: Connection, changes: AddressChanges, number: int, source: str
) -> None:
    """Raise `InvalidValue` if mail would be forwarded out of the account, or nowhere."""
    target = changes.get("forward")
    if target == source:
        raise InvalidValue("forward: an address cannot be forwarded to itself.")
    if target and Directory(connection, [target]).owner(target) != number:
        raise InvalidValue(f"forward: {target} is not an address of this account.")


_ADDRESSES: Select[Any] = select(addresses, accounts.c.name.label("account")).join(
    accounts, accounts.c.id == addresses.c.account_id
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
        has_password=row.password_hash is not None,
        created=row.created,
        updated=row.updated,
    )
