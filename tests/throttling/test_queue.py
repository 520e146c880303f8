"""The queue against a model that looks at everything each time."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from mailcap.throttling.queue import Place, Queue
from mailcap.throttling.ranking import Ranking

BLOCKS = "abcd"


def place(block: str, since: float = 0.0) -> Place:
    return Place(object(), block, since)


class Model(RuleBasedStateMachine):
    """Lists alone; who is next is found by looking at all of them."""

    MOST, SECONDS = 5, 10

    def __init__(self) -> None:
        super().__init__()
        self.queue: Queue = Queue(most=self.MOST, seconds=self.SECONDS)
        self.waiting: list[Place] = []
        self.served: list[Place] = []
        self.now = 0.0

    @rule(block=st.sampled_from(BLOCKS))
    def comes(self, block: str) -> None:
        new = place(block, self.now)
        loser = self.queue.wait(new)
        self.waiting.append(new)
        if len(self.waiting) <= self.MOST:
            assert loser is None
            return
        lengths = Counter(each.block for each in self.waiting)
        assert loser is not None
        assert lengths[loser.block] == max(lengths.values())
        assert loser is [each for each in self.waiting if each.block == loser.block][-1]
        if lengths[block] == max(lengths.values()):
            assert loser is new
        self.waiting.remove(loser)

    @rule(block=st.sampled_from(BLOCKS))
    def comes_and_is_served(self, block: str) -> None:
        new = place(block, self.now)
        self.queue.serve(new)
        self.served.append(new)

    @precondition(lambda self: self.waiting)
    @rule()
    def next_one(self) -> None:
        served = Counter(each.block for each in self.served)
        following = self.queue.next_block()
        assert served[following] == min(served[each.block] for each in self.waiting)
        new = self.queue.serve_next()
        assert new is next(each for each in self.waiting if each.block == following)
        self.waiting.remove(new)
        self.served.append(new)

    @precondition(lambda self: self.waiting or self.served)
    @rule(number=st.integers(0, 100))
    def goes(self, number: int) -> None:
        everybody = self.waiting + self.served
        one = everybody[number % len(everybody)]
        self.queue.leave(one)
        (self.waiting if one in self.waiting else self.served).remove(one)
        self.queue.leave(one)  # to go twice is nothing

    @rule(seconds=st.integers(1, 7))
    def time_passes(self, seconds: int) -> None:
        self.now += seconds
        gone = [each for each in self.waiting if self.now - each.since >= self.SECONDS]
        assert self.queue.expired(self.now, most=3) == gone[:3]
        assert self.queue.expired(self.now, most=9) == gone[3:]
        self.waiting = [each for each in self.waiting if each not in gone]

    @invariant()
    def agrees(self) -> None:
        queue = self.queue
        assert len(queue) == len(self.waiting)
        assert all(each in queue and not each.served for each in self.waiting)
        assert queue.serving == len(self.served)
        here = {each.block for each in self.waiting + self.served}
        for block in BLOCKS:
            assert queue.served(block) == sum(each.block == block for each in self.served)
            assert queue.others(block) == len(here - {block})


TestModel = Model.TestCase
TestModel.settings = settings(max_examples=200, deadline=None)


def test_a_flood_delays_its_own():
    queue: Queue = Queue(most=20_000, seconds=60)
    for _ in range(10_000):
        queue.wait(place("flood"))
    for _ in range(3):
        queue.wait(place("good"))
    order = [queue.serve_next().block for _ in range(8)]
    assert order == ["flood", "good", "flood", "good", "flood", "good", "flood", "flood"]


def test_who_has_less_already_goes_first():
    queue: Queue = Queue(most=10, seconds=60)
    for _ in range(3):
        queue.serve(place("flood"))
    queue.wait(place("flood"))
    queue.wait(place("good"))
    assert [queue.serve_next().block for _ in range(2)] == ["good", "flood"]


def test_a_full_queue_drives_out_of_the_longest_line():
    queue: Queue = Queue(most=3, seconds=60)
    first, second, third = place("flood"), place("flood"), place("flood")
    assert [queue.wait(each) for each in (first, second, third)] == [None] * 3
    assert queue.wait(place("good")) is third
    late = place("flood")
    assert queue.wait(late) is late


def test_nothing_is_kept_of_those_who_have_gone():
    queue: Queue = Queue(most=10**6, seconds=60)
    for number in range(1000):
        each = place(f"block {number}")
        queue.wait(each)
        queue.leave(each)
        queue.serve(each)
        queue.leave(each)
    assert queue.others("") == len(queue) == queue.serving == 0
    assert vars(queue._turns) == vars(queue._lengths) == {"_ranks": {}, "_keys": {}}


@given(st.lists(st.tuples(st.sampled_from(BLOCKS), st.integers(0, 5) | st.none())))
def test_a_ranking_against_a_sorted_list(changes):
    ranking: Ranking[str] = Ranking()
    known: dict[str, int] = {}
    for key, rank in changes:
        known.pop(key, None)
        if rank is None:
            ranking.discard(key)
        else:
            known[key] = rank  # behind the others, as dictionaries keep their order
            ranking.set(key, rank)
        assert (key in ranking) == (key in known)
        if known:
            assert ranking.least() == min(known, key=known.__getitem__)
            assert ranking.greatest() == max(known, key=known.__getitem__)
