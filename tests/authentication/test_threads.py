"""The authenticator as a server has it: passwords are verified in threads."""

import queue
import threading

import pytest
from twisted.internet.task import Clock
from twisted.python.threadpool import ThreadPool

from fakes import MemoryAccounts, outcome, outcomes
from mailcap.authentication import authenticator
from mailcap.authentication.authenticator import make_authenticator
from mailcap.domain.errors import AuthenticationFailed, TooManyFailures
from mailcap.services.accounts import Accounts

PATIENCE = 30  # seconds for what takes some milliseconds


class ThreadedClock(Clock):
    """A reactor with time and threads, run by the test."""

    def __init__(self):
        super().__init__()
        self._pool = ThreadPool(minthreads=1, maxthreads=8)
        self._calls = queue.SimpleQueue()

    def getThreadPool(self):
        if not self._pool.started:
            self._pool.start()
        return self._pool

    def callFromThread(self, function, *args, **kwargs):
        self._calls.put((function, args, kwargs))

    def run_one(self):
        """Wait for a thread to report, and hear it."""
        function, args, kwargs = self._calls.get(timeout=PATIENCE)
        function(*args, **kwargs)

    def stop(self):
        if self._pool.started:
            self._pool.stop()


@pytest.fixture
def reactor():
    clock = ThreadedClock()
    yield clock
    clock.stop()


@pytest.fixture
def accounts():
    accounts = Accounts(MemoryAccounts(), home_domain="home.mailcap")
    outcome(accounts.add_account("alice"))
    outcome(accounts.set_password("alice", "hunter2"))
    return accounts


@pytest.fixture
def threads_used(monkeypatch):
    """The threads in which passwords were verified."""
    seen = []
    original = authenticator.verify_password

    def verify(password, password_hash):
        seen.append(threading.get_ident())
        return original(password, password_hash)

    monkeypatch.setattr(authenticator, "verify_password", verify)
    return seen


def test_a_password_is_verified_in_another_thread(reactor, accounts, threads_used):
    door = make_authenticator(accounts._store, reactor)
    answer = outcomes(door.authenticate("alice", "hunter2", peer="192.0.2.1"))
    assert answer == []
    reactor.run_one()
    assert answer[0].account_name == "alice"
    assert threading.get_ident() not in threads_used
    assert len(threads_used) == 1


def test_so_is_a_wrong_one_and_the_delay_takes_no_thread(reactor, accounts, threads_used):
    door = make_authenticator(accounts._store, reactor)
    answer = outcomes(door.authenticate("nobody", "wrong", peer="192.0.2.1"))
    reactor.run_one()
    assert answer == []
    reactor.advance(0.5)
    assert answer[0].check(AuthenticationFailed)
    assert len(threads_used) == 1


def test_a_key_needs_no_thread(reactor, accounts, threads_used):
    key = outcome(accounts.add_key("alice", "ci")).secret
    door = make_authenticator(accounts._store, reactor)
    assert outcome(door.authenticate("alice", key, peer="192.0.2.1")).key_label == "ci"
    assert outcome(door.authenticate_key(key, peer="192.0.2.1")).key_label == "ci"
    assert threads_used == []


def test_a_flood_never_uses_more_threads_than_it_may(reactor, accounts, monkeypatch):
    running, most, lock = 0, 0, threading.Lock()
    original = authenticator.verify_password

    def verify(password, password_hash):
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        right = original(password, password_hash)
        with lock:
            running -= 1
        return right

    monkeypatch.setattr(authenticator, "verify_password", verify)
    monkeypatch.setattr(authenticator.os, "cpu_count", lambda: 4)
    door = make_authenticator(accounts._store, reactor)
    answers = [
        outcomes(door.authenticate("alice", "hunter2", peer=f"10.0.{number}.1"))
        for number in range(20)
    ]
    while not all(answers):
        reactor.run_one()
    assert all(answer[0].account_name == "alice" for answer in answers)
    assert most == 2


@pytest.mark.parametrize(("options", "refused"), [({}, 0), ({"trusted": ()}, 2)])
def test_loopback_is_trusted_unless_said_otherwise(reactor, accounts, options, refused):
    door = make_authenticator(accounts._store, reactor, **options)
    answers = []
    for _ in range(12):
        answers.append(outcomes(door.authenticate_key("wrong", peer="127.0.0.1")))
        reactor.advance(10)
    assert all(answer[0].check(AuthenticationFailed) for answer in answers)
    assert sum(answer[0].type is TooManyFailures for answer in answers) == refused
