"""The first signal stops, politely; the next one stops the politeness."""

import os
import signal
from collections.abc import Iterator

import pytest

from mailcap.assembly.signals import Signals
from support.reactors import Reactor, running


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """What signals do is the whole process's."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_second_signal_of_either_kind(number: int) -> None:
    hurries: list[None] = []
    with running() as reactor:
        reactor.stop, stop = lambda: stops.append(None), reactor.stop
        stops: list[None] = []
        Signals(reactor, lambda: hurries.append(None)).heed()
        os.kill(os.getpid(), number)
        reactor.run_until(lambda: stops)
        assert hurries == []
        os.kill(os.getpid(), signal.SIGTERM)
        reactor.run_until(lambda: hurries)
        assert stops == [None]
        reactor.stop = stop


def test_a_reactor_without_signals_stays_so() -> None:
    def mine(*_: object) -> None: ...

    signal.signal(signal.SIGTERM, mine)
    Signals(Reactor(), lambda: None).heed()
    assert signal.getsignal(signal.SIGTERM) is mine
