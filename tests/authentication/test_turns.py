import pytest
from twisted.internet.defer import CancelledError, Deferred

from fakes import outcomes
from mailcap.authentication.sources import Source
from mailcap.authentication.turns import Turns
from mailcap.domain.errors import Busy

MANY = Source("192.0.2.0/24")
FEW = Source("198.51.100.0/24")
HOME = Source("127.0.0.0/24", trusted=True)


class Threads:
    """Threads that work when the test says so."""

    def __init__(self):
        self.jobs = []
        self.most = 0

    def start(self, work):
        self.jobs.append((work, Deferred()))
        self.most = max(self.most, len(self.jobs))
        return self.jobs[-1][1]

    def finish(self):
        """End the job that began first, and return what it gave."""
        work, ended = self.jobs.pop(0)
        try:
            result = work()
        except ValueError as error:
            ended.errback(error)
            return error
        ended.callback(result)
        return result


@pytest.fixture
def threads():
    return Threads()


@pytest.fixture
def turns(threads):
    return Turns(threads.start, workers=2, per_source=5, most=20)


def test_what_the_work_gives_comes_back(turns, threads):
    answer = outcomes(turns.run(lambda: "yes", source=FEW))
    assert answer == []
    threads.finish()
    assert answer == ["yes"]


def test_what_it_raises_comes_back_too_and_frees_the_place(turns, threads):
    def broken():
        raise ValueError("broken")

    answers = [outcomes(turns.run(broken, source=FEW)) for _ in range(3)]
    for _ in answers:
        threads.finish()
    assert all(answer[0].check(ValueError) for answer in answers)
    again = outcomes(turns.run(lambda: "fine", source=FEW))
    threads.finish()
    assert again == ["fine"]


def test_only_so_many_run_at_a_time(turns, threads):
    for number in range(7):
        turns.run(lambda number=number: number, source=FEW)
    done = []
    while threads.jobs:
        done.append(threads.finish())
    assert done == list(range(7))
    assert threads.most == 2


def test_those_who_come_late_from_elsewhere_wait_for_one_turn_only(turns, threads):
    for number in range(7):
        turns.run(lambda number=number: f"many {number}", source=MANY)
    turns.run(lambda: "few 0", source=FEW)
    turns.run(lambda: "few 1", source=FEW)
    order = []
    while threads.jobs:
        order.append(threads.finish())
    assert order == [
        "many 0",
        "many 1",
        "many 2",
        "few 0",
        "many 3",
        "few 1",
        "many 4",
        "many 5",
        "many 6",
    ]


def test_one_source_fills_its_own_queue_and_no_other(turns, threads):
    for _ in range(7):
        turns.run(lambda: None, source=MANY)
    refused = outcomes(turns.run(lambda: None, source=MANY))
    assert refused[0].check(Busy)
    admitted = outcomes(turns.run(lambda: "in", source=FEW))
    while threads.jobs:
        threads.finish()
    assert admitted == ["in"]


def test_a_trusted_source_may_send_a_thousand_at_once_within_reason(threads):
    turns = Turns(threads.start, workers=1, per_source=5, most=1000)
    answers = [outcomes(turns.run(lambda: True, source=HOME)) for _ in range(1001)]
    refused = outcomes(turns.run(lambda: True, source=HOME))
    assert refused[0].check(Busy)
    while threads.jobs:
        threads.finish()
    assert answers == [[True]] * 1001


def test_many_sources_together_are_bounded_too(turns, threads):
    answers = [
        outcomes(turns.run(lambda: True, source=Source(f"192.0.{number}.0/24")))
        for number in range(30)
    ]
    assert sum(1 for answer in answers if answer) == 30 - 2 - 20
    while threads.jobs:
        threads.finish()
    assert sum(1 for answer in answers if answer == [True]) == 22


def test_there_is_room_again_for_as_many_when_all_are_done(turns, threads):
    for _ in range(10):
        answers = [
            outcomes(turns.run(lambda: True, source=Source(f"192.0.{number}.0/24")))
            for number in range(22)
        ]
        while threads.jobs:
            threads.finish()
        assert answers == [[True]] * 22


def test_whoever_gives_up_waiting_costs_nothing(turns, threads):
    for _ in range(2):
        turns.run(lambda: "running", source=FEW)
    waiting = [turns.run(lambda: "never", source=MANY) for _ in range(3)]
    ended = [outcomes(each) for each in waiting]
    last = outcomes(turns.run(lambda: "last", source=MANY))
    for each in waiting:
        each.cancel()
    assert all(answer[0].check(CancelledError) for answer in ended)
    assert [threads.finish() for _ in range(3)] == ["running", "running", "last"]
    assert threads.jobs == []
    assert last == ["last"]


def test_giving_up_while_it_runs_does_not_free_its_thread_early(turns, threads):
    running = [turns.run(lambda: "done", source=MANY) for _ in range(2)]
    for each in running:
        outcomes(each)
        each.cancel()
    following = outcomes(turns.run(lambda: "next", source=FEW))
    assert len(threads.jobs) == 2
    threads.finish()
    assert len(threads.jobs) == 2
    while threads.jobs:
        threads.finish()
    assert following == ["next"]
    assert threads.most == 2


def test_a_full_queue_admits_again_when_it_has_moved_on(turns, threads):
    for _ in range(7):
        turns.run(lambda: None, source=MANY)
    assert outcomes(turns.run(lambda: None, source=MANY))[0].check(Busy)
    threads.finish()
    admitted = outcomes(turns.run(lambda: "in", source=MANY))
    while threads.jobs:
        threads.finish()
    assert admitted == ["in"]
