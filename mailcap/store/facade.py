"""The store as the ports describe it: each operation, run in a transaction elsewhere."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection

from mailcap.domain.accounts import Account
from mailcap.domain.messages import Incoming
from mailcap.store import (
    accounts,
    bodies,
    creation,
    intake,
    mail,
    ownership,
    reservations,
    retention,
    summaries,
)
from mailcap.store.database import Database
from mailcap.store.jobs import Tell

if TYPE_CHECKING:
    from twisted.internet.interfaces import IReactorThreads

P = ParamSpec("P")
T = TypeVar("T")


class _Operations:
    """What the operations of one port share: the database, the time and a pause."""

    def __init__(
        self, database: Database, clock: Callable[[], float], pause: Callable[[], object]
    ) -> None:
        self.database = database
        self.pause = pause
        self._clock = clock

    def now(self) -> int:
        """Return Unix milliseconds."""
        return int(self._clock() * 1000)


def _reading(
    work: Callable[Concatenate[Connection, P], T],
) -> Callable[Concatenate[_Operations, P], Awaitable[T]]:
    def operation(self: _Operations, /, *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]:
        return self.database.read(work, *args, **kwargs)

    return operation


def _looking(
    work: Callable[Concatenate[Connection, P], T],
) -> Callable[Concatenate[_Operations, P], Awaitable[T]]:
    """As `_reading`, for work whose statements need not see the same state."""

    def operation(self: _Operations, /, *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]:
        return self.database.look(work, *args, **kwargs)

    return operation


def _writing(
    work: Callable[Concatenate[Connection, P], T],
) -> Callable[Concatenate[_Operations, P], Awaitable[T]]:
    def operation(self: _Operations, /, *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]:
        return self.database.write(work, *args, **kwargs)

    return operation


def _writing_now(
    work: Callable[Concatenate[Connection, int, P], T],
) -> Callable[Concatenate[_Operations, P], Awaitable[T]]:
    """As `_writing`, for work that notes when it was done."""

    def operation(self: _Operations, /, *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]:
        return self.database.write(work, self.now(), *args, **kwargs)

    return operation


def _repeating(
    work: Callable[Concatenate[Connection, int, P], int],
) -> Callable[Concatenate[_Operations, P], Awaitable[int]]:
    """As `_writing_now`, again and again until nothing is left to do.

    So that intake need not wait for the whole.
    """

    async def operation(self: _Operations, /, *args: P.args, **kwargs: P.kwargs) -> int:
        total = 0
        while done := await self.database.write(work, self.now(), *args, **kwargs):
            total += done
            self.pause()
        return total

    return operation


class IntakeOperations(_Operations):
    """Fulfils `mailcap.domain.ports.IntakeStore`."""

    def store_batch(self, batch: Sequence[Incoming]) -> Awaitable[None]:
        """See the port.  Goes before everything else that waits to write."""
        prepared = [intake.prepare(item) for item in batch]
        return self.database.write_first(intake.store_batch, prepared)


class MailOperations(_Operations):
    """Fulfils `mailcap.domain.ports.MailStore`."""

    list_inbox = _looking(mail.list_inbox)
    count_inbox = _looking(mail.count_inbox)
    find = _looking(mail.find)
    content = _looking(mail.content)
    delete = _writing_now(mail.delete)
    purge = _repeating(mail.purge)
    save_summaries = _writing(summaries.save)
    bodies = _looking(bodies.read)


class RetentionOperations(_Operations):
    """Fulfils `mailcap.domain.ports.RetentionStore`."""

    expire = _writing_now(retention.expire)
    trim = _writing_now(retention.trim)
    forget_expunged = _writing(retention.forget_expunged)
    drop_empty = _writing(retention.drop_empty)


class AccountOperations(_Operations):
    """Fulfils `mailcap.domain.ports.AccountStore`."""

    add_account = _writing_now(accounts.add_account)
    account = _looking(accounts.find_account)
    set_password = _writing_now(accounts.set_password)
    add_key = _writing_now(accounts.add_key)
    keys = _reading(accounts.list_keys)
    remove_key = _writing(accounts.remove_key)
    key_holder = _looking(accounts.key_holder)
    password_hashes = _looking(accounts.password_hashes)
    owner_of = _looking(ownership.owner_of)
    reserve_address = _writing_now(reservations.reserve_address)
    release_address = _writing_now(reservations.release_address)
    set_address_password = _writing_now(reservations.set_address_password)
    addresses = _reading(reservations.list_addresses)
    add_domain = _writing_now(reservations.add_domain)
    remove_domain = _writing_now(reservations.remove_domain)
    domains = _reading(reservations.list_domains)
    _set_marks = _writing_now(accounts.set_marks)
    _refresh_some = _writing_now(accounts.refresh_some)
    _remove_mail = _repeating(accounts.remove_some_mail)
    _remove_rest = _writing_now(accounts.remove_account)
    accounts = _reading(accounts.list_accounts)  # hides the module from here on

    async def change_account(
        self, name: str, *, sees_public: bool | None = None, capture_private: bool | None = None
    ) -> Account:
        """See the port."""
        changed = await self._set_marks(
            name, sees_public=sees_public, capture_private=capture_private
        )
        # Even if it was so before: a change may have been cut short.
        behind = None if sees_public is None else 0
        while behind is not None:
            behind = await self._refresh_some(behind)
            self.pause()
        return changed

    async def remove_account(self, name: str) -> None:
        """See the port."""
        await self._remove_mail(name)
        await self._remove_rest(name)


class Store:
    """An SQLite file or a PostgreSQL database with mailcap's tables.

    *url* is an SQLAlchemy URL.  With a *reactor* the operations run in threads and
    processes, and return Deferreds; without one they run at once, and what they return
    has its result already.  *clock* gives Unix seconds.  *pause* is called between the
    pieces of a long operation, for programs beside others that want to write too.
    *tell* is called behind each commit with the ids of the mailboxes that changed, or
    with None if it may be any; with a reactor, of the commits of other processes too.
    """

    def __init__(
        self,
        url: str,
        *,
        reactor: IReactorThreads | None = None,
        clock: Callable[[], float] = time.time,
        pause: Callable[[], object] = lambda: None,
        tell: Tell = lambda _mailboxes: None,
    ) -> None:
        self._database = Database(url, reactor=reactor, tell=tell)
        shared = (self._database, clock, pause)
        self.intake = IntakeOperations(*shared)
        self.mail = MailOperations(*shared)
        self.retention = RetentionOperations(*shared)
        self.accounts = AccountOperations(*shared)

    def open(self, *, create: bool = True) -> bool:
        """Make the tables in an empty database, or check those that are there.

        Blocks.  Returns whether the tables were made; none are without *create*.
        Raises `SchemaMismatch` if another version made them, `ConfigurationError` if
        the database cannot be used at all, or is empty and stays so.
        """
        try:
            if create:
                created = creation.create_or_check(self._database)
            else:
                creation.check(self._database)
                created = False
        except Exception:
            self._database.disconnect()
            raise
        self._database.start()
        return created

    def close(self) -> Awaitable[None]:
        """Finish what runs, start no more, and close all connections."""
        return self._database.stop()

    def ping(self) -> Awaitable[None]:
        """Succeed if the database answers; raise `StoreUnavailable` if not."""
        return self._database.look(creation.ping)
