"""However much fails, and however often, the operator reads a few lines."""

from collections.abc import Iterator
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.logger import capturedLogs, formatEvent
from twisted.python.failure import Failure

from mailcap.domain.errors import NotFound, StoreFull, StoreUnavailable
from mailcap.store.jobs import Job
from mailcap.store.outages import Outage, Reported

GONE = StoreUnavailable("for clients", detail="it is gone")


class Lane:
    """Fails with what the test says, or does the job."""

    failure: Exception | None = None

    def start(self) -> None:
        self.started = True

    def stop(self) -> Deferred[None]:
        self.stopping: Deferred[None] = Deferred()
        return self.stopping

    def submit(self, job: Job, *, urgent: bool = False) -> Deferred[Any]:
        done: Deferred[Any] = Deferred()
        if self.failure:
            done.errback(self.failure)
        else:
            done.callback((job, urgent))
        return done


class Bench:
    """A lane, and what the log says of it."""

    def __init__(self, events: list[dict[str, Any]]) -> None:
        self.events = events
        self.clock = Clock()
        self.lane = Lane()
        self.reported = Reported(self.lane, Outage("Writing", now=self.clock.seconds))

    def run(self, failure: Exception | None = None, *, times: int = 1) -> None:
        self.lane.failure = failure
        for _ in range(times):
            result = self.reported.submit(Job(print))
            if failure is not None:
                result.addErrback(self._expect, failure)

    def _expect(self, reason: Failure, failure: Exception) -> None:
        assert reason.value is failure

    @property
    def lines(self) -> list[str | None]:
        return [formatEvent(event) for event in self.events]


@pytest.fixture
def bench() -> Iterator[Bench]:
    with capturedLogs() as events:
        yield Bench(events)


def test_what_is_done_is_handed_on(bench: Bench) -> None:
    job = Job(print)
    bench.reported.start()
    assert bench.lane.started
    assert bench.reported.submit(job, urgent=True).result == (job, True)
    assert bench.reported.stop() is bench.lane.stopping
    assert bench.lines == []


def test_one_line_at_the_beginning_and_one_at_the_end(bench: Bench) -> None:
    bench.run(GONE, times=1000)
    bench.clock.advance(30)
    bench.run(GONE, times=1000)
    bench.clock.advance(2)
    bench.run(times=1000)
    first, last = bench.lines
    assert first.startswith("Writing fails (1 so far): it is gone. Clients are told to try again")
    assert "See to it that the database answers" in first
    assert last == "Writing works again: it failed 2000 times in 30.0 s"


def test_one_line_a_minute_meanwhile(bench: Bench) -> None:
    for _ in range(1799):
        bench.run(GONE)
        bench.clock.advance(0.125)
    assert [event["count"] for event in bench.events] == [1, 481, 961, 1441]


def test_what_comes_and_goes_is_one_outage(bench: Bench) -> None:
    for _ in range(100):
        bench.run(GONE)
        bench.run()
        bench.clock.advance(0.1)
    assert len(bench.lines) == 1
    bench.clock.advance(2)
    bench.run()
    assert len(bench.lines) == 2


def test_outages_one_after_the_other_are_no_flood(bench: Bench) -> None:
    for _ in range(12):
        bench.run(GONE)
        bench.clock.advance(2.5)
        bench.run()
        bench.clock.advance(2.5)
    assert len(bench.lines) == 2


def test_a_full_disk_has_a_remedy_of_its_own(bench: Bench) -> None:
    bench.run(StoreFull("for clients"))
    assert "fails (1 so far): for clients. " in bench.lines[0]
    assert "Make room" in bench.lines[0]


def test_other_failures_are_no_outage(bench: Bench) -> None:
    bench.run(NotFound("nothing"))
    assert bench.lines == []


def test_who_is_stopping_is_not_out(bench: Bench) -> None:
    bench.reported.stop()
    bench.run(GONE)
    assert bench.lines == []
