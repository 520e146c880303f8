"""Jobs wait for a worker, the urgent ones before the others."""

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from mailcap.domain.errors import NotFound, StoreFull, StoreUnavailable
from mailcap.store.jobs import Job
from mailcap.store.queue import Queue


class Worker:
    """Is told by the test when its job is done."""

    def __init__(self) -> None:
        self.started = 0
        self.stopped = False
        self.jobs: list[str] = []
        self.running: Deferred[str] | None = None

    def start(self) -> None:
        self.started += 1

    def run(self, job: Job) -> Deferred[str]:
        assert self.running is None, "one job at a time"
        self.jobs.append(job.args[0])
        self.running = Deferred()
        return self.running

    def end(self, outcome: object = "done") -> None:
        running, self.running = self.running, None
        assert running is not None
        if isinstance(outcome, Exception):
            running.errback(outcome)
        else:
            running.callback(outcome)

    def stop(self) -> Deferred[None]:
        self.stopped = True
        self.ending: Deferred[None] = Deferred()
        return self.ending


def job(name: str) -> Job:
    return Job(print, (name,))


def results(*deferreds: Deferred[object]) -> list[object]:
    found: list[object] = []
    for one in deferreds:
        one.addCallbacks(found.append, lambda reason: found.append(reason.value))
    return found


@pytest.mark.parametrize(
    ("error", "seconds", "refused"),
    [
        (StoreUnavailable("", detail="it is silent"), 5.0, True),
        (StoreUnavailable("", detail="it refuses"), 0.1, False),
        (StoreFull(""), 5.0, False),
        (NotFound(""), 5.0, False),
    ],
)
def test_those_behind_a_job_that_waited_in_vain(
    worker: Worker, error: Exception, seconds: float, refused: bool
) -> None:
    clock = Clock()
    queue = Queue([worker], now=clock.seconds)
    found = results(queue.submit(job("a")))
    behind = results(queue.submit(job("b")), queue.submit(job("c"), urgent=True))
    clock.advance(seconds)
    worker.end(error)
    assert found == [error]
    assert [type(one) for one in behind] == [StoreUnavailable] * 2 * refused
    assert len(worker.jobs) == (1 if refused else 2)
    assert all(one.detail == "it is silent" for one in behind)
    results(queue.submit(job("d")))
    assert worker.jobs[-1] == ("d" if refused else "c")


@pytest.fixture
def worker() -> Worker:
    return Worker()


def test_only_the_first_worker_gets_ready_in_advance(worker: Worker) -> None:
    other = Worker()
    Queue([worker, other]).start()
    assert (worker.started, other.started) == (1, 0)


def test_an_urgent_job_overtakes_those_that_wait(worker: Worker) -> None:
    queue = Queue([worker])
    for name, urgent in (
        ("running", False),
        ("deletion", False),
        ("intake", True),
        ("last", False),
    ):
        queue.submit(job(name), urgent=urgent)
    for _ in range(4):
        worker.end()
    assert worker.jobs == ["running", "intake", "deletion", "last"]


def test_as_many_jobs_run_as_there_are_workers_and_the_first_are_preferred(worker: Worker) -> None:
    other = Worker()
    queue = Queue([worker, other])
    queue.submit(job("a"))
    worker.end()
    queue.submit(job("b"))
    queue.submit(job("c"))
    queue.submit(job("d"))
    assert (worker.jobs, other.jobs) == (["a", "b"], ["c"])
    other.end()
    assert other.jobs == ["c", "d"]


def test_the_next_job_is_begun_before_anyone_is_told(worker: Worker) -> None:
    queue = Queue([worker])
    begun: list[list[str]] = []
    queue.submit(job("a")).addCallback(lambda _: begun.append(list(worker.jobs)))
    queue.submit(job("b"))
    worker.end()
    assert begun == [["a", "b"]]


def test_a_failure_reaches_who_asked_and_the_next_job_runs(worker: Worker) -> None:
    queue = Queue([worker])
    found = results(queue.submit(job("a")), queue.submit(job("b")))
    error = ValueError("mine")
    worker.end(error)
    worker.end("fine")
    assert found == [error, "fine"]


def test_stopping_waits_for_what_runs_and_refuses_the_rest(worker: Worker) -> None:
    queue = Queue([worker])
    running, waiting, urgent = (
        queue.submit(job("a")),
        queue.submit(job("b")),
        queue.submit(job("c"), urgent=True),
    )
    stopping = queue.stop()
    refused = results(waiting, urgent, queue.submit(job("d")))
    assert [type(one) for one in refused] == [StoreUnavailable] * 3
    worker.end("finished")
    assert results(running) == ["finished"]
    assert worker.stopped
    assert not stopping.called
    worker.ending.callback(None)
    assert stopping.called
    assert worker.jobs == ["a"]
