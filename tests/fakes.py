"""Stand-ins for other parts of the program, and ways to try things without a reactor."""

from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import pytest
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from mailcap.domain.accounts import (
    Account,
    Identity,
    Key,
    OwnedDomain,
    ReservedAddress,
    Standing,
    Usage,
    User,
)
from mailcap.domain.addresses import alias_of, may_be_alias
from mailcap.domain.errors import AlreadyExists, InvalidValue, NotFound, NotOwned, Refused
from mailcap.domain.ports import AccountStore
from mailcap.store import Store
from support.postgres import PostgresServer

T = TypeVar("T")

STORES = ("memory", "sqlite", "postgres")


def outcome(work: Awaitable[T]) -> T:
    """Return what *work* gives, or raise what it raises; it must have ended already."""
    (ended,) = outcomes(work)
    if isinstance(ended, Failure):
        ended.raiseException()
    return ended


def outcomes(work: Awaitable[Any]) -> list[Any]:
    """Return a list that gets the result or `Failure` of *work* as soon as there is one."""

    async def wait() -> Any:
        return await work

    ended: list[Any] = []
    Deferred.fromCoroutine(wait()).addBoth(ended.append)
    return ended


@contextmanager
def account_store(kind: str, request: pytest.FixtureRequest) -> Iterator[AccountStore]:
    """Give an empty account store of one of the `STORES`, with answers at once."""
    if kind == "memory":
        yield MemoryAccounts()
        return
    if kind == "sqlite":
        folder: Path = request.getfixturevalue("tmp_path")
        store = Store(f"sqlite:///{folder}/mailcap.db")
        store.open()
    else:
        store = _on_postgres(request.getfixturevalue("postgres_server"))
    yield store.accounts
    for account in outcome(store.accounts.accounts()):
        outcome(store.accounts.remove_account(account.name))
    store.close()


@cache
def _on_postgres(server: PostgresServer) -> Store:
    """One database for all tests: each leaves it empty, and making it takes long."""
    store = Store(server.create_database())
    store.open()
    return store


@dataclass
class _Owner:
    account: Account
    password: str | None = None
    keys: dict[str, tuple[Key, bytes]] = field(default_factory=dict)
    addresses: dict[str, ReservedAddress] = field(default_factory=dict)
    domains: dict[str, OwnedDomain] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    address_passwords: dict[str, str] = field(default_factory=dict)

    def identity(self, **facts: Any) -> Identity:
        return Identity(
            account=self.account.number,
            account_name=self.account.name,
            capture_private=self.account.capture_private,
            **facts,
        )


