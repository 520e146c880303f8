"""Writing is done by another process, reading in threads; nothing of it holds up the reactor."""

import fcntl
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection
from twisted.logger import capturedLogs

from mailcap.domain.errors import NotFound, StoreUnavailable
from mailcap.store.database import Database
from mailcap.store.processes import JobFailed
from support import jobs
from support.reactors import Reactor, running


@pytest.fixture
def reactor() -> Iterator[Reactor]:
    with running() as reactor:
        yield reactor


@pytest.fixture(params=["sqlite", "postgres"])
def database(
    request: pytest.FixtureRequest, tmp_path: Path, reactor: Reactor
) -> Iterator[Database]:
    url = (
        f"sqlite:///{tmp_path}/test.db"
        if request.param == "sqlite"
        else request.getfixturevalue("postgres_url")
    )
    database = Database(url, reactor=reactor)
    database.start()
    yield database
    reactor.result(database.stop())


def thread_of(_connection: Connection) -> int:
    return threading.get_ident()


def test_reading_happens_in_another_thread(database: Database, reactor: Reactor) -> None:
    assert reactor.result(database.read(thread_of)) != threading.get_ident()


def test_writing_happens_in_another_process(database: Database, reactor: Reactor) -> None:
    process = reactor.result(database.write(jobs.process_of))
    assert process != os.getpid()
    assert reactor.result(database.write(jobs.process_of)) == process


def test_sqlite_is_written_by_a_single_process(tmp_path: Path, reactor: Reactor) -> None:
    database = Database(f"sqlite:///{tmp_path}/test.db", reactor=reactor)
    writes = [database.write(jobs.process_of) for _ in range(20)]
    assert len({reactor.result(write) for write in writes}) == 1
    reactor.result(database.stop())


def test_on_postgresql_a_job_that_waits_holds_up_no_other(
    postgres_url: str, tmp_path: Path, reactor: Reactor
) -> None:
    database = Database(postgres_url, reactor=reactor)
    gate = tmp_path / "gate"
    with gate.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        waiting = database.write(jobs.note, "late", gate=str(gate))
        assert reactor.result(database.write(jobs.process_of))
    reactor.result(waiting)
    reactor.result(database.stop())


def test_large_values_go_both_ways(database: Database, reactor: Reactor) -> None:
    value = os.urandom(3 << 20)
    assert reactor.result(database.write(jobs.echo, value=value, size=2)) == value * 2


def test_a_failure_of_the_domain_comes_back_as_it_is(database: Database, reactor: Reactor) -> None:
    with pytest.raises(NotFound, match="nothing"):
        reactor.result(database.write(jobs.refuse))


def test_any_other_failure_tells_where_it_happened(database: Database, reactor: Reactor) -> None:
    with pytest.raises(JobFailed, match="in stumble") as error:
        reactor.result(database.write(jobs.stumble))
    assert "ZeroDivisionError: mine" in str(error.value)
    assert reactor.result(database.write(jobs.process_of))


def test_who_prints_disturbs_nobody(database: Database, reactor: Reactor) -> None:
    assert reactor.result(database.write(jobs.chatter)) == "done"


def test_a_process_that_dies_is_replaced(tmp_path: Path, reactor: Reactor) -> None:
    database = Database(f"sqlite:///{tmp_path}/test.db", reactor=reactor)
    reactor.result(database.write(jobs.note, "before"))
    dying = database.write(jobs.note_and_die, "lost")
    after = database.write_first(jobs.note, "after")
    with pytest.raises(StoreUnavailable) as error:
        reactor.result(dying)
    assert error.value.in_doubt
    assert "process ended" in error.value.detail
    reactor.result(after)
    assert reactor.result(database.read(jobs.notes)) == ["before", "after"]
    reactor.result(database.stop())


def test_a_process_that_cannot_be_started_is_tried_again(
    tmp_path: Path, reactor: Reactor, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(f"sqlite:///{tmp_path}/test.db", reactor=reactor)
    with monkeypatch.context() as patch:

        def refuse(*_arguments: object, **_more: object) -> None:
            raise BlockingIOError("too many processes")

        patch.setattr(reactor, "spawnProcess", refuse)
        with pytest.raises(StoreUnavailable) as error:
            reactor.result(database.write(jobs.process_of))
    assert "too many processes" in error.value.detail
    assert reactor.result(database.write(jobs.process_of)) != os.getpid()
    reactor.result(database.stop())


def test_a_process_that_was_killed_while_it_was_idle(tmp_path: Path, reactor: Reactor) -> None:
    database = Database(f"sqlite:///{tmp_path}/test.db", reactor=reactor)
    process = reactor.result(database.write(jobs.process_of))
    os.kill(process, signal.SIGKILL)
    reactor.run_until(lambda: not Path(f"/proc/{process}").exists())
    assert reactor.result(database.write(jobs.process_of)) != process
    reactor.result(database.stop())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_for_all_of_us_leaves_the_job_alone(
    tmp_path: Path, reactor: Reactor, number: int
) -> None:
    database = Database(f"sqlite:///{tmp_path}/test.db", reactor=reactor)
    process = reactor.result(database.write(jobs.process_of))
    os.kill(process, number)
    assert reactor.result(database.write(jobs.process_of)) == process
    reactor.result(database.stop())


def test_stopping_lets_what_runs_come_to_its_end(tmp_path: Path, reactor: Reactor) -> None:
    url = f"sqlite:///{tmp_path}/test.db"
    database = Database(url, reactor=reactor)
    gate = tmp_path / "gate"
    process = reactor.result(database.write(jobs.process_of))
    with gate.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        writing = database.write(jobs.note, "finished", gate=str(gate))
        refused = database.write(jobs.note, "never begun")
        stopping = database.stop()
    reactor.result(stopping)
    reactor.result(writing)
    with pytest.raises(StoreUnavailable):
        reactor.result(refused)
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
    again = Database(url)
    assert again.read(jobs.notes)._result == ["finished"]
    again.stop()


def test_stopping_does_not_wait_for_ever(
    tmp_path: Path, reactor: Reactor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailcap.store.processes._LAST_SECONDS", 0.1)
    url = f"sqlite:///{tmp_path}/test.db"
    database = Database(url, reactor=reactor)
    reactor.result(database.write(jobs.note, "before"))
    gate = tmp_path / "gate"
    with gate.open("w") as file, capturedLogs() as logs:
        fcntl.flock(file, fcntl.LOCK_EX)
        writing = database.write(jobs.note, "never ended", gate=str(gate))
        reactor.result(database.stop())
        with pytest.raises(StoreUnavailable) as error:
            reactor.result(writing)
    assert error.value.in_doubt
    assert [event["log_format"] for event in logs] == [
        "the store's writing process does not end, it is killed"
    ]
    again = Database(url)
    assert again.read(jobs.notes)._result == ["before"]
    again.stop()


def test_it_ends_when_whoever_started_it_is_gone(database: Database, reactor: Reactor) -> None:
    process = reactor.result(database.write(jobs.process_of))
    worker = database._writers._lane._workers[0]._process
    worker._finishing = True
    worker.transport.closeStdin()
    reactor.run_until(lambda: worker.ended.called)
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
