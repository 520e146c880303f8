"""Domains, for whoever asks: what of them is the asker's, and nothing of others'."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Unpack

from mailcap.domain.accounts import DomainChanges, Identity, OwnedDomain
from mailcap.domain.addresses import fold_domain
from mailcap.domain.errors import NotFound
from mailcap.services.accounts import Accounts
from mailcap.services.addresses import Shown
from mailcap.services.mail import Mail


@dataclass(frozen=True, slots=True)
class DomainView:
    """A domain, how many messages it has, and its catch-all if there is one."""

    domain: OwnedDomain
    messages: int
    catch_all: Shown | None


class Domains:
    """The domains of the account of *who*; any other does not exist: `NotFound`.

    A text that is no domain raises `InvalidAddress`.
    """

    def __init__(self, accounts: Accounts, mail: Mail) -> None:
        self._accounts = accounts
        self._mail = mail

    async def owned(self, who: Identity) -> Sequence[OwnedDomain]:
        """Return all domains of the account."""
        return await self._accounts.domains(who.account_name)

    async def find(self, who: Identity, domain: str) -> DomainView:
        """Return one domain with what it has."""
        name = fold_domain(domain)
        standing = await self._accounts.look_up(f"*@{name}")
        if standing.domain is None or standing.domain.account != who.account_name:
            raise NotFound(f"{name} is not a domain of the account {who.account_name}.")
        count = await self._mail.count_domain(who, name)
        if standing.reserved is None:
            return DomainView(standing.domain, count, None)
        aliases = await self._accounts.aliases([standing.inbox])
        return DomainView(standing.domain, count, Shown(standing, aliases[standing.inbox]))

    async def change(
        self, who: Identity, domain: str, **changes: Unpack[DomainChanges]
    ) -> OwnedDomain:
        """Change a domain, and with it who sees its mail."""
        return await self._accounts.change_domain(domain, who.account_name, **changes)
