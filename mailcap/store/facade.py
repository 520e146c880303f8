"""The store as the ports describe it: each operation, run in a transaction elsewhere."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import TYPE_CHECKING, Unpack

from mailcap.domain.accounts import Account, AccountChanges, ReservedAddress
from mailcap.domain.messages import Incoming
from mailcap.store import (
    accesses,
    accounts,
    aliases,
    arrivals,
    bodies,
    changing,
    creation,
    domain_mail,
    domains,
    intake,
    keys,
    mail,
    ownership,
    reservations,
    retention,
    summaries,
    surveys,
    usage,
)
from mailcap.store.database import Database
from mailcap.store.jobs import Tell
from mailcap.store.locks import Locks
from mailcap.store.mailbox_operations import MailboxOperations
from mailcap.store.operations import (
    Operations,
    looking,
    looking_first,
    reading,
    repeating,
    writing,
    writing_now,
)

if TYPE_CHECKING:
    from twisted.internet.interfaces import IReactorThreads


class IntakeOperations(Operations):
    """Fulfils `mailcap.domain.ports.IntakeStore`."""

    def store_batch(self, batch: Sequence[Incoming], *, again: bool = False) -> Awaitable[None]:
        """See the port.  Goes before everything else that waits to write."""
        prepared = [intake.prepare(item) for item in batch]
        return self.database.write_first(intake.store_batch, prepared, again=again)


class MailOperations(Operations):
    """Fulfils `mailcap.domain.ports.MailStore`."""

    list_inbox = looking(mail.list_inbox)
    count_inbox = looking(mail.count_inbox)
    find = looking(mail.find)
    content = looking(mail.content)
    delete = writing_now(mail.delete)
    purge = repeating(mail.purge)
    list_domain = looking(domain_mail.list_domain)
    count_domain = looking(domain_mail.count_domain)
    clear_domain = repeating(domain_mail.clear_domain)
    save_summaries = writing(summaries.save)
    bodies = looking(bodies.read)
    change = writing_now(changing.change)
    toggle_star = writing_now(changing.toggle_star)
    refile = writing_now(changing.refile)


class SurveyOperations(Operations):
    """Fulfils `mailcap.domain.survey_store.SurveyStore`."""

    list_unified = looking(surveys.list_unified)
    count_unread = looking(surveys.count_unread)
    list_starred = looking(surveys.list_starred)
    walk_unified = looking(surveys.walk_unified)
    walk_public = looking(surveys.walk_public)
    number_at = looking(surveys.number_at)


class ArrivalOperations(Operations):
    """Fulfils `mailcap.domain.ports.ArrivalStore`."""

    reaches = looking(arrivals.reaches)
    _find = looking(arrivals.find)
    _make = writing(arrivals.make)
    arrivals = looking(arrivals.arrivals)  # hides the module from here on

    async def mailboxes(self, owners: Sequence[str]) -> dict[str, int]:
        """See the port.  Nothing is written if all are there."""
        found = await self._find(owners)
        missing = [owner for owner in owners if owner not in found]
        return found | await self._make(missing) if missing else found


class RetentionOperations(Operations):
    """Fulfils `mailcap.domain.ports.RetentionStore`."""

    expire = writing_now(retention.expire)
    trim = writing_now(retention.trim)
    forget_expunged = writing(retention.forget_expunged)
    drop_empty = writing(retention.drop_empty)
    forget_aliases = writing_now(aliases.forget)


class AccountOperations(Operations):
    """Fulfils `mailcap.domain.ports.AccountStore`."""

    add_account = writing_now(accounts.add_account)
    account = looking(accounts.find_account)
    set_password = writing_now(accounts.set_password)
    usage = reading(usage.usage)
    add_key = writing_now(keys.add_key)
    remove_key = writing(keys.remove_key)
    key_holder = looking_first(keys.key_holder)
    add_user = writing_now(keys.add_user)
    users = reading(keys.list_users)
    remove_user = writing(keys.remove_user)
    keys = reading(keys.list_keys)  # hides the module from here on
    password_hashes = looking_first(accounts.password_hashes)
    owner_of = looking(ownership.owner_of)
    look_up = reading(reservations.look_up)
    meant_by = looking(aliases.meant_by)
    revoked = looking(accesses.revoked)
    reserve_address = writing_now(reservations.reserve_address)
    reserve_addresses = writing_now(reservations.reserve_addresses)
    change_address = writing_now(reservations.change_address)
    set_address_password = writing_now(reservations.set_address_password)
    addresses = reading(reservations.list_addresses)
    add_domain = writing_now(domains.add_domain)
    change_domain = writing_now(domains.change_domain)
    remove_domain = writing_now(domains.remove_domain)
    domains = reading(domains.list_domains)  # hides the module, too
    _clear_releasable = repeating(reservations.clear_releasable)
    _release_address = writing_now(reservations.release_address)
    _change_account = writing_now(accounts.change_account)
    _refresh_some = writing_now(accounts.refresh_some)
    _remove_mail = repeating(accounts.remove_some_mail)
    _remove_rest = writing_now(accounts.remove_account)
    accounts = reading(accounts.list_accounts)  # hides the module, too

    async def change_account(self, name: str, **changes: Unpack[AccountChanges]) -> Account:
        """See the port."""
        changed = await self._change_account(name, **changes)
        # Even if it was so before: a change may have been cut short.
        behind = 0 if "sees_public" in changes else None
        while behind is not None:
            behind = await self._refresh_some(behind)
            self.pause()
        return changed

    async def remove_account(self, name: str) -> None:
        """See the port."""
        await self._remove_mail(name)
        await self._remove_rest(name)

    async def release_address(
        self, address: str, account: str, *, with_messages: bool = False
    ) -> ReservedAddress:
        """See the port."""
        if with_messages:
            await self._clear_releasable(address, account)
        return await self._release_address(address, account, with_messages=with_messages)

    async def aliases(self, inboxes: Collection[str]) -> dict[str, str]:
        """See the port."""
        made, unknown = await self.database.look(aliases.make, self.now(), inboxes)
        if unknown:
            await self.database.write(aliases.keep, self.now(), unknown)
        return made


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
        self.surveys = SurveyOperations(*shared)
        self.mailboxes = MailboxOperations(*shared)
        self.locks = Locks(self._database, reactor)
        self.arrivals = ArrivalOperations(*shared)
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
        """Finish what runs, unless it takes long; start no more, and close all connections."""
        self.locks.stop()
        return self._database.stop()

    def ping(self) -> Awaitable[None]:
        """Succeed if the database answers; raise `StoreUnavailable` if not."""
        return self._database.look(creation.ping)
