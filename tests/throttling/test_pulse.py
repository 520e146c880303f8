"""The beat of the reactor, and what is looked at with it."""

import os
import subprocess
import sys

import pytest
from twisted.internet.task import Clock

from mailcap.throttling.memory import Memory, resident
from mailcap.throttling.pulse import Pulse


class LateClock(Clock):
    """A clock whose calls come late."""

    def __init__(self) -> None:
        super().__init__()
        self.late = 0.0

    def callLater(self, when, what, *args, **kw):
        return super().callLater(when + self.late, what, *args, **kw)


@pytest.fixture
def clock():
    return LateClock()


def test_it_tells_how_late_the_reactor_is(clock):
    pulse = Pulse(clock)
    clock.late = 0.2
    pulse.start()
    clock.late = 0.0
    clock.advance(1.2)
    assert pulse.delay == pytest.approx(0.2)
    clock.advance(1)
    assert pulse.delay == pytest.approx(0.16)
    clock.pump([1] * 30)
    assert pulse.delay < 0.001


def test_it_beats_quickly_only_while_somebody_wants_that(clock):
    pulse = Pulse(clock)
    answers = [True, True, False, False]
    beats = []

    def listener() -> bool:
        beats.append(clock.seconds())
        return answers[len(beats) - 1]

    pulse.listeners.append(listener)
    pulse.start()
    clock.advance(0.5)
    pulse.hurry()
    pulse.hurry()
    clock.pump([0.01] * 200)
    assert beats == pytest.approx([0.55, 0.6, 0.65, 1.65], abs=0.02)
    pulse.stop()
    pulse.hurry()
    assert clock.getDelayedCalls() == []


def test_memory_is_looked_at_once_a_second(clock):
    seen, told = iter([10, 50, 49]), []
    memory = Memory(clock, limit=50, tell=told.append, measure=lambda _pid: next(seen))
    for _ in range(17):
        assert memory.beat() is False
        clock.advance(0.125)
    assert (memory.used, told) == (49, [False, True, False])


def test_the_memory_of_children_counts():
    alone = resident(os.getpid())
    script = "x = bytearray(30 << 20); print(flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        child.stdout.readline()
        both = resident(os.getpid())
        child.communicate(b"\n")
    assert both - alone > 30 << 20


def test_a_process_that_is_gone_has_none():
    assert resident(2**22 + 1) == 0
