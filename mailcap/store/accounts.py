"""Accounts and passwords."""

from __future__ import annotations

from hashlib import sha256
from typing import Any, Unpack

from sqlalchemy import Connection, Row, Select, delete, insert, or_, select, update

from mailcap.domain.accounts import Account, AccountChanges, Identity
from mailcap.domain.errors import AlreadyExists, NotFound
from mailcap.store.dialect import lock_ownership
from mailcap.store.keys import WHO, identity
from mailcap.store.ownership import account_number
from mailcap.store.removal import remove
from mailcap.store.reservations import messages_of_inbox, only_seen_by
from mailcap.store.schema import accounts, addresses, entries, mailboxes, messages
from mailcap.store.unified import refresh

_MARK_OCTETS = 16
_AT_ONCE = 500  # messages of a transaction, so that intake need not wait for the whole


def add_account(connection: Connection, now: int, account: Account) -> Account:
    """See `mailcap.domain.ports.AccountStore.add_account`."""
    lock_ownership(connection, exclusive=True)
    _refuse_taken(connection, account)
    number = connection.execute(
        insert(accounts)
        .values(
            name=account.name,
            home_address=account.home_address,
            sees_public=account.sees_public,
            capture_private=account.capture_private,
            message_limit=account.message_limit,
            storage_limit=account.storage_limit,
            created=now,
            updated=now,
        )
        .returning(accounts.c.id)
    ).scalar_one()
    connection.execute(
        insert(addresses).values(
            address=account.home_address, account_id=number, info="", created=now, updated=now
        )
    )
    refresh(connection, messages_of_inbox(connection, account.home_address), now)
    return find_account(connection, account.name)


def find_account(connection: Connection, name: str) -> Account:
    """Return an account by its name.  Raises `NotFound`."""
    row = connection.execute(select(accounts).where(accounts.c.name == name)).one_or_none()
    if row is None:
        raise NotFound(f"There is no account {name}.")
    return _account(row)


def list_accounts(connection: Connection) -> list[Account]:
    """See `mailcap.domain.ports.AccountStore.accounts`."""
    return [_account(row) for row in connection.execute(select(accounts).order_by(accounts.c.name))]


def change_account(
    connection: Connection, now: int, name: str, **changes: Unpack[AccountChanges]
) -> Account:
    """Change an account; mail that is there follows with `refresh_some`."""
    lock_ownership(connection, exclusive=True)
    connection.execute(
        update(accounts).where(accounts.c.name == name).values(updated=now, **changes)
    )
    return find_account(connection, name)


def refresh_some(connection: Connection, now: int, behind: int) -> int | None:
    """Refresh the unified entries of the next unstarred messages behind number *behind*.

    Returns the number to go on behind, None if these were the last.
    """
    lock_ownership(connection, exclusive=True)
    numbers = connection.scalars(
        select(messages.c.number)
        .where(messages.c.number > behind, messages.c.saved_by.is_(None))
        .order_by(messages.c.number)
        .limit(_AT_ONCE)
        .with_for_update(read=True, key_share=True)  # none may go meanwhile
    ).all()
    refresh(connection, numbers, now)
    return numbers[-1] if len(numbers) == _AT_ONCE else None


def remove_some_mail(connection: Connection, now: int, name: str) -> int:
    """Delete some of the mail that only that account can see; return how many.

    Such mail goes with its account: without an owner everybody could read it.
    """
    doomed = only_seen_by(connection, account_number(connection, name), _AT_ONCE)
    return remove(connection, doomed, now) if doomed else 0


def remove_account(connection: Connection, now: int, name: str) -> None:
    """Remove an account with all that is its own, what mail is left included."""
    lock_ownership(connection, exclusive=True)
    number = account_number(connection, name)
    while remove_some_mail(connection, now, name):
        pass
    unified = select(mailboxes.c.id).where(mailboxes.c.account_id == number)
    connection.execute(delete(entries).where(entries.c.mailbox.in_(unified)))
    connection.execute(delete(accounts).where(accounts.c.id == number))


def set_password(connection: Connection, now: int, account: str, password_hash: str | None) -> None:
    """See `mailcap.domain.ports.AccountStore.set_password`."""
    changed = connection.execute(
        update(accounts)
        .where(accounts.c.name == account)
        .values(password_hash=password_hash, updated=now)
    )
    if not changed.rowcount:
        raise NotFound(f"There is no account {account}.")


def password_hashes(connection: Connection, login: str) -> tuple[Identity, str] | None:
    """See `mailcap.domain.ports.AccountStore.password_hashes`."""
    if "@" in login:
        row = connection.execute(_ADDRESS_LOGINS.where(addresses.c.address == login)).one_or_none()
        return _login(row, inbox=login) if row else None
    row = connection.execute(_ACCOUNT_LOGINS.where(accounts.c.name == login)).one_or_none()
    return _login(row) if row else None


def mark(password_hash: str) -> bytes:
    """Return what tells a password hash, which has a salt, from all others."""
    return sha256(password_hash.encode()).digest()[:_MARK_OCTETS]


def _login(row: Row[Any], **facts: Any) -> tuple[Identity, str]:
    return identity(row, password=mark(row.password_hash), **facts), row.password_hash


def _refuse_taken(connection: Connection, account: Account) -> None:
    same = or_(accounts.c.name == account.name, accounts.c.home_address == account.home_address)
    if connection.scalar(select(accounts.c.id).where(same)):
        raise AlreadyExists(f"There is an account {account.name} already.")
    reserved = select(addresses.c.address).where(addresses.c.address == account.home_address)
    if connection.scalar(reserved):
        raise AlreadyExists(f"The home address {account.home_address} is reserved already.")


_ACCOUNT_LOGINS: Select[Any] = select(*WHO, accounts.c.password_hash).where(
    accounts.c.password_hash.is_not(None)
)
_ADDRESS_LOGINS: Select[Any] = (
    select(*WHO, addresses.c.password_hash)
    .join(addresses, addresses.c.account_id == accounts.c.id)
    .where(addresses.c.password_hash.is_not(None))
)


def _account(row: Row[Any]) -> Account:
    return Account(
        number=row.id,
        name=row.name,
        home_address=row.home_address,
        sees_public=row.sees_public,
        capture_private=row.capture_private,
        message_limit=row.message_limit,
        storage_limit=row.storage_limit,
        created=row.created,
    )
