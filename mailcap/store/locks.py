"""Locks on maildrops, each held by one session at a time."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from contextlib import suppress
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from mailcap.domain.errors import Failure
from mailcap.domain.mailboxes import MailboxKey
from mailcap.store.database import Database
from mailcap.store.failures import translate, unavailable
from mailcap.store.immediate import Immediate
from mailcap.store.jobs import Job, Lane
from mailcap.store.watch import shut

if TYPE_CHECKING:
    from psycopg import Connection as Driver

_TAKE = "SELECT pg_try_advisory_lock(%s)"
_GIVE_BACK = "SELECT pg_advisory_unlock(%s)"


class Locks:
    """Fulfils `mailcap.domain.mailbox_store.MaildropLocks`.

    On SQLite one process serves a database, and remembers what is locked.  On PostgreSQL
    advisory locks tell the other nodes: all of a node's are held by one connection of
    their own, which ends with the process.
    """

    def __init__(self, database: Database, reactor: Any) -> None:
        self._held: set[int] = set()
        self._advisory = None if database.is_sqlite else _Advisory(database, self._held)
        self._lane = _lane(database, reactor)

    async def take(self, account: int, key: MailboxKey) -> bool:
        """See the port."""
        number = _number(account, key)
        if number in self._held:
            return False
        self._held.add(number)
        if self._advisory is None:
            return True
        taken: bool = False
        try:
            taken = await self._lane.submit(Job(self._advisory.take, (number,)))
        finally:
            if not taken:  # or taken when nobody waited for it any more
                await self._let_go(number)
        return taken

    async def give_back(self, account: int, key: MailboxKey) -> None:
        """See the port."""
        await self._let_go(_number(account, key))

    def stop(self) -> None:
        """Let go of everything.  Blocks until what is under way has ended."""
        if self._advisory is not None:
            self._advisory.interrupt()
            self._lane.stop()
            self._advisory.close()

    async def _let_go(self, number: int) -> None:
        self._held.discard(number)
        if self._advisory is not None:
            # It is refused only when the connection is lost, and all its locks with it.
            with suppress(Failure):
                await self._lane.submit(Job(self._advisory.tidy))


class _Advisory:
    """The connection that holds PostgreSQL's advisory locks, for one thread at a time.

    A connection that was lost is made anew, and takes what is *wanted* by then (another
    thread says what); unless somebody else was quicker, who then reads the same maildrop:
    what two sessions delete is deleted once.  PostgreSQL counts how often a lock is taken,
    so the connection takes each only once.
    """

    def __init__(self, database: Database, wanted: AbstractSet[int]) -> None:
        self._database = database
        self._error = database.writer.dialect.loaded_dbapi.Error
        self._wanted = wanted
        self._driver: Driver[Any] | None = None
        self._taken: set[int] = set()  # by this very connection
        self._is_interrupted = False

    def take(self, number: int) -> bool:
        """Take the lock of that number, if it is free."""
        while True:
            is_new = self._driver is None
            try:
                return self._holds(number)
            except self._error as failure:
                self.close()
                if is_new:  # else the database may have been started anew
                    raise translate(failure) from failure

    def tidy(self) -> None:
        """Give back what is not wanted any more."""
        try:
            for number in self._taken - self._wanted:
                self._ask(_GIVE_BACK, number)
                self._taken.discard(number)
        except self._error:
            self.close()

    def interrupt(self) -> None:
        """End what is under way, from another thread, and do nothing more."""
        self._is_interrupted = True
        if (driver := self._driver) is not None:
            shut(driver)

    def close(self) -> None:
        """Give back all locks."""
        self._taken.clear()
        if self._driver is not None:
            self._driver.close()
            self._driver = None

    def _holds(self, number: int) -> bool:
        missing = {number} - self._taken
        if self._driver is None:
            self._go_on()
            self._driver = self._database.connect_alone()
            missing |= self._wanted
        for each in missing:
            if self._ask(_TAKE, each):
                self._taken.add(each)
        return number in self._taken

    def _ask(self, statement: str, number: int) -> Any:
        self._go_on()
        assert self._driver is not None
        with self._driver.execute(statement, [number]) as cursor:
            ((outcome,),) = cursor.fetchall()
        return outcome

    def _go_on(self) -> None:
        if self._is_interrupted:
            raise unavailable("the store is being closed")


def _lane(database: Database, reactor: Any) -> Lane:
    def perform(job: Job) -> Any:
        with database.watched():
            return job.work(*job.args)

    if reactor is None:
        return Immediate(lambda job: (perform(job), frozenset()), lambda _mailboxes: None)
    from mailcap.store.threads import Threads

    return Threads(reactor, perform, count=1, name="store-locks")


def _number(account: int, key: MailboxKey) -> int:
    """Return a number of 64 bits that no two locks share."""
    digest = sha256(f"maildrop {account} {key.owner} {key.name}".encode()).digest()
    return int.from_bytes(digest[:8], signed=True)
