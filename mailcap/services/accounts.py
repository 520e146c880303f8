"""Accounts and what they own: keys, users, addresses, domains.

The same for REST, the command line and the first start.  Whoever calls says for
which account: this does not ask who is asking.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Unpack

from mailcap.domain.accounts import (
    ADMIN,
    Account,
    AccountChanges,
    AddressChanges,
    DomainChanges,
    Key,
    OwnedDomain,
    ReservedAddress,
    Standing,
    Usage,
    User,
)
from mailcap.domain.addresses import fold_domain, may_be_alias, parse_address
from mailcap.domain.errors import (
    AlreadyExists,
    InvalidAddress,
    InvalidValue,
    NotFound,
    NotOwned,
    Refused,
)
from mailcap.domain.ports import AccountStore
from mailcap.services.changes import check_account_changes, check_address_changes
from mailcap.services.keys import check_given_key, digest, new_key
from mailcap.services.names import check_label, fold_account_name, fold_user_name
from mailcap.services.passwords import check_password, hash_password

FIRST_KEY_LABEL = "first"


@dataclass(frozen=True, slots=True)
class NewUser:
    """A user who has just been added: the only time that the key's *secret* is known."""

    user: User
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that has just been made: the only time that its *secret* is known."""

    key: Key
    secret: str = field(repr=False)


async def hash_here(_account: str, password: str) -> str:
    """Hash *password* in the caller's thread: for programs without an event loop."""
    return hash_password(password)


