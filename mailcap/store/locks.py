"""Locks on maildrops, each held by one session at a time."""

from __future__ import annotations

from contextlib import suppress
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine

from mailcap.domain.errors import Failure
from mailcap.domain.mailboxes import MailboxKey
from mailcap.store.database import Database
from mailcap.store.dialect import connect_alone
from mailcap.store.failures import translate
from mailcap.store.immediate import Immediate
from mailcap.store.jobs import Job, Lane

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
        self._held: set[tuple[int, MailboxKey]] = set()
        self._advisory = None if database.is_sqlite else _Advisory(database.writer)
        self._lane = _lane(reactor)

    async def take(self, account: int, key: MailboxKey) -> bool:
        """See the port."""
        if (account, key) in self._held:
            return False
        self._held.add((account, key))
        if self._advisory is None:
            return True
        taken: bool = False
        try:
            taken = await self._lane.submit(Job(self._advisory.take, (_number(account, key),)))
        finally:
            if not taken:
                self._held.discard((account, key))
        return taken

    async def give_back(self, account: int, key: MailboxKey) -> None:
        """See the port."""
        self._held.discard((account, key))
        if self._advisory is not None:
            with suppress(Failure):  # without its connection the lock is gone anyway
                await self._lane.submit(Job(self._advisory.give_back, (_number(account, key),)))

    def stop(self) -> None:
        """Let go of everything.  Blocks until what is under way has ended."""
        if self._advisory is not None:
            self._lane.stop()
            self._advisory.close()


class _Advisory:
    """The connection that holds PostgreSQL's advisory locks, for one thread at a time.

    A connection that was lost is made anew, and takes again what it had held; unless
    somebody else was quicker, who then reads the same maildrop: what two sessions delete
    is deleted once.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._driver: Driver[Any] | None = None
        self._numbers: set[int] = set()

    def take(self, number: int) -> bool:
        """Take the lock of that number, if it is free."""
        taken = bool(self._ask(_TAKE, number))
        if taken:
            self._numbers.add(number)
        return taken

    def give_back(self, number: int) -> None:
        """Give back a lock."""
        self._numbers.discard(number)
        self._ask(_GIVE_BACK, number)

    def close(self) -> None:
        """Give back all locks."""
        if self._driver is not None:
            self._driver.close()
            self._driver = None

    def _ask(self, statement: str, number: int) -> Any:
        error = self._engine.dialect.loaded_dbapi.Error
        try:
            return self._answer(statement, number)
        except error:
            self.close()  # the database may have been started anew
        try:
            return self._answer(statement, number)
        except error as failure:
            self.close()
            raise translate(failure) from failure

    def _answer(self, statement: str, number: int) -> Any:
        if self._driver is None:
            self._driver = connect_alone(self._engine)
            for held in self._numbers:
                self._driver.execute(_TAKE, [held]).close()
        with self._driver.execute(statement, [number]) as cursor:
            ((outcome,),) = cursor.fetchall()
        return outcome


def _lane(reactor: Any) -> Lane:
    if reactor is None:
        return Immediate(lambda job: (_perform(job), frozenset()), lambda _mailboxes: None)
    from mailcap.store.threads import Threads

    return Threads(reactor, _perform, count=1, name="store-locks")


def _perform(job: Job) -> Any:
    return job.work(*job.args)


def _number(account: int, key: MailboxKey) -> int:
    """Return a number of 64 bits that no two locks share."""
    digest = sha256(f"maildrop {account} {key.owner} {key.name}".encode()).digest()
    return int.from_bytes(digest[:8], signed=True)