class MemoryAccounts:
    """An `AccountStore` in memory.

    `asked` names the questions it was asked; `cleared` is called with an address whose
    mail is to go.
    """

    def __init__(self) -> None:
        self.cleared: Callable[[str], object] = lambda _address: None
        self._meant: dict[str, str] = {}
        self._owners: dict[str, _Owner] = {}
        self._numbers = iter(range(1, 1_000_000))
        self.asked: list[str] = []

    async def add_account(self, account: Account) -> Account:
        if account.name in self._owners or self._holder_of(account.home_address):
            raise AlreadyExists(f"There is an account {account.name} already.")
        account = replace(account, number=next(self._numbers))
        self._owners[account.name] = owner = _Owner(account)
        home = account.home_address
        owner.addresses[home] = ReservedAddress(address=home, account=account.name)
        return account

    async def accounts(self) -> Sequence[Account]:
        return [self._owners[name].account for name in sorted(self._owners)]

    async def account(self, name: str) -> Account:
        return self._owner(name).account

    async def change_account(self, name: str, **changes: Any) -> Account:
        owner = self._owner(name)
        owner.account = replace(owner.account, **changes)
        return owner.account

    async def remove_account(self, name: str) -> None:
        self._owner(name)
        del self._owners[name]

    async def set_password(self, account: str, password_hash: str | None) -> None:
        self._owner(account).password = password_hash

    async def set_address_password(
        self, address: str, account: str, password_hash: str | None
    ) -> None:
        owner = self._owner(account)
        if owner is not self._holder_of(address):
            raise NotFound(f"{address} is not an address of the account {account}.")
        owner.address_passwords.pop(address, None)
        if password_hash is not None:
            owner.address_passwords[address] = password_hash

    async def usage(self, account: str) -> Usage:
        owner = self._owner(account)
        return Usage(
            addresses=tuple(sorted(owner.addresses)),
            domains=tuple(sorted(owner.domains)),
            starred_inboxes=(),
            starred=0,
            messages=0,
            octets=0,
        )

    async def add_user(self, account: str, name: str, digest: bytes) -> User:
        owner = self._owner(account)
        if name in owner.users:
            raise AlreadyExists(f"The account {account} has a user {name} already.")
        owner.users[name] = User(name=name, account=account)
        try:
            await self.add_key(account, name, digest, user=name)
        except AlreadyExists:
            del owner.users[name]
            raise
        return owner.users[name]

    async def users(self, account: str) -> Sequence[User]:
        held = self._owner(account).users
        return [held[name] for name in sorted(held)]

    async def remove_user(self, account: str, name: str) -> None:
        owner = self._owner(account)
        if owner.users.pop(name, None) is None:
            raise NotFound(f"The account has no user {name}.")
        owner.keys = {label: one for label, one in owner.keys.items() if one[0].user != name}

    async def add_key(
        self, account: str, label: str, digest: bytes, *, user: str | None = None
    ) -> Key:
        owner = self._owner(account)
        taken = {known for each in self._owners.values() for _, known in each.keys.values()}
        if label in owner.keys or digest in taken:
            raise AlreadyExists(f"The account {account} has a key {label} already.")
        if user not in (None, *owner.users):
            raise NotFound(f"The account has no user {user}.")
        key = Key(number=next(self._numbers), account=account, label=label, created=0, user=user)
        owner.keys[label] = (key, digest)
        return key

    async def keys(self, account: str) -> Sequence[Key]:
        held = self._owner(account).keys
        return [held[label][0] for label in sorted(held)]

    async def remove_key(self, account: str, label: str, *, but_not_the_last: bool = False) -> None:
        held = self._owner(account).keys
        if label not in held:
            raise NotFound(f"The account {account} has no key {label}.")
        left = {one for one, (key, _) in held.items() if key.user is None} - {label}
        if but_not_the_last and not left:
            raise Refused(f"{label} is the last key of {account}; make another one first.")
        del held[label]

    async def key_holder(self, digest: bytes) -> Identity | None:
        self.asked.append("key_holder")
        for owner in self._owners.values():
            for label, (key, known) in owner.keys.items():
                if known == digest:
                    return owner.identity(key=key.number, key_label=label, user=key.user)
        return None

    async def password_hashes(self, login: str) -> tuple[Identity, str] | None:
        self.asked.append("password_hashes")
        owner = self._holder_of(login) if "@" in login else self._owners.get(login)
        if owner is None:
            return None
        password = owner.address_passwords.get(login) if "@" in login else owner.password
        inbox = login if "@" in login else None
        if not password:
            return None
        return owner.identity(inbox=inbox, password=password.encode()), password

    async def owner_of(self, inbox: str) -> int | None:
        self.asked.append("owner_of")
        owner = (await self.look_up(inbox)).owner
        return self._owners[owner].account.number if owner else None

    async def look_up(self, inbox: str) -> Standing:
        holder, lord = self._holder_of(inbox), self._lord_of(inbox)
        reserved = holder.addresses[inbox] if holder else None
        if reserved and inbox in holder.address_passwords:
            reserved = replace(reserved, has_password=True)
        domain = inbox.rpartition("@")[2]
        return Standing(inbox, reserved, lord and self._domain(lord.account.name, domain))

    async def aliases(self, inboxes: Collection[str]) -> dict[str, str]:
        made = {inbox: alias_of(inbox, b"secret") for inbox in inboxes}
        self._meant |= {alias: inbox for inbox, alias in made.items()}
        return made

    async def meant_by(self, account: int, inbox: str) -> str:
        meant = self._meant.get(inbox, inbox)
        return meant if await self.owner_of(meant) == account else inbox

    async def reserve_address(self, address: str, account: str, **changes: Any) -> ReservedAddress:
        owner = self._owner(account)
        domain = address.rpartition("@")[2]
        if may_be_alias(address):
            raise InvalidValue(f"{address} has the form of an alias.")
        self._refuse_taken(self._holder_of(address), owner)
        lord = self._lord_of(address)
        if lord is not owner and (lord or address.startswith("*@")):
            raise NotOwned(f"{domain} is not owned by {account}.")
        await self._check_forward(address, owner, **changes)
        catch_all = domain if address.startswith("*@") else None
        owner.addresses[address] = ReservedAddress(
            address=address, account=account, catch_all=catch_all, **changes
        )
        return owner.addresses[address]

    async def reserve_addresses(
        self, wanted: Sequence[str], account: str
    ) -> Sequence[ReservedAddress]:
        before = dict(self._owner(account).addresses)
        try:
            return [await self.reserve_address(address, account) for address in wanted]
        except Exception:
            self._owner(account).addresses = before
            raise

    async def change_address(self, address: str, account: str, **changes: Any) -> ReservedAddress:
        owner = self._owner(account)
        await self._check_forward(address, owner, **changes)
        if address not in owner.addresses:
            raise NotFound(f"{address} is not an address of the account {account}.")
        before = owner.addresses[address]
        changes = {"enablews": before.enablews or False, **changes}
        owner.addresses[address] = replace(before, **changes)
        return owner.addresses[address]

    async def release_address(
        self, address: str, account: str, *, with_messages: bool = False
    ) -> ReservedAddress:
        owner = self._owner(account)
        if address not in owner.addresses:
            raise NotFound(f"{address} is not an address of the account {account}.")
        if address == owner.account.home_address:
            raise NotOwned(f"{address} stays with {account}.")
        if with_messages:
            self.cleared(address)
        owner.address_passwords.pop(address, None)
        return owner.addresses.pop(address)

    async def addresses(self, account: str) -> Sequence[ReservedAddress]:
        held = self._owner(account).addresses
        return [held[address] for address in sorted(held)]

    async def add_domain(self, name: str, account: str) -> OwnedDomain:
        owner = self._owner(account)
        holders = (each for each in self._owners.values() if name in each.domains)
        self._refuse_taken(next(holders, None), owner)
        owner.domains[name] = OwnedDomain(name=name, account=account)
        return owner.domains[name]

    async def change_domain(self, name: str, account: str, **changes: Any) -> OwnedDomain:
        held = self._owner(account).domains
        if name not in held:
            raise NotFound(f"{name} is not a domain of the account {account}.")
        held[name] = replace(held[name], **changes)
        return self._domain(account, name)

    async def remove_domain(self, name: str, account: str) -> OwnedDomain:
        if name not in self._owner(account).domains:
            raise NotFound(f"{name} is not a domain of the account {account}.")
        removed = self._domain(account, name)
        del self._owner(account).domains[name]
        return removed

    async def domains(self, account: str) -> Sequence[OwnedDomain]:
        return [self._domain(account, name) for name in sorted(self._owner(account).domains)]

    def _domain(self, account: str, name: str) -> OwnedDomain:
        owner = self._owner(account)
        return replace(owner.domains[name], catch_all=f"*@{name}" in owner.addresses)

    def _owner(self, name: str) -> _Owner:
        if name not in self._owners:
            raise NotFound(f"There is no account {name}.")
        return self._owners[name]

    def _holder_of(self, address: str) -> _Owner | None:
        return next((each for each in self._owners.values() if address in each.addresses), None)

    def _lord_of(self, address: str) -> _Owner | None:
        """The owner of its domain."""
        domain = address.rpartition("@")[2]
        return next((each for each in self._owners.values() if domain in each.domains), None)

    async def _check_forward(self, address: str, owner: _Owner, **changes: Any) -> None:
        target = changes.get("forward")
        standing = target and await self.look_up(target)
        if standing and (target == address or standing.owner != owner.account.name):
            raise InvalidValue(f"forward: {target} is not another address of this account.")

    @staticmethod
    def _refuse_taken(holder: _Owner | None, owner: _Owner) -> None:
        if holder is owner:
            raise AlreadyExists("That belongs to this account already.")
        if holder is not None:
            raise NotOwned("That is owned by another account.")
