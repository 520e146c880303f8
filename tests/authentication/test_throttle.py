import tracemalloc

import pytest
from twisted.internet.task import Clock

from mailcap.authentication.sources import Source
from mailcap.authentication.throttle import Limits, Throttle
from mailcap.domain.errors import AuthenticationFailed, TooManyFailures

HERE = Source("192.0.2.0/24")
THERE = Source("198.51.100.0/24")
HOME = Source("127.0.0.0/24", trusted=True)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def throttle(clock):
    return Throttle(clock)


def fail(throttle, source, name, times):
    return [throttle.failed(source, name) for _ in range(times)]


def test_each_failure_is_answered_later_than_the_one_before(throttle):
    assert fail(throttle, HERE, "bob", 8) == [0.5, 1, 2, 4, 8, 10, 10, 10]


def test_after_enough_of_them_a_name_is_refused(throttle, clock):
    fail(throttle, HERE, "bob", 9)
    throttle.check(HERE, "bob")
    clock.advance(7)
    fail(throttle, HERE, "bob", 1)
    clock.advance(50)
    with pytest.raises(TooManyFailures) as refusal:
        throttle.check(HERE, "bob")
    assert refusal.value.retry_after == 250
    assert isinstance(refusal.value, AuthenticationFailed)


def test_the_refusal_ends_when_it_said(throttle, clock):
    fail(throttle, HERE, "bob", 10)
    clock.advance(299.9)
    with pytest.raises(TooManyFailures):
        throttle.check(HERE, "bob")
    clock.advance(0.1)
    throttle.check(HERE, "bob")
    assert throttle.failed(HERE, "bob") == 0.5


def test_other_names_and_other_blocks_are_not_touched(throttle):
    fail(throttle, HERE, "bob", 10)
    throttle.check(HERE, "alice")
    throttle.check(THERE, "bob")
    assert throttle.failed(THERE, "bob") == 0.5


def test_a_block_that_tries_many_names_is_refused_for_all(throttle, clock):
    for number in range(100):
        throttle.check(HERE, f"name {number}")
        throttle.failed(HERE, f"name {number}")
    for name in ("name 0", "never tried"):
        with pytest.raises(TooManyFailures) as refusal:
            throttle.check(HERE, name)
        assert refusal.value.retry_after == 300
    throttle.check(THERE, "name 0")
    clock.advance(300)
    throttle.check(HERE, "name 0")


def test_the_longer_of_both_waits_is_told(throttle, clock):
    fail(throttle, HERE, "bob", 10)
    clock.advance(100)
    for number in range(90):
        throttle.failed(HERE, f"name {number}")
    with pytest.raises(TooManyFailures) as refusal:
        throttle.check(HERE, "bob")
    assert refusal.value.retry_after == 300


def test_a_success_forgives_the_name_and_not_the_block(throttle):
    for number in range(25):
        fail(throttle, HERE, f"name {number}", 4)
        throttle.succeeded(HERE, f"name {number}")
    assert throttle.failed(HERE, "name 0") == 0.5
    with pytest.raises(TooManyFailures):
        throttle.check(HERE, "name 0")


def test_a_success_elsewhere_forgives_nothing_here(throttle):
    fail(throttle, HERE, "bob", 10)
    throttle.succeeded(THERE, "bob")
    throttle.succeeded(HERE, "alice")
    with pytest.raises(TooManyFailures):
        throttle.check(HERE, "bob")


def test_a_trusted_source_is_delayed_and_never_refused(throttle):
    delays = fail(throttle, HOME, "bob", 3000)
    throttle.check(HOME, "bob")
    assert max(delays) == delays[-1] == 10


def test_an_operator_may_be_stricter(clock):
    throttle = Throttle(clock, Limits(first_delay=1, longest_delay=3, per_name=2, period=60))
    assert fail(throttle, HERE, "bob", 3) == [1, 2, 3]
    with pytest.raises(TooManyFailures) as refusal:
        throttle.check(HERE, "bob")
    assert refusal.value.retry_after == 60


def test_a_hundred_thousand_names_and_blocks_cost_bounded_memory(clock):
    throttle = Throttle(clock)
    tracemalloc.start()
    for number in range(100_000):
        throttle.failed(Source(f"2001:db8:{number:x}::/64"), f"{number}" * 1000)
        clock.advance(0.0001)
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(throttle) <= 40_000
    assert used < 32 * 2**20


def test_a_flood_of_names_does_not_wash_a_block_out_of_its_table(clock):
    throttle = Throttle(clock, Limits(counters=1000))
    for number in range(100):
        throttle.failed(HERE, f"{number}")
    for number in range(100_000):
        throttle.failed(HOME, f"{number}")
    with pytest.raises(TooManyFailures):
        throttle.check(HERE, "any")


def test_names_that_differ_late_share_a_counter(throttle):
    """So that long names cost no more than short ones."""
    for number in range(10):
        throttle.failed(HERE, "x" * 64 + f"{number}")
    with pytest.raises(TooManyFailures):
        throttle.check(HERE, "x" * 64 + "another")
