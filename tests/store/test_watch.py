"""A server that says nothing any more is noticed; one that is only slow is left alone."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, text

from mailcap.domain.errors import StoreUnavailable
from mailcap.store.database import Database
from support.postgres import PostgresServer
from support.stores import run


@pytest.fixture
def postgres() -> Iterator[PostgresServer]:
    server = PostgresServer()
    yield server
    server.stop()


@contextmanager
def opened(url: str) -> Iterator[Database]:
    database = Database(f"{url}&connect_timeout=1")
    yield database
    database.stop()


def one(connection: Connection) -> int:
    return connection.scalar(text("SELECT 1"))


def sleep(connection: Connection) -> None:
    connection.execute(text("SELECT pg_sleep(3)")).close()


def test_a_server_that_is_paused(postgres: PostgresServer) -> None:
    with opened(postgres.create_database()) as database:
        assert run(database.look(one)) == 1
        with postgres.paused():
            for _ in range(2):  # over a connection that is there, and over a new one
                with pytest.raises(StoreUnavailable):
                    database.look(one)
        assert run(database.look(one)) == 1


def test_a_server_that_is_slow(postgres_url: str) -> None:
    with opened(postgres_url) as database:
        run(database.look(sleep))
