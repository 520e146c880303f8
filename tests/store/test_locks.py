"""What PostgreSQL holds for a node is what its sessions hold, whatever fails between."""

from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any

import pytest
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock

from fakes import outcomes
from mailcap.domain.errors import StoreUnavailable
from mailcap.domain.mailboxes import MailboxKey
from mailcap.store.database import Database
from mailcap.store.jobs import Job
from mailcap.store.locks import Locks
from support.postgres import PostgresServer
from support.stores import run

ANN, BOB, CAROL = (MailboxKey(f"{name}@example.com", "INBOX") for name in ("ann", "bob", "carol"))
PATIENCE = 30.0  # seconds for what takes a millisecond


class Lane:
    """Does jobs at once, as *inner* does; what is to `fail` fails, done or not."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self._failure: Exception | None = None
        self._is_done = False

    def stop(self) -> None:
        """Nothing is under way."""

    def submit(self, job: Job) -> Awaitable[Any]:
        if self._failure is None:
            return self._inner.submit(job)
        if self._is_done:
            self._inner.submit(job)
        failure, self._failure = self._failure, None
        raise failure

    def fail(self, failure: Exception, *, done: bool = False) -> None:
        """Fail the next job."""
        self._failure, self._is_done = failure, done


class Node:
    """The locks of a node, and how many of them PostgreSQL holds."""

    def __init__(self, url: str) -> None:
        self.database = Database(url)
        self.locks = Locks(self.database, None)
        self.lane = self.locks._lane = Lane(self.locks._lane)

    def take(self, key: MailboxKey) -> bool:
        return run(self.locks.take(1, key))

    def give_back(self, key: MailboxKey) -> None:
        run(self.locks.give_back(1, key))

    @property
    def on_the_server(self) -> int:
        connection = self.database.writer.raw_connection()
        query = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
        ((number,),) = connection.cursor().execute(query).fetchall()
        connection.close()
        return number

    def stop(self) -> None:
        self.locks.stop()
        self.database.disconnect()


@pytest.fixture
def node(postgres_url: str) -> Iterator[Node]:
    node = Node(postgres_url)
    yield node
    node.stop()


def test_what_is_taken_and_given_back_is_gone(node: Node) -> None:
    for _ in range(2):
        assert node.take(ANN)
        assert node.on_the_server == 1
        node.give_back(ANN)
        assert node.on_the_server == 0


def test_a_lock_that_could_not_be_given_back_goes_with_its_connection(node: Node) -> None:
    assert node.take(ANN)
    assert node.take(BOB)
    node.locks._advisory.close()  # by whatever failed slowly, so that others fail unheard
    node.lane.fail(StoreUnavailable("not tried"))
    node.give_back(ANN)
    assert node.take(CAROL)
    assert node.on_the_server == 2
    assert node.take(ANN)
    for key in (ANN, BOB, CAROL):
        node.give_back(key)
    assert node.on_the_server == 0


@pytest.mark.parametrize("is_lost", [False, True])
def test_a_lock_is_taken_once_however_often_it_is_asked_for(node: Node, is_lost: bool) -> None:
    assert node.take(ANN)
    node.lane.fail(CancelledError())
    with pytest.raises(CancelledError):
        node.give_back(ANN)
    if is_lost:
        node.locks._advisory.close()
    assert node.take(ANN)
    node.give_back(ANN)
    assert node.on_the_server == 0


def test_a_lock_for_which_nobody_waits_any_more_is_given_back(node: Node) -> None:
    node.lane.fail(CancelledError(), done=True)
    with pytest.raises(CancelledError):
        node.take(ANN)
    assert node.on_the_server == 0
    assert node.take(ANN)


@pytest.fixture
def postgres() -> Iterator[PostgresServer]:
    server = PostgresServer()
    yield server
    server.stop()


def test_a_server_that_has_fallen_silent(postgres: PostgresServer) -> None:
    node = Node(f"{postgres.create_database()}&connect_timeout=1")
    assert node.take(ANN)
    with postgres.paused():
        for _ in range(2):  # over a connection that is there, and over a new one
            with pytest.raises(StoreUnavailable):
                node.take(BOB)
    assert node.take(BOB)
    node.stop()


def test_to_stop_waits_for_no_server(postgres: PostgresServer, monkeypatch) -> None:
    reactor, begun = Clock(), SimpleQueue()
    reactor.callFromThread = lambda *_: None
    database = Database(f"{postgres.create_database()}&connect_timeout=600")
    locks = Locks(database, reactor)
    assert locks._advisory.take(1)

    @contextmanager
    def watched() -> Iterator[None]:
        begun.put(None)
        yield

    monkeypatch.setattr(database, "watched", watched)
    with postgres.paused():
        taking = outcomes(Deferred.fromCoroutine(locks.take(1, ANN)))
        reactor.advance(0)
        begun.get(timeout=PATIENCE)
        locks.stop()
    (failure,) = taking
    assert failure.check(StoreUnavailable)
    database.disconnect()
