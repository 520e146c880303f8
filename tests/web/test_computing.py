"""Small things are computed at once, large ones where they hold up nobody, a few at a time."""

import pytest
from twisted.internet.defer import Deferred, succeed
from twisted.python.failure import Failure

from fakes import outcome, outcomes
from mailcap.domain.accounts import Identity
from mailcap.domain.errors import Busy
from mailcap.web.api.computing import HEAVY, Computing
from mailcap.web.limits import Budget

ALICE = Identity(account=1, account_name="alice")
BOB = Identity(account=2, account_name="bob")


class Threads:
    """Notes what it is given, and does it when it is told to."""

    def __init__(self) -> None:
        self.running: list[tuple] = []

    def __call__(self, work) -> Deferred:
        self.running.append((work, Deferred()))
        return self.running[-1][1]

    def finish(self) -> None:
        work, ended = self.running.pop(0)
        ended.callback(work())


@pytest.fixture
def budget() -> Budget:
    return Budget(10 * HEAVY)


@pytest.fixture
def threads() -> Threads:
    return Threads()


@pytest.fixture
def computing(threads, budget) -> Computing:
    return Computing(threads, budget)


@pytest.mark.parametrize("octets", [0, HEAVY - 1])
def test_small_things_are_computed_here(computing, threads, octets):
    assert outcome(computing.of(ALICE, octets, "{}-{a}".format, 1, a=2)) == "1-2"
    assert threads.running == []


def test_large_things_are_computed_elsewhere(computing, threads):
    ended = outcomes(computing.of(ALICE, HEAVY, "{}-{a}".format, 1, a=2))
    assert ended == []
    threads.finish()
    assert ended == ["1-2"]


def test_accounts_take_turns(computing, threads):
    done = []
    for _ in range(4):
        outcomes(computing.of(ALICE, HEAVY, done.append, "alice"))
    outcomes(computing.of(BOB, HEAVY, done.append, "bob"))
    assert len(threads.running) == 2
    while threads.running:
        threads.finish()
    assert done == ["alice", "alice", "alice", "bob", "alice"]


def test_what_waits_is_bounded(computing, threads, budget):
    for _ in range(10):
        outcomes(computing.of(ALICE, HEAVY, int))
    (refusal,) = outcomes(computing.of(BOB, HEAVY, int))
    assert isinstance(refusal, Failure)
    assert refusal.type is Busy
    threads.finish()
    assert outcomes(computing.of(BOB, HEAVY, int)) == []
    while threads.running:
        threads.finish()
    assert budget.free == 10 * HEAVY


def test_who_has_gone_holds_nothing(computing, threads, budget):
    waiting = [Deferred.fromCoroutine(computing.of(ALICE, HEAVY, int)) for _ in range(5)]
    for each in waiting:
        each.addErrback(lambda _: None)
        each.cancel()
    assert budget.free == 10 * HEAVY
    assert len(threads.running) == 2
    while threads.running:
        threads.finish()
    assert len(threads.running) == 0  # nobody wants the other three


@pytest.mark.parametrize("octets", [0, HEAVY])
def test_what_goes_wrong_is_raised(budget, octets):
    computing = Computing(lambda work: succeed(work()), budget)
    with pytest.raises(ZeroDivisionError):
        outcome(computing.of(ALICE, octets, divmod, 1, 0))
    assert budget.free == 10 * HEAVY