class Accounts:
    """Validates, folds and passes on to *store*.

    New accounts get a home address at *home_domain*.  *hasher* does `hash_password` for
    the account that it is told, where it disturbs nobody.
    """

    def __init__(
        self,
        store: AccountStore,
        *,
        home_domain: str,
        hasher: Callable[[str, str], Awaitable[str]] = hash_here,
    ) -> None:
        self._store = store
        self._home_domain = fold_domain(home_domain)
        self._hash = hasher

    async def ensure_admin(
        self, given: str | None = None, *, kept: str | None = None
    ) -> str | None:
        """Make the account ``admin`` if there is none; return a key that opens it.

        *given* is the operator's key (MAILCAP_ADMIN_KEY), *kept* the one that was
        written down at an earlier start; an empty one counts as none.  The new
        account, which sees all public mail, gets the given key or a random one.  Of an
        account that was there, the first of the two that is still valid comes back,
        else None: what has been revoked stays revoked.  Raises `InvalidValue` if
        *given* will never do.
        """
        if given:
            check_given_key(given)
        try:
            await self.add_account(ADMIN, sees_public=True)
        except AlreadyExists:
            return await self._first_valid(given, kept)
        return (await self.add_key(ADMIN, FIRST_KEY_LABEL, given=given)).secret

    async def _first_valid(self, *keys: str | None) -> str | None:
        for key in keys:
            holder = await self._store.key_holder(digest(key)) if key else None
            if holder is not None and holder.account_name == ADMIN:
                return key
        return None

    async def add_account(self, name: str, **changes: Unpack[AccountChanges]) -> Account:
        """Add an account with its home address.  Raises `InvalidValue`, `AlreadyExists`."""
        name = fold_account_name(name)
        return await self._store.add_account(
            Account(
                number=0,
                name=name,
                # Quoted, because not every account name is a dot-string; folding
                # takes the quotes away from those that are.
                home_address=parse_address(f'"{name}"@{self._home_domain}').inbox,
                **check_account_changes(changes),
            )
        )

    async def accounts(self) -> Sequence[Account]:
        """Return all accounts by name."""
        return await self._store.accounts()

    async def account(self, name: str) -> Account:
        """Return one account.  Raises `InvalidValue`, `NotFound`."""
        return await self._store.account(fold_account_name(name))

    async def change_account(self, name: str, **changes: Unpack[AccountChanges]) -> Account:
        """Change an account.

        *capture_private* counts for what is sent after a login from then on.  Raises
        `NotFound`, and `InvalidValue`, also if there is nothing to change.
        """
        name = fold_account_name(name)
        if not changes:
            raise InvalidValue(f"Nothing was said about what to change of the account {name}.")
        return await self._store.change_account(name, **check_account_changes(changes))

    async def usage(self, account: str) -> Usage:
        """Return what an account has.  Raises `InvalidValue`, `NotFound`."""
        return await self._store.usage(fold_account_name(account))

    async def remove_account(self, name: str) -> Account:
        """Remove an account with all it owns.  Raises `NotFound`, `Refused` for ``admin``."""
        account = await self.account(name)
        if account.name == ADMIN:
            raise Refused(f"The account {ADMIN} manages the others and cannot be removed.")
        await self._store.remove_account(account.name)
        return account

    async def set_password(self, account: str, password: str | None) -> None:
        """Set or, with None, take away an account's password.

        Raises `NotFound`, `InvalidValue`, and `Busy` if too many wait to be hashed.
        """
        name = fold_account_name(account)
        await self._store.set_password(name, await self._hashed(name, password))

    async def add_key(
        self, account: str, label: str, *, given: str | None = None, user: str | None = None
    ) -> NewKey:
        """Add a random key, or the *given* one, to an account, perhaps for one of its users.

        Raises `NotFound`, `InvalidValue`, and `AlreadyExists` for a label in use.
        """
        name, label = fold_account_name(account), check_label(label)
        user = None if user is None else fold_user_name(user)
        secret = check_given_key(given) if given else new_key()
        return NewKey(await self._store.add_key(name, label, digest(secret), user=user), secret)

    async def keys(self, account: str) -> Sequence[Key]:
        """Return the keys of an account by label.  Raises `NotFound`."""
        return await self._store.keys(fold_account_name(account))

    async def remove_key(self, account: str, label: str, *, but_not_the_last: bool = False) -> Key:
        """Revoke a key.  Raises `NotFound`, and what `AccountStore.remove_key` does."""
        label = label.strip()
        for key in await self.keys(account):
            if key.label == label:
                await self._store.remove_key(key.account, label, but_not_the_last=but_not_the_last)
                return key
        raise NotFound(f"The account {fold_account_name(account)} has no key {label!r}.")

    async def add_user(self, account: str, name: str) -> NewUser:
        """Add somebody to an account, with a key of their own.

        Raises `NotFound`, `InvalidValue`, and `AlreadyExists`, also if a key of the
        account has that name for its label.
        """
        secret = new_key()
        names = fold_account_name(account), fold_user_name(name)
        return NewUser(await self._store.add_user(*names, digest(secret)), secret)

    async def users(self, account: str) -> Sequence[User]:
        """Return the users of an account by name.  Raises `NotFound`."""
        return await self._store.users(fold_account_name(account))

    async def remove_user(self, account: str, name: str) -> User:
        """Remove a user with its keys.  Raises `NotFound`."""
        name = fold_user_name(name)
        for user in await self.users(account):
            if user.name == name:
                await self._store.remove_user(user.account, name)
                return user
        raise NotFound(f"The account {fold_account_name(account)} has no user {name}.")

    async def reserve_address(
        self, address: str, account: str, **changes: Unpack[AddressChanges]
    ) -> ReservedAddress:
        """Give *address*, or the catch-all ``*@domain`` of an owned domain, to an account.

        Raises `InvalidAddress`, `InvalidValue`, `AlreadyExists`, `NotOwned` if it lies in
        a domain of somebody else (each account's home address is given out with the
        account), `NotFound`.
        """
        parsed = parse_address(address)
        self._forbid_home(parsed.domain)
        return await self._store.reserve_address(
            parsed.inbox, fold_account_name(account), **check_address_changes(changes)
        )

    async def reserve_addresses(
        self, addresses: Iterable[str], account: str
    ) -> Sequence[ReservedAddress]:
        """Give all of these *addresses* to an account, or none; see `reserve_address`."""
        parsed = [parse_address(address) for address in addresses]
        for each in parsed:
            self._forbid_home(each.domain)
        inboxes = list(dict.fromkeys(each.inbox for each in parsed))
        return await self._store.reserve_addresses(inboxes, fold_account_name(account))

    async def change_address(
        self, address: str, account: str, **changes: Unpack[AddressChanges]
    ) -> ReservedAddress:
        """Change what is set of an address.

        Raises `InvalidAddress`, `InvalidValue`, and `NotFound` unless the account has it.
        """
        inbox, account = parse_address(address).inbox, fold_account_name(account)
        return await self._store.change_address(inbox, account, **check_address_changes(changes))

    async def release_address(
        self, address: str, account: str, *, with_messages: bool = False
    ) -> ReservedAddress:
        """Make *address* public again; its mail stays, or goes before anybody can see it.

        Raises `InvalidAddress`, `NotFound`, and `NotOwned` for the home address.
        """
        inbox, account = parse_address(address).inbox, fold_account_name(account)
        return await self._store.release_address(inbox, account, with_messages=with_messages)

    async def look_up(self, address: str) -> Standing:
        """Return who has reserved *address*, and who owns its domain.

        Raises `InvalidAddress`.
        """
        return await self._store.look_up(parse_address(address).inbox)

    def may_reserve(self, standing: Standing, account: str) -> bool:
        """Whether `reserve_address` would succeed."""
        domain = standing.inbox.rpartition("@")[2]
        host = standing.domain.account if standing.domain else None
        return (
            standing.reserved is None
            and domain != self._home_domain
            and not may_be_alias(standing.inbox)
            and (host == account or (host is None and not standing.inbox.startswith("*@")))
        )

    async def aliases(self, inboxes: Collection[str]) -> dict[str, str]:
        """Return the alias of each inbox: an address that leads there without telling it."""
        return await self._store.aliases(inboxes)

    async def meant_by(self, account: int, address: str) -> str:
        """Return the inbox of that account that *address* is the alias of, else *address*."""
        with suppress(InvalidAddress):
            inbox = parse_address(address).inbox
            if may_be_alias(inbox):
                meant = await self._store.meant_by(account, inbox)
                return address if meant == inbox else meant
        return address

    async def addresses(self, account: str) -> Sequence[ReservedAddress]:
        """Return the reserved addresses of an account.  Raises `NotFound`."""
        return await self._store.addresses(fold_account_name(account))

    async def address(self, address: str, account: str) -> ReservedAddress:
        """Return a reserved address of an account.  Raises `InvalidAddress`, `NotFound`."""
        name = (await self.account(account)).name
        standing = await self.look_up(address)
        if standing.reserved is None or standing.reserved.account != name:
            raise NotFound(f"{standing.inbox} is not an address of the account {name}.")
        return standing.reserved

    async def set_address_password(self, address: str, account: str, password: str | None) -> None:
        """Set or, with None, take away the password of a reserved address.

        Raises `InvalidAddress`, `InvalidValue`, `NotFound` unless the account has it, and
        `Busy` if too many wait to be hashed.
        """
        inbox, account = parse_address(address).inbox, fold_account_name(account)
        # Whose it is the store looks at, since the hashing takes its time.
        hashed = await self._hashed(account, password)
        await self._store.set_address_password(inbox, account, hashed)

    async def add_domain(self, domain: str, account: str) -> OwnedDomain:
        """Give a domain to an account.

        Raises `InvalidAddress`, `AlreadyExists`, `NotFound`, and `NotOwned` for the
        domain of the home addresses.
        """
        name = fold_domain(domain)
        self._forbid_home(name)
        return await self._store.add_domain(name, fold_account_name(account))

    async def change_domain(
        self,
        domain: str,
        account: str,
        *,
        catch_all: bool | None = None,
        **changes: Unpack[DomainChanges],
    ) -> OwnedDomain:
        """Change a domain, and with it who sees its mail.

        *catch_all* says whether its catch-all takes mail for what is not reserved; None
        leaves that as it is.  Raises `InvalidAddress`, `NotFound`, `InvalidValue` if
        there is nothing to change, and what `reserve_address` does.
        """
        name, account = fold_domain(domain), fold_account_name(account)
        if not changes and catch_all is None:
            raise InvalidValue(f"Nothing was said about what to change of {name}.")
        changed = await self._store.change_domain(name, account, **changes)
        if catch_all is None:
            return changed
        address = f"*@{name}"
        if catch_all:
            with suppress(AlreadyExists):
                await self.reserve_address(address, account)
        else:
            with suppress(NotFound):
                await self.release_address(address, account)
        return replace(changed, catch_all=catch_all)

    async def remove_domain(self, domain: str, account: str) -> OwnedDomain:
        """Take a domain from its account; its mail stays.  Raises `NotFound`."""
        return await self._store.remove_domain(fold_domain(domain), fold_account_name(account))

    async def domains(self, account: str) -> Sequence[OwnedDomain]:
        """Return the domains of an account.  Raises `NotFound`."""
        return await self._store.domains(fold_account_name(account))

    async def _hashed(self, account: str, password: str | None) -> str | None:
        if password is None:
            return None
        return await self._hash(account, check_password(password))

    def _forbid_home(self, domain: str) -> None:
        """Keep future accounts' home addresses out of everybody's reach."""
        if domain == self._home_domain:
            raise NotOwned(f"The addresses at {domain} are given out with accounts.")
