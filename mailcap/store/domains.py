"""Domains: who owns them, and what changes for their mail with that."""

from __future__ import annotations

from typing import Any, Unpack

from sqlalchemy import Connection, Row, Select, delete, exists, insert, select, update

from mailcap.domain.accounts import DomainChanges, OwnedDomain
from mailcap.domain.errors import NotFound
from mailcap.store.dialect import lock_ownership
from mailcap.store.ownership import account_number, refuse_taken
from mailcap.store.schema import accounts, addresses, domains, mailboxes, messages
from mailcap.store.unified import refresh


def add_domain(connection: Connection, now: int, name: str, account: str) -> OwnedDomain:
    """See `mailcap.domain.ports.AccountStore.add_domain`."""
    lock_ownership(connection, exclusive=True)
    number = account_number(connection, account)
    holder = connection.scalar(select(domains.c.account_id).where(domains.c.name == name))
    if holder is not None:
        refuse_taken(name, mine=holder == number)
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
    return _own(connection, name, account)


def remove_domain(connection: Connection, now: int, name: str, account: str) -> OwnedDomain:
    """See `mailcap.domain.ports.AccountStore.remove_domain`."""
    lock_ownership(connection, exclusive=True)
    removed = _own(connection, name, account)
    connection.execute(delete(domains).where(domains.c.name == name))
    # The catch-all's mail stays the account's, like that of any reserved address.
    refresh(connection, messages_of_domain(connection, name), now)
    return removed


def change_domain(
    connection: Connection, now: int, name: str, account: str, **changes: Unpack[DomainChanges]
) -> OwnedDomain:
    """See `mailcap.domain.ports.AccountStore.change_domain`."""
    lock_ownership(connection, exclusive=True)
    before = _own(connection, name, account)
    connection.execute(update(domains).where(domains.c.name == name).values(**changes, updated=now))
    if changes.get("is_private", before.is_private) != before.is_private:
        refresh(connection, messages_of_domain(connection, name), now)
    return _own(connection, name, account)


def list_domains(connection: Connection, account: str) -> list[OwnedDomain]:
    """See `mailcap.domain.ports.AccountStore.domains`."""
    number = account_number(connection, account)
    query = _DOMAINS.where(domains.c.account_id == number).order_by(domains.c.name)
    return [_domain(row) for row in connection.execute(query)]


def known_domain(connection: Connection, name: str) -> OwnedDomain | None:
    """Return the domain of that name if an account owns it."""
    row = connection.execute(_DOMAINS.where(domains.c.name == name)).one_or_none()
    return _domain(row) if row else None


def messages_of_domain(connection: Connection, name: str) -> list[int]:
    """Return the numbers of all messages of a domain's inboxes."""
    return list(
        connection.scalars(
            select(messages.c.number)
            .join(mailboxes, mailboxes.c.id == messages.c.mailbox)
            .where(mailboxes.c.domain == name)
        )
    )


_DOMAINS: Select[Any] = select(
    domains,
    accounts.c.name.label("account"),
    # As `Directory.place` has it: a former owner's takes nothing.
    exists()
    .where(
        addresses.c.address == "*@" + domains.c.name,
        addresses.c.account_id == domains.c.account_id,
    )
    .label("catch_all"),
).join(accounts, accounts.c.id == domains.c.account_id)


def _own(connection: Connection, name: str, account: str) -> OwnedDomain:
    """Return a domain of *account*.  Raises `NotFound`."""
    account_number(connection, account)  # tells whether there is such an account
    found = known_domain(connection, name)
    if found is None or found.account != account:
        raise NotFound(f"{name} is not a domain of the account {account}.")
    return found


def _domain(row: Row[Any]) -> OwnedDomain:
    return OwnedDomain(
        name=row.name,
        account=row.account,
        is_private=row.is_private,
        enablews=row.enablews,
        catch_all=row.catch_all,
        created=row.created,
        updated=row.updated,
    )
