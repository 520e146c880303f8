"""Which inbox a recipient's mail goes to, and who owns an inbox."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    Text,
    and_,
    bindparam,
    cast,
    literal,
    null,
    or_,
    select,
    union_all,
)

from mailcap.domain.errors import AlreadyExists, NotFound, NotOwned
from mailcap.store.dialect import Prepared, among
from mailcap.store.schema import accounts, addresses, domains, mailboxes

_LOOK_UP = Prepared(
    union_all(
        select(
            literal("address"), addresses.c.address, addresses.c.account_id, cast(null(), Boolean)
        ).where(among(addresses.c.address, "addresses")),
        select(literal("domain"), domains.c.name, domains.c.account_id, domains.c.is_private).where(
            among(domains.c.name, "domains")
        ),
        select(literal("watcher"), cast(null(), Text), accounts.c.id, cast(null(), Boolean)).where(
            accounts.c.sees_public
        ),
    )
)


def owned_mailboxes(account: str) -> ColumnElement[bool]:
    """Return the condition that a row of `mailboxes` is of an inbox that is owned.

    *account* is the name of a parameter.
    """
    number: ColumnElement[int] = bindparam(account)
    others = select(addresses.c.address).where(addresses.c.account_id != number)
    return or_(
        mailboxes.c.owner.in_(select(addresses.c.address).where(addresses.c.account_id == number)),
        and_(
            mailboxes.c.domain.in_(
                select(domains.c.name).where(domains.c.account_id == number, domains.c.is_private)
            ),
            mailboxes.c.owner.not_in(others),
        ),
    )


class Placement(NamedTuple):
    """Where a message is kept, and the account that owns the place."""

    inbox: str
    owner: int | None


class Directory:
    """What the tables said, in this transaction, of some addresses."""

    def __init__(self, connection: Connection, inboxes: Collection[str]) -> None:
        self._addresses: dict[str, int] = {}
        self._domains: dict[str, tuple[int, bool]] = {}
        self._watchers: set[int] = set()
        names = {inbox.rpartition("@")[2] for inbox in inboxes}
        for kind, name, account, private in _LOOK_UP.execute(
            connection,
            addresses={*inboxes, *(f"*@{name}" for name in names)},
            domains=names,
        ):
            if kind == "address":
                self._addresses[name] = account
            elif kind == "domain":
                self._domains[name] = (account, private)
            else:
                self._watchers.add(account)

    def owner(self, inbox: str) -> int | None:
        """Return the account that owns *inbox*, None if it is public."""
        if inbox in self._addresses:
            return self._addresses[inbox]
        account, private = self._domains.get(inbox.rpartition("@")[2], (None, False))
        return account if private else None

    def watchers(self, inbox: str) -> set[int]:
        """Return the accounts that are shown the mail of *inbox* if that is public.

        They see all public mail, or own the domain.
        """
        host, _ = self._domains.get(inbox.rpartition("@")[2], (None, False))
        return self._watchers if host is None else {*self._watchers, host}

    def purger(self, inbox: str) -> int | None:
        """Return the account that may empty *inbox*: that of a public domain, too."""
        if inbox in self._addresses:
            return self._addresses[inbox]
        return self._domains.get(inbox.rpartition("@")[2], (None, False))[0]

    def place(self, inbox: str) -> Placement:
        """Return where mail for *inbox* is kept.

        An address that is not reserved itself yields to its domain's catch-all
        (Mailsac's rule: reference section 6.5).
        """
        domain = inbox.rpartition("@")[2]
        catch_all = f"*@{domain}"
        taker = self._addresses.get(catch_all)
        # It takes nothing any more when the domain has been taken from its account.
        if inbox not in self._addresses and taker == self._domains.get(domain, (0, False))[0]:
            return Placement(catch_all, taker)
        return Placement(inbox, self.owner(inbox))


def owner_of(connection: Connection, inbox: str) -> int | None:
    """Return the number of the account that owns *inbox*, None if it is public."""
    return Directory(connection, [inbox]).owner(inbox)


def account_number(connection: Connection, name: str) -> int:
    """Return the number of an account.  Raises `NotFound`."""
    number = connection.scalar(select(accounts.c.id).where(accounts.c.name == name))
    if number is None:
        raise NotFound(f"There is no account {name}.")
    return int(number)


def refuse_taken(name: str, *, mine: bool) -> None:
    """Raise why an address or domain that has an owner cannot be had."""
    if mine:
        raise AlreadyExists(f"{name} belongs to this account already.")
    raise NotOwned(f"{name} is owned by another account.")
