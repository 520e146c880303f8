"""Which inbox a recipient's mail goes to, and who owns an inbox."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import (
    Boolean,
    Connection,
    Text,
    cast,
    literal,
    null,
    select,
    union_all,
)

from mailcap.domain.addresses import Address
from mailcap.store.dialect import SelectWhole, among
from mailcap.store.schema import accounts, addresses, domains

_LOOK_UP = SelectWhole(
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


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a message is kept, and the account that owns the place."""

    inbox: str
    owner: int | None


class Directory:
    """What the tables said, in this transaction, of some addresses.

    `watchers` are the accounts that see all public mail.
    """

    def __init__(self, connection: Connection, inboxes: Collection[str]) -> None:
        self._addresses: dict[str, int] = {}
        self._domains: dict[str, tuple[int, bool]] = {}
        self.watchers: set[int] = set()
        names = {inbox.rpartition("@")[2] for inbox in inboxes}
        for kind, name, account, private in _LOOK_UP.execute(
            connection,
            {"addresses": {*inboxes, *(f"*@{name}" for name in names)}, "domains": names},
        ):
            if kind == "address":
                self._addresses[name] = account
            elif kind == "domain":
                self._domains[name] = (account, private)
            else:
                self.watchers.add(account)

    def owner(self, inbox: str) -> int | None:
        """Return the account that owns *inbox*, None if it is public."""
        if inbox in self._addresses:
            return self._addresses[inbox]
        account, private = self._domains.get(inbox.rpartition("@")[2], (None, False))
        return account if private else None

    def place(self, address: Address) -> Placement:
        """Return where mail for *address* is kept.

        An address that is not reserved itself yields to its domain's catch-all
        (Mailsac's rule: reference section 6.5).
        """
        inbox = address.inbox
        catch_all = f"*@{address.domain}"
        if inbox not in self._addresses and catch_all in self._addresses:
            return Placement(catch_all, self._addresses[catch_all])
        return Placement(inbox, self.owner(inbox))


def owner_of(connection: Connection, inbox: str) -> int | None:
    """Return the number of the account that owns *inbox*, None if it is public."""
    return Directory(connection, [inbox]).owner(inbox)
