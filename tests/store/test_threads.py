"""Jobs are done by as few threads as it takes."""

import threading
from queue import SimpleQueue

import pytest
from twisted.internet.defer import CancelledError
from twisted.internet.task import Clock

from mailcap.domain.errors import NotFound, StoreUnavailable
from mailcap.store.jobs import Job
from mailcap.store.threads import _UNWAITED, Threads

PATIENCE = 30.0  # seconds for what takes a millisecond


class Reactor(Clock):
    """Time that a test moves; what threads have to tell waits until it is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.told: SimpleQueue = SimpleQueue()

    def callFromThread(self, function, *args):
        self.told.put((function, args))

    def listen(self) -> None:
        """Wait for a thread to tell something."""
        function, args = self.told.get(timeout=PATIENCE)
        function(*args)


class Gate:
    """A job that is done when the test says so, and who does it."""

    def __init__(self) -> None:
        self.begun: SimpleQueue = SimpleQueue()
        self._open = threading.Event()

    def __call__(self, outcome: object) -> object:
        self.begun.put(threading.get_ident())
        assert self._open.wait(PATIENCE)
        return outcome

    def open(self) -> None:
        self._open.set()

    def wait(self) -> int:
        """Return the thread that has begun the job."""
        return self.begun.get(timeout=PATIENCE)


@pytest.fixture
def reactor() -> Reactor:
    return Reactor()


@pytest.fixture
def threads(reactor):
    threads = Threads(reactor, lambda job: job.work(*job.args), count=2, name="test")
    yield threads
    threads.stop()


def results(*deferreds) -> list:
    found: list = []
    for one in deferreds:
        one.addCallbacks(found.append, lambda reason: found.append(reason.value))
    return found


def test_a_job_is_done_in_a_thread(threads, reactor):
    found = results(threads.submit(Job(threading.get_ident)))
    reactor.advance(0)
    assert found == []
    reactor.listen()
    assert found != [threading.get_ident()]


def test_jobs_are_collected_and_told_of_together(threads, reactor):
    found = results(*(threads.submit(Job(int, (number,))) for number in range(50)))
    assert len(reactor.getDelayedCalls()) == 1
    reactor.advance(0)
    reactor.listen()
    while len(found) < 50:  # on a slow machine they do not all fit into one telling
        reactor.listen()
    assert found == list(range(50))


def test_one_thread_does_what_it_finds(threads, reactor):
    gate = Gate()
    found = results(threads.submit(Job(gate, ("slow",))), threads.submit(Job(threading.get_ident)))
    reactor.advance(0)
    busy = gate.wait()
    gate.open()
    while len(found) < 2:
        reactor.listen()
    assert found == ["slow", busy]


def test_another_thread_joins_when_a_slow_job_holds_up_others(threads, reactor):
    gate = Gate()
    found = results(threads.submit(Job(gate, ("slow",))), threads.submit(Job(int, (2,))))
    reactor.advance(0)
    gate.wait()
    reactor.advance(0.02)
    reactor.listen()
    assert found == [2]
    gate.open()
    reactor.listen()
    assert found == [2, "slow"]


def test_as_many_threads_as_there_are_and_no_more(threads, reactor):
    gates = [Gate() for _ in range(3)]
    found = results(*(threads.submit(Job(gate, (n,))) for n, gate in enumerate(gates)))
    for _ in range(5):
        reactor.advance(0.02)
    assert gates[0].wait() != gates[1].wait()
    assert gates[2].begun.empty()
    gates[0].open()
    gates[2].wait()
    reactor.advance(0.02)
    assert found == [0]  # though its thread is busy
    for gate in gates:
        gate.open()
    while len(found) < 3:
        reactor.listen()
    assert set(found) == {0, 1, 2}


def test_nobody_is_called_for_nothing(threads, reactor):
    results(threads.submit(Job(int)))
    reactor.advance(0)
    reactor.listen()
    reactor.advance(1)
    assert reactor.getDelayedCalls() == []


def test_urgent_jobs_overtake_in_their_order(threads, reactor):
    found = results(*(threads.submit(Job(int, (n,)), urgent=n > 1) for n in range(4)))
    reactor.advance(0)
    while len(found) < 4:
        reactor.listen()
    assert found == [2, 3, 0, 1]


def test_what_goes_wrong_is_told_and_the_next_job_is_done(threads, reactor):
    def refuse() -> None:
        raise NotFound("There is nothing.")

    found = results(threads.submit(Job(refuse)), threads.submit(Job(int, (2,))))
    reactor.advance(0)
    while len(found) < 2:
        reactor.listen()
    assert [type(one) for one in found] == [NotFound, int]


def test_those_behind_a_job_that_waited_in_vain(threads, reactor, monkeypatch):
    time = iter(range(0, 1000, 5))
    monkeypatch.setattr("mailcap.store.threads.monotonic", lambda: next(time))

    def wait_in_vain() -> None:
        raise StoreUnavailable("Not now.", detail="it is silent")

    found = results(*(threads.submit(Job(work)) for work in (wait_in_vain, int, int)))
    reactor.advance(0)
    while len(found) < 3:
        reactor.listen()
    assert {type(one) for one in found} == {StoreUnavailable}
    assert {one.detail for one in found} == {"it is silent"}
    again = results(threads.submit(Job(int)))
    reactor.advance(0)
    while not again:
        reactor.listen()
    assert again == [0]


@pytest.fixture
def awaited(reactor):
    """Threads whose outcomes the reactor waits for."""
    threads = Threads(reactor, lambda job: job.work(*job.args), count=2, name="test", waits=True)
    yield threads
    threads.stop()


def test_short_jobs_can_be_waited_for(awaited, reactor, monkeypatch):
    monkeypatch.setattr("mailcap.store.threads._TOGETHER", PATIENCE)
    found = results(*(awaited.submit(Job(int, (number,))) for number in range(50)))
    reactor.advance(0)
    assert found == list(range(50))
    found = results(awaited.submit(Job(threading.get_ident)))
    reactor.advance(0)
    assert found != [threading.get_ident()]
    assert reactor.told.empty()


def test_nobody_waits_for_long_jobs_nor_soon_behind_one(awaited, reactor, monkeypatch):
    monkeypatch.setattr("mailcap.store.threads._TOGETHER", 0.0)
    gate = Gate()
    long = results(awaited.submit(Job(gate, ("long",))))
    reactor.advance(0)
    gate.wait()
    assert long == []
    monkeypatch.setattr("mailcap.store.threads._TOGETHER", PATIENCE)
    for number in range(_UNWAITED):
        found = results(awaited.submit(Job(int, (number,))))
        reactor.advance(0)
        assert found == []
        reactor.listen()
        assert found == [number]
        if number == 0:
            gate.open()
            reactor.listen()
    assert long == ["long"]
    last = results(awaited.submit(Job(int, (7,))))
    reactor.advance(0)
    assert last == [7]


def test_what_nobody_waits_for_is_not_done(threads, reactor):
    done: list[str] = []
    gone, stays = (threads.submit(Job(done.append, (name,))) for name in ("gone", "stays"))
    found = results(gone, stays)
    gone.cancel()
    reactor.advance(0)
    reactor.listen()
    assert done == ["stays"]
    assert [type(one) for one in found] == [CancelledError, type(None)]


def test_what_is_cancelled_while_it_is_done_disturbs_nobody(threads, reactor):
    gate = Gate()
    running = threads.submit(Job(gate, (1,)))
    found = results(running)
    reactor.advance(0)
    gate.wait()
    running.cancel()
    gate.open()
    reactor.listen()
    assert [type(one) for one in found] == [CancelledError]


def test_stopping_lets_jobs_end_and_starts_no_other(reactor):
    threads = Threads(reactor, lambda job: job.work(*job.args), count=1, name="test")
    threads.start()
    gate = Gate()
    running = threads.submit(Job(gate, ("finished",)))
    reactor.advance(0)
    gate.wait()
    waiting = threads.submit(Job(int))
    gate.open()
    stopped = threads.stop()
    reactor.listen()
    assert results(running, stopped) == ["finished", None]
    refused = results(waiting, threads.submit(Job(int)))
    assert [type(one) for one in refused] == [StoreUnavailable] * 2


def test_stopping_does_not_wait_for_ever(reactor, monkeypatch):
    monkeypatch.setattr("mailcap.store.threads._LAST_SECONDS", 0.01)
    threads = Threads(reactor, lambda job: job.work(*job.args), count=2, name="test")
    gate = Gate()
    found = results(threads.submit(Job(gate, ("late",))))
    reactor.advance(0)
    gate.wait()
    assert threads.stop().called
    assert found == []
    gate.open()
    reactor.listen()
    assert found == ["late"]


def test_what_was_never_started_can_be_stopped(reactor):
    threads = Threads(reactor, print, count=3, name="test")
    assert threads.stop().called
