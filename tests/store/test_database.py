"""Transactions: where they run, in which order, and what their failures are called."""

import sqlite3
import threading
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, OperationalError

from mailcap.domain.errors import StoreFull, StoreUnavailable
from mailcap.store.database import Database, transact
from mailcap.store.failures import is_conflict, translate
from support.reactors import running
from support.stores import run


def thread_of(_connection: Connection) -> int:
    return threading.get_ident()


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


def test_a_look_reads_what_is_committed(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/test.db")
    run(database.write(lambda connection: connection.execute(text("CREATE TABLE t (x)")).close()))
    insert = text("INSERT INTO t VALUES (1)")
    count = text("SELECT count(*) FROM t")
    for expected in (1, 2):
        run(database.write(lambda connection: connection.execute(insert).close()))
        assert run(database.look(lambda connection: connection.scalar(count))) == expected
    database.stop()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_looking_for_what_is_not_there(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """In threads, as a daemon does it; a failure spoils nothing for those behind it."""
    url = f"sqlite:///{tmp_path}/test.db"
    if kind == "postgresql":
        url = request.getfixturevalue("postgres_url")
    with running() as reactor:
        database = Database(url, reactor=reactor)
        for _ in range(20):
            broken = database.look(lambda connection: connection.scalar(text("SELECT x FROM t")))
            with pytest.raises(DBAPIError):
                reactor.result(broken)
            with pytest.raises(AssertionError, match="row"):
                reactor.result(
                    database.look(lambda connection: connection.execute(text("SELECT 1")).all())
                )
            one = database.look(lambda connection: connection.scalar(text("SELECT 1")))
            assert reactor.result(one) == 1
        reactor.result(database.stop())


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
        ("23505", DBAPIError),
    ],
)
def test_what_postgresql_reports(sqlstate: str | None, expected: type[Exception]) -> None:
    error = DBAPIError("", {}, Broken(sqlstate))
    assert type(translate(error)) is expected


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (psycopg.OperationalError, StoreUnavailable),  # no connection, or a broken one
        (psycopg.InterfaceError, StoreUnavailable),
        (psycopg.DataError, psycopg.DataError),  # a text with NUL, say
        (psycopg.ProgrammingError, psycopg.ProgrammingError),
    ],
)
def test_what_psycopg_reports_by_itself(kind: type[Exception], expected: type[Exception]) -> None:
    assert type(translate(kind("odd"))) is expected
    wrapped = DBAPIError("", {}, kind("odd"))
    assert type(translate(wrapped)) is (DBAPIError if expected is kind else expected)


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


def test_only_a_lost_commit_is_in_doubt(postgres_url: str) -> None:
    database = Database(postgres_url)

    def fail(connection: Connection, statement: str) -> None:
        connection.execute(text(statement))

    suicide = "SELECT pg_terminate_backend(pg_backend_pid())"
    at_commit = """
        CREATE TEMPORARY TABLE t (x int);
        CREATE FUNCTION pg_temp.die() RETURNS trigger LANGUAGE plpgsql
            AS 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END';
        CREATE CONSTRAINT TRIGGER late AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION pg_temp.die();
        INSERT INTO t VALUES (1)
    """
    for statement, in_doubt in ((suicide, False), (at_commit, True)):
        with pytest.raises(StoreUnavailable) as error:
            database.write(fail, statement)
        assert error.value.in_doubt is in_doubt
        assert "terminat" in error.value.detail
        assert "terminat" not in str(error.value)
    database.stop()


def test_a_url_may_say_how_to_connect(postgres_url: str) -> None:
    database = Database(f"{postgres_url}&application_name=mine&connect_timeout=7")
    name = text("SELECT application_name FROM pg_stat_activity WHERE pid = pg_backend_pid()")
    assert run(database.look(lambda connection: connection.scalar(name))) == "mine"
    idle = text("SHOW idle_in_transaction_session_timeout")
    assert run(database.look(lambda connection: connection.scalar(idle))) == "14s"
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
