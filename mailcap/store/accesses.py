"""Which rights of open connections are gone."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from mailcap.domain.accounts import Access
from mailcap.store.dialect import Prepared, among
from mailcap.store.ownership import Directory
from mailcap.store.schema import accounts, addresses, keys

_KEYS = Prepared(select(keys.c.account_id, keys.c.label).where(among(keys.c.account_id, "numbers")))
_PASSWORDS = Prepared(
    select(accounts.c.id).where(
        among(accounts.c.id, "numbers"), accounts.c.password_hash.is_not(None)
    )
)
_ADDRESSES = Prepared(
    select(addresses.c.account_id, addresses.c.address).where(
        among(addresses.c.address, "inboxes"), addresses.c.password_hash.is_not(None)
    )
)


def revoked(connection: Connection, accesses: Sequence[Access]) -> list[Access]:
    """See `mailcap.domain.ports.AccountStore.revoked`."""
    numbers = {access.identity.account for access in accesses}
    logins = {access.identity.inbox for access in accesses} - {None}
    inboxes = {inbox for access in accesses for inbox in _inboxes(access)}
    with_key = {(number, label) for number, label in _KEYS.execute(connection, numbers=numbers)}
    with_password = {number for (number,) in _PASSWORDS.execute(connection, numbers=numbers)}
    with_address = {tuple(row) for row in _ADDRESSES.execute(connection, inboxes=logins)}
    directory = Directory(connection, inboxes)

    def is_good(access: Access) -> bool:
        who = access.identity
        if who.key_label is not None:
            known = (who.account, who.key_label) in with_key
        elif who.inbox is not None:
            known = (who.account, who.inbox) in with_address
        else:
            known = who.account in with_password
        return known and all(
            directory.owner(inbox) in (None, who.account) for inbox in _inboxes(access)
        )

    return [access for access in accesses if not is_good(access)]


def _inboxes(access: Access) -> set[str]:
    return {inbox for inbox in (access.inbox, access.identity.inbox) if inbox is not None}
