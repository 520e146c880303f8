"""Transactions: one named function each, run in a thread, giving plain values."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, CursorResult, Engine, Row, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import QueuePool

from mailcap.domain.errors import ConfigurationError
from mailcap.store import changed
from mailcap.store.dialect import connect_alone, run_text
from mailcap.store.failures import is_conflict, translate
from mailcap.store.immediate import Immediate
from mailcap.store.jobs import Ear, Job, Lane, Tell
from mailcap.store.kept import Kept
from mailcap.store.watch import Watch

if TYPE_CHECKING:
    from psycopg import Connection as Driver

P = ParamSpec("P")
T = TypeVar("T")

_READERS = 4
_WRITERS = 2  # on PostgreSQL: one may wait for a lock
_ATTEMPTS = 8  # at a transaction that others keep winning against
_BUSY_SECONDS = 20.0  # how long a command waits for the daemon's writer
_CACHED_STATEMENTS = 256
_TALKERS = ("psycopg", "sqlalchemy.pool")
# What the URL may say otherwise.  A host that is gone without a word is given up after
# half a minute; a server that is paused, see `Watch`.
_POSTGRESQL = {
    "application_name": "mailcap",
    "connect_timeout": "5",
    "keepalives_idle": "15",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}


class Database:
    """An SQLite file or a PostgreSQL database.

    With a *reactor* the awaitables are Deferreds: threads read, and other processes
    write, on SQLite a single one.  Without a reactor, work runs at once in the caller's
    thread.  Failures of the database are raised as `StoreUnavailable` or `StoreFull`.
    Behind each commit *tell* is called with the ids of the mailboxes that changed, or
    with None if it may be any; with a reactor, of commits of other processes too.
    """

    def __init__(
        self, url: str, *, reactor: Any = None, tell: Tell = lambda _mailboxes: None
    ) -> None:
        for name in _TALKERS:  # what they say, they also raise
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self.url = _parse(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.writer = self._engine(writing=True)
        self._reader: Engine | Kept = (
            Kept(self._engine(writing=False)) if self.is_sqlite else self.writer
        )
        self._watch = None if self.is_sqlite else Watch(self.writer, patience=_patience(self.url))
        # SQLite is asked for its transactions, PostgreSQL's driver for their absence.
        self._looker = (
            self._reader
            if self.is_sqlite
            else self.writer.execution_options(isolation_level="AUTOCOMMIT")
        )
        self._readers, self._writers, self._others = self._lanes(reactor, tell)

    def start(self) -> None:
        """Get ready for work."""
        self._readers.start()
        self._writers.start()
        for other in self._others:
            other.start()

    def stop(self) -> Awaitable[Any]:
        """Let what runs come to its end, start no more, and close all connections."""
        for other in self._others:
            other.stop()
        self._readers.stop()
        stopping = self._writers.stop()
        self.disconnect()
        return stopping

    def disconnect(self) -> None:
        """Close all connections; the next use makes new ones."""
        self._reader.dispose()
        self.writer.dispose()

    def use_wal(self) -> None:
        """Have SQLite write ahead, which the file remembers: readers go on meanwhile."""
        if not self.is_sqlite:
            return
        connection = self.writer.raw_connection()
        try:
            connection.cursor().execute("PRAGMA journal_mode=WAL")
        finally:
            connection.close()

    def read(
        self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> Awaitable[T]:
        """Run *work* in a transaction that only reads."""
        return self._readers.submit(Job(work, args, kwargs))

    def look(
        self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> Awaitable[T]:
        """Run *work*, which only reads, without a transaction, which takes half the time.

        Each of its statements sees what is committed by then.
        """
        return self._readers.submit(Job(work, args, kwargs, loose=True))

    def look_first(
        self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> Awaitable[T]:
        """As `look`, before everything else that waits to read: who somebody is."""
        return self._readers.submit(Job(work, args, kwargs, loose=True), urgent=True)

    def write(
        self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> Awaitable[T]:
        """Run *work* in a transaction that writes, behind any urgent one."""
        return self._writers.submit(Job(work, args, kwargs))

    def write_first(
        self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> Awaitable[T]:
        """Run *work* before everything else that waits to write: the intake."""
        return self._writers.submit(Job(work, args, kwargs), urgent=True)

    def _lanes(self, reactor: Any, tell: Tell) -> tuple[Lane, Lane, Sequence[Ear]]:
        """Return who reads, who writes, and who hears of others that write."""
        if reactor is None:
            return Immediate(self._read, tell), Immediate(self.perform, tell), ()
        # The command line, and the writing processes, need no Twisted.
        from mailcap.store.listening import Listener, Lookout
        from mailcap.store.outages import Outage, Reported
        from mailcap.store.processes import WorkerProcess
        from mailcap.store.queue import Queue
        from mailcap.store.threads import Threads

        url = self.url.render_as_string(hide_password=False)
        threads = Threads(
            reactor, self._read_only, count=_READERS, name="store-read", waits=self.is_sqlite
        )
        readers = Reported(threads, Outage("Reading the database"))
        ear: Ear
        if self.is_sqlite:
            queue = Queue([WorkerProcess(reactor, url, tell)])
            ear = Lookout(reactor, queue, tell)
        else:
            # What a process of ours has changed is heard of like all else.
            queue = Queue([WorkerProcess(reactor, url, lambda _: None) for _ in range(_WRITERS)])
            ear = Listener(reactor, self.writer, tell)
        return readers, Reported(queue, Outage("Writing to the database")), [ear]

    def perform(self, job: Job) -> tuple[Any, frozenset[int]]:
        """Do *job*, which writes, in this thread; see `perform` below."""
        with self.watched():
            return perform(self.writer, job)

    def _read(self, job: Job) -> tuple[Any, frozenset[int]]:
        with self.watched():
            return perform(self._reader, job)

    def _read_only(self, job: Job) -> Any:
        with self.watched():
            return look(self._looker, job) if job.loose else perform(self._reader, job)[0]

    def watched(self) -> AbstractContextManager[None]:
        """Have what this thread does meanwhile end when PostgreSQL has fallen silent."""
        return nullcontext() if self._watch is None else self._watch.job()

    def connect_alone(self) -> Driver[Any]:
        """Return a connection to PostgreSQL outside of the pool, which is watched as well."""
        assert self._watch is not None, "only PostgreSQL has such connections"
        driver: Driver[Any] = connect_alone(self.writer)
        self._watch.add(driver)
        return driver

    def _engine(self, *, writing: bool) -> Engine:
        if not self.is_sqlite:
            engine = create_engine(
                self.url, pool_size=2 * _READERS, max_overflow=0, pool_pre_ping=True
            )
            event.listen(engine, "connect", partial(_prepare_postgresql, _patience(self.url)))
            return engine
        engine = create_engine(
            self.url,
            poolclass=QueuePool,
            pool_size=1 if writing else _READERS,
            max_overflow=0,
            connect_args={
                "check_same_thread": False,
                "isolation_level": None,  # BEGIN is ours: see below
                "timeout": _BUSY_SECONDS,
                "cached_statements": _CACHED_STATEMENTS,
            },
        )
        event.listen(engine, "connect", _prepare_sqlite)
        if not writing:
            event.listen(engine, "connect", _forbid_writing)
        begin = "BEGIN IMMEDIATE" if writing else "BEGIN"
        event.listen(engine, "begin", lambda connection: run_text(connection, begin, ()).close())
        return engine


def perform(engine: Engine | Kept, job: Job) -> tuple[Any, frozenset[int]]:
    """Do *job* in one transaction; return its result and the mailboxes that it changed.

    A transaction that PostgreSQL sacrificed to another is repeated at once.
    """
    for attempt in range(_ATTEMPTS):
        committing = False
        try:
            with engine.begin() as connection:
                changed.begin(connection)
                result = job.work(connection, *job.args, **job.kwargs)
                _assert_plain(result)
                mailboxes = changed.end(connection)
                committing = True
        except (DBAPIError, engine.dialect.loaded_dbapi.Error) as error:
            if not is_conflict(error) or attempt == _ATTEMPTS - 1:
                raise translate(error, committing=committing) from error
        else:
            return result, mailboxes
    raise AssertionError("unreachable")


def look(engine: Engine | Kept, job: Job) -> Any:
    """Do *job* without a transaction, and return its result."""
    try:
        with engine.connect() as connection:
            result = job.work(connection, *job.args, **job.kwargs)
            _assert_plain(result)
    except (DBAPIError, engine.dialect.loaded_dbapi.Error) as error:
        raise translate(error) from error
    return result


def transact(engine: Engine, work: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """Run *work* with a connection, in one transaction, and return what it returns."""
    result: T = perform(engine, Job(work, args, kwargs))[0]
    return result


def _assert_plain(result: object) -> None:
    """No row and no cursor leaves the thread that holds its connection."""
    sample = result[0] if isinstance(result, list | tuple) and result else result
    assert not isinstance(sample, Row | CursorResult), "a row left its transaction"


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ConfigurationError(
            "storage.url is no database URL such as sqlite:///file or postgresql://user@host/name"
        ) from None
    if parsed.get_backend_name() == "postgresql":
        query = _POSTGRESQL | parsed.query
        return parsed.set(drivername="postgresql+psycopg", query=query)
    if parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:"):
        return parsed.set(drivername="sqlite+pysqlite")
    raise ConfigurationError(
        f"storage.url: {parsed.drivername} is neither an SQLite file nor PostgreSQL"
    )


def _prepare_sqlite(connection: Any, _record: object) -> None:
    """Set what holds for each connection (SQLite forgets it)."""
    for pragma in (
        "synchronous=FULL",  # a 250 means: on disk
        "foreign_keys=ON",
        "temp_store=MEMORY",
        "cache_size=-16384",  # KiB
        "wal_autocheckpoint=4000",  # pages
        "journal_size_limit=67108864",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _forbid_writing(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA query_only=ON").close()


def _patience(url: URL) -> float:
    """Return how long PostgreSQL may keep a job waiting before its life is doubted."""
    timeout = url.query["connect_timeout"]
    return float(timeout if isinstance(timeout, str) else timeout[-1])


def _prepare_postgresql(patience: float, connection: Any, _record: object) -> None:
    # A commit that was under way when the server was paused, and that `Watch` has given
    # up since, must not happen later; nor may a node that is gone keep its locks.
    idle = int(2000 * patience)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SET synchronous_commit = on; SET idle_in_transaction_session_timeout = {idle}"
        )
    connection.commit()
