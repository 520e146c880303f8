"""Which rights of open connections are gone."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, select

from mailcap.domain.accounts import Access, Identity
from mailcap.store.accounts import mark
from mailcap.store.dialect import Prepared, among
from mailcap.store.ownership import Directory
from mailcap.store.schema import accounts, addresses, keys

_KEYS = Prepared(select(keys.c.id).where(among(keys.c.id, "numbers")))
_PASSWORDS = Prepared(
    select(accounts.c.id, accounts.c.password_hash).where(
        among(accounts.c.id, "numbers"), accounts.c.password_hash.is_not(None)
    )
)
_ADDRESSES = Prepared(
    select(addresses.c.account_id, addresses.c.address, addresses.c.password_hash).where(
        among(addresses.c.address, "inboxes"), addresses.c.password_hash.is_not(None)
    )
)


def revoked(connection: Connection, accesses: Sequence[Access]) -> list[Access]:
    """See `mailcap.domain.ports.AccountStore.revoked`."""
    people = [access.identity for access in accesses]
    held = {who.key for who in people} - {None}
    with_key = {number for (number,) in _KEYS.execute(connection, numbers=held)}
    with_password = _with_password(connection, [who for who in people if who.key is None])
    owners = _owners(
        connection, {access.inbox for access in accesses} | {who.inbox for who in people}
    )

    def is_good(access: Access) -> bool:
        who, inbox = access.identity, access.inbox
        if who.key is not None:
            known = who.key in with_key
        else:
            known = (who.account, who.inbox, who.password) in with_password
        free = (None, who.account)
        return known and owners[inbox] in free and owners[who.inbox] in free

    return [access for access in accesses if not is_good(access)]


def _with_password(
    connection: Connection, people: Sequence[Identity]
) -> set[tuple[int, str | None, bytes | None]]:
    """Return accounts, inboxes and marks of the passwords that these may have used."""
    numbers = {who.account for who in people if who.inbox is None}
    inboxes = {who.inbox for who in people if who.inbox is not None}
    own = _PASSWORDS.execute(connection, numbers=numbers)
    of_addresses = _ADDRESSES.execute(connection, inboxes=inboxes)
    return {(number, None, mark(known)) for number, known in own} | {
        (number, inbox, mark(known)) for number, inbox, known in of_addresses
    }


def _owners(
    connection: Connection, inboxes: Collection[str | None]
) -> dict[str | None, int | None]:
    """Return the accounts that own *inboxes*; what is public, and None, belongs to None."""
    named = [inbox for inbox in inboxes if inbox is not None]
    directory = Directory(connection, named)
    return {None: None, **{inbox: directory.owner(inbox) for inbox in named}}
