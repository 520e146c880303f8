"""Transactions: where they run, in which order, and what their failures are called."""

import sqlite3
import threading
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, OperationalError
from twisted.internet.defer import Deferred

from mailcap.domain.errors import StoreFull, StoreUnavailable
from mailcap.store.database import Database, transact
from mailcap.store.failures import is_conflict, translate
from support.stores import run


class Reactor:
    """Takes results from threads and hands them over in the test's own thread."""

    def __init__(self) -> None:
        self._calls: list[tuple] = []
        self._arrived = threading.Condition()

    def callFromThread(self, call, *args, **kwargs) -> None:
        with self._arrived:
            self._calls.append((call, args, kwargs))
            self._arrived.notify()

    def wait_for(self, result: Deferred) -> None:
        while not result.called:
            with self._arrived:
                assert self._arrived.wait_for(lambda: self._calls, timeout=30)
                call, args, kwargs = self._calls.pop(0)
            call(*args, **kwargs)


def value(result: Deferred) -> object:
    found: list[object] = []
    result.addCallback(found.append)
    return found[0]


@pytest.fixture
def reactor() -> Reactor:
    return Reactor()


@pytest.fixture
def database(tmp_path: Path, reactor: Reactor):
    database = Database(f"sqlite:///{tmp_path}/test.db", reactor=reactor)
    database.start()
    yield database
    database.stop()


def thread_of(_connection: Connection) -> int:
    return threading.get_ident()


def test_work_runs_in_another_thread(database: Database, reactor: Reactor) -> None:
    result = database.read(thread_of)
    reactor.wait_for(result)
    assert value(result) != threading.get_ident()


def test_all_writing_is_done_by_one_thread(database: Database, reactor: Reactor) -> None:
    results = [database.write(thread_of) for _ in range(20)]
    for result in results:
        reactor.wait_for(result)
    assert len({value(result) for result in results}) == 1


def test_intake_overtakes_what_waits(database: Database, reactor: Reactor) -> None:
    order: list[str] = []
    go = threading.Event()

    def note(_connection: Connection, name: str) -> None:
        if name == "running":
            go.wait(30)
        order.append(name)

    database.write(note, "running")
    last = database.write(note, "deletion")
    database.write_first(note, "intake")
    go.set()
    reactor.wait_for(last)
    assert order == ["running", "intake", "deletion"]


def test_a_failure_reaches_who_asked_and_nobody_else(database: Database, reactor: Reactor) -> None:
    def fail(_connection: Connection) -> None:
        raise ValueError("mine")

    failing, working = database.write(fail), database.write(thread_of)
    reactor.wait_for(working)
    failures: list[object] = []
    failing.addErrback(lambda reason: failures.append(reason.value))
    assert [str(one) for one in failures] == ["mine"]


def test_without_a_reactor_work_is_done_at_once(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/test.db")
    assert run(database.write(thread_of)) == threading.get_ident()
    database.stop()


def test_work_that_fails_leaves_nothing(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/test.db")

    def half(connection: Connection) -> None:
        connection.execute(text("CREATE TABLE t (x INTEGER)"))
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011  it is the one from above
        database.write(half)
    tables = text("SELECT COUNT(*) FROM sqlite_master")
    assert run(database.read(lambda connection: connection.scalar(tables))) == 0
    database.stop()


def test_rows_stay_in_their_transaction(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/test.db")
    with pytest.raises(AssertionError, match="row"):
        database.read(lambda connection: connection.execute(text("SELECT 1")).all())
    database.stop()


def test_a_full_database(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/test.db")

    def fill(connection: Connection) -> None:
        connection.execute(text("CREATE TABLE t (x BLOB)"))
        connection.execute(text("PRAGMA max_page_count = 10"))
        connection.execute(text("INSERT INTO t VALUES (zeroblob(1000000))"))

    with pytest.raises(StoreFull):
        database.write(fill)
    database.stop()


class Broken(NamedTuple):
    sqlstate: str | None


@pytest.mark.parametrize(
    ("sqlstate", "expected"),
    [
        ("53100", StoreFull),
        ("57P01", StoreUnavailable),
        ("08006", StoreUnavailable),
        ("53300", StoreUnavailable),
        (None, StoreUnavailable),
        ("23505", DBAPIError),
    ],
)
def test_what_postgresql_reports(sqlstate: str | None, expected: type[Exception]) -> None:
    error = DBAPIError("", {}, Broken(sqlstate))
    assert type(translate(error)) is expected


@pytest.mark.parametrize("code", [sqlite3.SQLITE_BUSY, sqlite3.SQLITE_IOERR | 0x100])
def test_what_sqlite_reports(code: int) -> None:
    error = sqlite3.OperationalError("odd")
    error.sqlite_errorcode = code
    assert type(translate(OperationalError("", {}, error))) is StoreUnavailable


def test_a_transaction_that_lost_is_repeated(postgres_url: str) -> None:
    database = Database(postgres_url)
    tries: list[int] = []

    def lose_twice(connection: Connection) -> str:
        tries.append(1)
        if len(tries) < 3:
            connection.execute(text("DO $$ BEGIN RAISE EXCEPTION SQLSTATE '40P01'; END $$"))
        return "won"

    assert run(database.write(lose_twice)) == "won"
    assert len(tries) == 3
    database.stop()


def test_a_transaction_that_always_loses_is_given_up(postgres_url: str) -> None:
    database = Database(postgres_url)

    def lose(connection: Connection) -> None:
        connection.execute(text("DO $$ BEGIN RAISE EXCEPTION SQLSTATE '40001'; END $$"))

    with pytest.raises(Exception, match="40001") as error:
        database.write(lose)
    assert is_conflict(error.value)
    database.stop()


def test_a_connection_that_died_is_replaced(postgres_url: str) -> None:
    database = Database(postgres_url)
    suicide = text("SELECT pg_terminate_backend(pg_backend_pid())")
    with pytest.raises(StoreUnavailable):
        database.read(lambda connection: connection.scalar(suicide))
    assert run(database.read(lambda connection: connection.scalar(text("SELECT 1")))) == 1
    database.stop()


def test_transact_commits(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/test.db")
    transact(
        database.writer, lambda connection: connection.execute(text("CREATE TABLE t (x)")).close()
    )
    with sqlite3.connect(tmp_path / "test.db") as other:
        assert other.execute("SELECT COUNT(*) FROM t").fetchone() == (0,)
    other.close()
    database.stop()
