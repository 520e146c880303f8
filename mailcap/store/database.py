"""Transactions: one named function each, run in a thread, giving plain values."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, CursorResult, Engine, Row, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import QueuePool

from mailcap.domain.errors import ConfigurationError
from mailcap.store.failures import is_conflict, translate
from mailcap.store.immediate import Done

if TYPE_CHECKING:
    from twisted.internet.interfaces import IReactorThreads

    from mailcap.store.lanes import Lane

P = ParamSpec("P")
T = TypeVar("T")

_READERS = 4
_ATTEMPTS = 8  # at a transaction that others keep winning against
_BUSY_SECONDS = 20.0  # how long a command waits for the daemon's writer
_CACHED_STATEMENTS = 256


class Database:
    """An SQLite file or a PostgreSQL database.

    With a *reactor*, work runs in threads and the awaitables are Deferreds; on
    SQLite one thread does all the writing.  Without one, work runs at once in the
    caller's thread.  Failures of the database are raised as `StoreUnavailable` or
    `StoreFull`.
    """

    def __init__(self, url: str, *, reactor: IReactorThreads | None = None) -> None:
        self.url = _parse(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.writer = self._engine(writing=True)
        self._reader = self._engine(writing=False) if self.is_sqlite else self.writer
        self._lanes = _make_lanes(reactor, 1 if self.is_sqlite else _READERS)

    def start(self) -> None:
        """Make the threads."""
        for lane in self._lanes:
            lane.start()

    def stop(self) -> None:
        """End the threads when their work is done, and close all connections."""
        for lane in self._lanes:
            lane.stop()
        self.disconnect()

    def disconnect(self) -> None:
        """Close all connections; the next use makes new ones."""
        self._reader.dispose()
        self.writer.dispose()

    def read(
        self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> Awaitable[T]:
        """Run *work* in a transaction that only reads."""
        return self._submit(0, False, self._reader, work, *args, **kwargs)

    def write(
        self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> Awaitable[T]:
        """Run *work* in a transaction that writes, behind any urgent one."""
        return self._submit(-1, False, self.writer, work, *args, **kwargs)

    def write_first(
        self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> Awaitable[T]:
        """Run *work* before everything else that waits to write: the intake."""
        return self._submit(-1, True, self.writer, work, *args, **kwargs)

    def _submit(
        self,
        lane: int,
        urgent: bool,
        engine: Engine,
        work: Callable[..., T],
        *args: Any,
        **kwargs: Any,
    ) -> Awaitable[T]:
        def job() -> T:
            return transact(engine, work, *args, **kwargs)

        if not self._lanes:
            return Done(job())
        return self._lanes[lane].submit(job, urgent=urgent)

    def _engine(self, *, writing: bool) -> Engine:
        if not self.is_sqlite:
            engine = create_engine(
                self.url,
                pool_size=2 * _READERS,
                max_overflow=0,
                pool_pre_ping=True,
                connect_args={"application_name": "mailcap", "connect_timeout": 10},
            )
            event.listen(engine, "connect", _prepare_postgresql)
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
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
        return engine


def transact(engine: Engine, work: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """Run *work* with a connection, in one transaction, and return what it returns.

    A transaction that PostgreSQL sacrificed to another is repeated at once.
    """
    for attempt in range(_ATTEMPTS):
        try:
            with engine.begin() as connection:
                result = work(connection, *args, **kwargs)
                _assert_plain(result)
        except DBAPIError as error:
            if not is_conflict(error) or attempt == _ATTEMPTS - 1:
                raise translate(error) from error
        else:
            return result
    raise AssertionError("unreachable")


def _assert_plain(result: object) -> None:
    """No row and no cursor leaves the thread that holds its connection."""
    sample = result[0] if isinstance(result, list | tuple) and result else result
    assert not isinstance(sample, Row | CursorResult), "a row left its transaction"


def _make_lanes(reactor: IReactorThreads | None, writers: int) -> tuple[Lane, ...]:
    if reactor is None:
        return ()
    from mailcap.store.lanes import Lane  # the command line needs no Twisted

    return (
        Lane(reactor, threads=_READERS, name="store-read"),
        Lane(reactor, threads=writers, name="store-write"),
    )


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ConfigurationError(
            "storage.url is no database URL such as sqlite:///file or postgresql://user@host/name"
        ) from None
    if parsed.get_backend_name() == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:"):
        return parsed.set(drivername="sqlite+pysqlite")
    raise ConfigurationError(
        f"storage.url: {parsed.drivername} is neither an SQLite file nor PostgreSQL"
    )


def _prepare_sqlite(connection: Any, _record: object) -> None:
    """Set what holds for each connection (SQLite forgets it)."""
    for pragma in (
        "journal_mode=WAL",
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


def _prepare_postgresql(connection: Any, _record: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = on")
    connection.commit()
