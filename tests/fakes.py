"""Stand-ins for other parts of the program, and ways to try things without a reactor."""

from collections.abc import Awaitable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import pytest
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from mailcap.domain.accounts import Account, Identity, Key, OwnedDomain, ReservedAddress
from mailcap.domain.errors import AlreadyExists, NotFound, NotOwned
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
    address_passwords: dict[str, str] = field(default_factory=dict)

    def identity(self, **facts: Any) -> Identity:
        return Identity(
            account=self.account.number,
            account_name=self.account.name,
            capture_private=self.account.capture_private,
            **facts,
        )


class MemoryAccounts:
    """An `AccountStore` in memory.  `asked` names the questions it was asked."""

    def __init__(self) -> None:
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

    async def change_account(self, name: str, **marks: bool | None) -> Account:
        owner = self._owner(name)
        given = {mark: value for mark, value in marks.items() if value is not None}
        owner.account = replace(owner.account, **given)
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

    async def add_key(self, account: str, label: str, digest: bytes) -> Key:
        owner = self._owner(account)
        taken = {known for each in self._owners.values() for _, known in each.keys.values()}
        if label in owner.keys or digest in taken:
            raise AlreadyExists(f"The account {account} has a key {label} already.")
        key = Key(number=next(self._numbers), account=account, label=label, created=0)
        owner.keys[label] = (key, digest)
        return key

    async def keys(self, account: str) -> Sequence[Key]:
        held = self._owner(account).keys
        return [held[label][0] for label in sorted(held)]

    async def remove_key(self, account: str, label: str) -> None:
        if self._owner(account).keys.pop(label, None) is None:
            raise NotFound(f"The account {account} has no key {label}.")

    async def key_holder(self, digest: bytes) -> Identity | None:
        self.asked.append("key_holder")
        for owner in self._owners.values():
            for label, (_, known) in owner.keys.items():
                if known == digest:
                    return owner.identity(key_label=label)
        return None

    async def password_hashes(self, login: str) -> tuple[Identity, str] | None:
        self.asked.append("password_hashes")
        owner = self._holder_of(login) if "@" in login else self._owners.get(login)
        if owner is None:
            return None
        password = owner.address_passwords.get(login) if "@" in login else owner.password
        inbox = login if "@" in login else None
        return (owner.identity(inbox=inbox), password) if password else None

    async def owner_of(self, inbox: str) -> int | None:
        self.asked.append("owner_of")
        domain = inbox.rpartition("@")[2]
        holder = self._holder_of(inbox) or next(
            (each for each in self._owners.values() if domain in each.domains), None
        )
        return holder.account.number if holder else None

    async def reserve_address(self, address: str, account: str) -> ReservedAddress:
        owner = self._owner(account)
        domain = address.rpartition("@")[2]
        self._refuse_taken(self._holder_of(address), owner)
        lords = [each for each in self._owners.values() if domain in each.domains]
        if owner not in lords and (lords or address.startswith("*@")):
            raise NotOwned(f"{domain} is not owned by {account}.")
        catch_all = domain if address.startswith("*@") else None
        reserved = ReservedAddress(address=address, account=account, catch_all=catch_all)
        owner.addresses[address] = reserved
        return reserved

    async def release_address(self, address: str, account: str) -> ReservedAddress:
        owner = self._owner(account)
        if address not in owner.addresses:
            raise NotFound(f"{address} is not an address of the account {account}.")
        if address == owner.account.home_address:
            raise NotOwned(f"{address} stays with {account}.")
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

    async def remove_domain(self, name: str, account: str) -> OwnedDomain:
        removed = self._owner(account).domains.pop(name, None)
        if removed is None:
            raise NotFound(f"{name} is not a domain of the account {account}.")
        return removed

    async def domains(self, account: str) -> Sequence[OwnedDomain]:
        held = self._owner(account).domains
        return [held[name] for name in sorted(held)]

    def _owner(self, name: str) -> _Owner:
        if name not in self._owners:
            raise NotFound(f"There is no account {name}.")
        return self._owners[name]

    def _holder_of(self, address: str) -> _Owner | None:
        return next((each for each in self._owners.values() if address in each.addresses), None)

    @staticmethod
    def _refuse_taken(holder: _Owner | None, owner: _Owner) -> None:
        if holder is owner:
            raise AlreadyExists("That belongs to this account already.")
        if holder is not None:
            raise NotOwned("That is owned by another account.")
