"""Behind a commit everybody hears which mailboxes have changed, whoever changed them."""

from collections.abc import Collection, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from twisted.internet.task import Clock

from mailcap.domain.errors import NotFound, StoreUnavailable
from mailcap.store.database import Database, transact
from mailcap.store.listening import Lookout
from support import jobs
from support.reactors import Reactor, running
from support.stores import Bench


class Heard:
    """What was told, in turn."""

    def __init__(self) -> None:
        self.all: list[Collection[int] | None] = []

    def __call__(self, mailboxes: Collection[int] | None) -> None:
        self.all.append(mailboxes if mailboxes is None else set(mailboxes))

    def of(self, *mailboxes: int) -> bool:
        return set(mailboxes) in self.all


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def reactor() -> Iterator[Reactor]:
    with running() as reactor:
        yield reactor


@pytest.fixture
def file(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/test.db"


def test_at_once_without_a_reactor(file: str, heard: Heard) -> None:
    database = Database(file, tell=heard)
    database.write(jobs.change, [1, 2])
    database.write(jobs.change, [])
    with pytest.raises(NotFound):
        database.write(jobs.change, [3], fail=True)
    database.write(jobs.change, [4])
    assert heard.all == [{1, 2}, {4}]
    database.stop()


def test_every_change_of_mail_is_told(file: str, heard: Heard) -> None:
    bench = Bench(file, tell=heard)
    (message,) = bench.deliver("a@public.test")
    boxes = {row[0] for row in bench.sql("SELECT id FROM mailboxes")}
    assert heard.all == [boxes]
    bench.store.mail.delete(bench.admin, "a@public.test", message)
    assert heard.all == [boxes] * 2
    bench.close()


def test_by_the_process_that_writes(file: str, heard: Heard, reactor: Reactor) -> None:
    database = Database(file, reactor=reactor, tell=heard)
    database.start()
    writing = database.write(jobs.change, [5, 6])
    told_first: list[bool] = []
    writing.addCallback(lambda _: told_first.append(heard.of(5, 6)))
    reactor.result(writing)
    assert told_first == [True]
    with pytest.raises(NotFound):
        reactor.result(database.write(jobs.change, [7], fail=True))
    reactor.result(database.stop())
    assert [one for one in heard.all if one is not None] == [{5, 6}]


def test_by_another_process_on_sqlite(file: str, heard: Heard, reactor: Reactor) -> None:
    database = Database(file, reactor=reactor, tell=heard)
    database.start()
    ear = database._others[0]
    reactor.run_until(lambda: ear._version is not None)
    reactor.result(database.write(jobs.note, "ours"))
    before = ear._version
    reactor.result(ear._look())
    assert (ear._version, heard.all) == (before, [])
    other = Database(file)
    other.write(jobs.note, "theirs")
    other.stop()
    reactor.run_until(lambda: heard.all)
    assert heard.all == [None]
    reactor.result(database.stop())


def test_by_any_node_on_postgresql(postgres_url: str, heard: Heard, reactor: Reactor) -> None:
    database = Database(postgres_url, reactor=reactor, tell=heard)
    database.start()
    reactor.run_until(lambda: heard.all)
    assert heard.all == [None]  # what came before, it has not heard
    other = Database(postgres_url)
    other.write(jobs.change, [8, 9])
    reactor.run_until(lambda: heard.of(8, 9))
    reactor.result(database.write(jobs.change, [10]))
    reactor.run_until(lambda: heard.of(10))
    many = list(range(1_000_000, 1_002_000))
    other.write(jobs.change, many)
    reactor.run_until(lambda: heard.all[-1] is None)
    assert heard.all == [None, {8, 9}, {10}, None]
    other.stop()
    reactor.result(database.stop())


def test_a_listener_that_lost_its_connection_comes_back(
    postgres_url: str, heard: Heard, reactor: Reactor
) -> None:
    database = Database(postgres_url, reactor=reactor, tell=heard)
    database.start()
    reactor.run_until(lambda: heard.all)
    others = text(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE datname = current_database() AND query LIKE 'LISTEN%'"
    )
    other = Database(postgres_url)
    assert transact(other.writer, lambda connection: connection.scalar(others)) == 1
    reactor.run_until(lambda: len(heard.all) == 2)
    assert heard.all == [None, None]
    other.write(jobs.change, [11])
    reactor.run_until(lambda: heard.of(11))
    other.stop()
    reactor.result(database.stop())


class Lane:
    """Writers that have this version of the database, or fail."""

    version: int | Exception = 1

    async def submit(self, job: object) -> int:  # noqa: ARG002
        if isinstance(self.version, Exception):
            raise self.version
        return self.version


def test_who_looked_in_vain_is_told_to_look_again(heard: Heard) -> None:
    clock, lane = Clock(), Lane()
    lookout = Lookout(clock, lane, heard)
    lookout.start()
    clock.advance(1)
    lane.version = StoreUnavailable("just now")
    clock.pump([1, 1])
    assert heard.all == []
    lane.version = 1
    clock.pump([1, 1])
    assert heard.all == [None]
    lookout.stop()
