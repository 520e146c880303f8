import pytest
from twisted.internet.defer import Deferred

from fakes import outcomes
from mailcap.authentication.hashing import make_hasher
from mailcap.domain.errors import Busy
from mailcap.services.passwords import verify_password


class Thread:
    """A thread that works when the test says so."""

    def __init__(self):
        self.jobs = []

    def start(self, work):
        self.jobs.append((work, Deferred()))
        return self.jobs[-1][1]

    def finish(self):
        (work, ended), *self.jobs = self.jobs
        ended.callback(work())


@pytest.fixture
def thread():
    return Thread()


@pytest.fixture
def hash_for(thread):
    return make_hasher(thread.start)


def test_it_gives_the_hash_of_the_password(hash_for, thread):
    answer = outcomes(hash_for("alice", "hunter2"))
    assert answer == []
    thread.finish()
    assert verify_password("hunter2", answer[0])


def test_one_at_a_time_and_accounts_take_turns(hash_for, thread):
    many = [outcomes(hash_for("alice", f"password {number}")) for number in range(20)]
    few = outcomes(hash_for("bob", "hunter2"))
    assert len(thread.jobs) == 1
    thread.finish()
    assert len(thread.jobs) == 1
    thread.finish()
    thread.finish()
    assert verify_password("hunter2", few[0])
    assert sum(bool(answer) for answer in many) == 2


def test_only_so_many_of_an_account_wait(hash_for, thread):
    answers = [outcomes(hash_for("alice", "hunter2")) for _ in range(300)]
    refused = [answer[0] for answer in answers if answer]
    assert len(refused) > 200
    for failure in refused:
        assert failure.check(Busy)
    assert outcomes(hash_for("bob", "hunter2")) == []
    assert len(thread.jobs) == 1
