import pytest
from twisted.internet.task import Clock

from mailcap.connection.idle import IdleTimer


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def rings():
    return []


@pytest.fixture
def timer(clock, rings):
    return IdleTimer(clock, 300, lambda: rings.append(clock.seconds()))


@pytest.mark.usefixtures("timer")
def test_rings_once_when_nothing_happens(clock, rings):
    clock.advance(299)
    assert rings == []
    clock.advance(1)
    clock.advance(1000)
    assert rings == [300]


def test_measures_from_the_last_sign_of_life(clock, timer, rings):
    clock.advance(200)
    timer.touch()
    clock.advance(100)  # where it would have rung
    clock.advance(199)
    assert rings == []
    clock.advance(1)
    assert rings == [500]


def test_signs_of_life_set_no_timer(clock, timer):
    (call,) = clock.getDelayedCalls()
    for _ in range(1000):
        timer.touch()
    assert clock.getDelayedCalls() == [call]


def test_stops(clock, timer, rings):
    timer.stop()
    timer.stop()
    clock.advance(1000)
    assert rings == []
    assert clock.getDelayedCalls() == []


def test_starts_again(clock, timer, rings):
    clock.advance(300)
    timer.start()
    clock.advance(300)
    assert rings == [300, 600]
