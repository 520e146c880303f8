"""Addresses, for whoever asks: with the rules of Mailsac's API about who gets what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Unpack

from mailcap.domain.accounts import AddressChanges, Identity, ReservedAddress, Standing
from mailcap.domain.errors import InvalidValue, NotFound, NotOwned, Refused
from mailcap.services.accounts import Accounts


class Shown(NamedTuple):
    """An address as an asker may see it, and its alias."""

    standing: Standing
    alias: str


class Availability(NamedTuple):
    """Whether an asker could reserve *inbox*, and whether somebody owns it."""

    inbox: str
    available: bool
    owned: bool


class Addresses:
    """The addresses of the account of *who*, and what it may know of others.

    A text that is no address raises `InvalidAddress`.
    """

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    async def owned(self, who: Identity) -> list[Shown]:
        """Return all addresses that the account has reserved."""
        return await self._shown(await self._accounts.addresses(who.account_name))

    async def find(self, who: Identity, address: str) -> Shown:
        """Return what is set of an address that is the asker's or nobody's.

        Raises `NotOwned`.
        """
        standing = await self._accounts.look_up(address)
        _require_own_or_public(who, standing)
        aliases = await self._accounts.aliases([standing.inbox])
        return Shown(standing, aliases[standing.inbox])

    async def availability(self, who: Identity, address: str) -> Availability:
        """Return whether an address can be had; by whom it is owned, nobody learns."""
        standing = await self._accounts.look_up(address)
        return Availability(
            standing.inbox,
            available=self._accounts.may_reserve(standing, who.account_name),
            owned=standing.owner is not None,
        )

    async def reserve(
        self, who: Identity, address: str, **changes: Unpack[AddressChanges]
    ) -> Shown:
        """Reserve an address.

        Raises `AlreadyExists` if it is the asker's, `NotOwned` if it is another's or lies
        in another's domain, and `InvalidValue`.
        """
        reserved = await self._accounts.reserve_address(address, who.account_name, **changes)
        (shown,) = await self._shown([reserved])
        return shown

    async def reserve_all(self, who: Identity, addresses: Iterable[str]) -> list[Shown]:
        """Reserve all of these, or none; fails as `reserve` does."""
        return await self._shown(
            await self._accounts.reserve_addresses(addresses, who.account_name)
        )

    async def change(self, who: Identity, address: str, **changes: Unpack[AddressChanges]) -> Shown:
        """Change what is set of an address.

        Raises `InvalidValue`, `NotOwned` if it is another's, `NotFound` if nobody has
        reserved it.
        """
        try:
            changed = await self._accounts.change_address(address, who.account_name, **changes)
        except NotFound:
            _require_own_or_public(who, await self._accounts.look_up(address))
            raise NotFound("The private address was not found for this user.") from None
        (shown,) = await self._shown([changed])
        return shown

    async def release(self, who: Identity, address: str, *, with_messages: bool) -> Shown:
        """Release an address, with its messages or without; return what it was.

        Raises `NotOwned` if it is another's, `InvalidValue` if nobody has reserved it,
        `Refused` for the home address.
        """
        try:
            released = await self._accounts.release_address(
                address, who.account_name, with_messages=with_messages
            )
        except NotFound:
            _require_own_or_public(who, await self._accounts.look_up(address))
            raise InvalidValue("That address is not valid. Make sure it is one you own.") from None
        except NotOwned as error:  # it is the asker's, and stays so
            raise Refused(str(error)) from None
        (shown,) = await self._shown([released])
        return shown

    async def _shown(self, reserved: Sequence[ReservedAddress]) -> list[Shown]:
        aliases = await self._accounts.aliases([one.address for one in reserved])
        return [Shown(Standing(one.address, one, None), aliases[one.address]) for one in reserved]


def _require_own_or_public(who: Identity, standing: Standing) -> None:
    if standing.owner not in (None, who.account_name):
        raise NotOwned(f"{standing.inbox} is owned by another account.")
