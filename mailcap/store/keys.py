"""API keys, and the users of an account, who have keys of their own."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, Select, delete, insert, select

from mailcap.domain.accounts import Identity, Key, User
from mailcap.domain.errors import AlreadyExists, NotFound, Refused
from mailcap.store.dialect import lock_ownership
from mailcap.store.ownership import account_number
from mailcap.store.schema import accounts, keys, users


def add_key(
    connection: Connection,
    now: int,
    account: str,
    label: str,
    digest: bytes,
    *,
    user: str | None = None,
) -> Key:
    """See `mailcap.domain.ports.AccountStore.add_key`."""
    lock_ownership(connection, exclusive=True)  # of two that want the same, one is told
    number = account_number(connection, account)
    same_label = keys.c.label == label
    if connection.scalar(select(keys.c.id).where(keys.c.account_id == number, same_label)):
        raise AlreadyExists(f"The account {account} has a key {label} already.")
    if connection.scalar(select(keys.c.id).where(keys.c.digest == digest)):
        raise AlreadyExists("That key is in use already; choose another.")
    connection.execute(
        insert(keys).values(
            account_id=number,
            user_id=None if user is None else _user_number(connection, number, user),
            label=label,
            digest=digest,
            created=now,
        )
    )
    return _key(connection.execute(_KEYS.where(keys.c.digest == digest)).one())


def list_keys(connection: Connection, account: str) -> list[Key]:
    """See `mailcap.domain.ports.AccountStore.keys`."""
    number = account_number(connection, account)
    query = _KEYS.where(keys.c.account_id == number).order_by(keys.c.label)
    return [_key(row) for row in connection.execute(query)]


def remove_key(
    connection: Connection, account: str, label: str, *, but_not_the_last: bool = False
) -> None:
    """See `mailcap.domain.ports.AccountStore.remove_key`."""
    lock_ownership(connection, exclusive=True)  # of two that remove the last two, one is told
    number = account_number(connection, account)
    mine = keys.c.account_id == number
    if not connection.execute(delete(keys).where(mine, keys.c.label == label)).rowcount:
        raise NotFound(f"The account {account} has no key {label}.")
    own = select(keys.c.id).where(mine, keys.c.user_id.is_(None)).limit(1)
    if but_not_the_last and connection.scalar(own) is None:
        raise Refused(f"{label} is the last key of {account}; make another one first.")


def key_holder(connection: Connection, digest: bytes) -> Identity | None:
    """See `mailcap.domain.ports.AccountStore.key_holder`."""
    row = connection.execute(_HOLDERS.where(keys.c.digest == digest)).one_or_none()
    return identity(row, key=row.id, key_label=row.label, user=row.user) if row else None


def add_user(connection: Connection, now: int, account: str, name: str, digest: bytes) -> User:
    """See `mailcap.domain.ports.AccountStore.add_user`."""
    lock_ownership(connection, exclusive=True)
    number = account_number(connection, account)
    if connection.scalar(_same_user(number, name)):
        raise AlreadyExists(f"The account {account} has a user {name} already.")
    connection.execute(insert(users).values(account_id=number, name=name, created=now))
    add_key(connection, now, account, name, digest, user=name)
    return User(name=name, account=account, created=now)


def list_users(connection: Connection, account: str) -> list[User]:
    """See `mailcap.domain.ports.AccountStore.users`."""
    number = account_number(connection, account)
    query = select(users).where(users.c.account_id == number).order_by(users.c.name)
    return [
        User(name=row.name, account=account, created=row.created)
        for row in connection.execute(query)
    ]


def remove_user(connection: Connection, account: str, name: str) -> None:
    """See `mailcap.domain.ports.AccountStore.remove_user`."""
    number = _user_number(connection, account_number(connection, account), name)
    connection.execute(delete(users).where(users.c.id == number))


def identity(row: Row[Any], **facts: Any) -> Identity:
    """Return who is meant by a row of `WHO`; *facts* are further fields."""
    return Identity(
        account=row.number,
        account_name=row.account,
        capture_private=row.capture_private,
        **facts,
    )


WHO = (accounts.c.id.label("number"), accounts.c.name.label("account"), accounts.c.capture_private)
_KEYS: Select[Any] = (
    select(keys, accounts.c.name.label("account"), users.c.name.label("user"))
    .join(accounts, accounts.c.id == keys.c.account_id)
    .outerjoin(users, users.c.id == keys.c.user_id)
)
_HOLDERS: Select[Any] = (
    select(*WHO, keys.c.id, keys.c.label, users.c.name.label("user"))
    .select_from(keys)
    .join(accounts, accounts.c.id == keys.c.account_id)
    .outerjoin(users, users.c.id == keys.c.user_id)
)


def _same_user(account: int, name: str) -> Select[Any]:
    return select(users.c.id).where(users.c.account_id == account, users.c.name == name)


def _user_number(connection: Connection, account: int, name: str) -> int:
    number = connection.scalar(_same_user(account, name))
    if number is None:
        raise NotFound(f"The account has no user {name}.")
    return int(number)


def _key(row: Row[Any]) -> Key:
    return Key(
        number=row.id,
        account=row.account,
        label=row.label,
        created=row.created,
        user=row.user,
    )
