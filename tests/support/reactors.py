"""A reactor of its own for a test, driven by hand until something has happened."""

from __future__ import annotations

import signal
import time
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.epollreactor import EPollReactor

_PATIENCE = 60.0  # seconds


class Reactor(EPollReactor):
    """Is never installed, and runs only while a test waits for a result."""

    def result(self, awaitable: Awaitable[Any]) -> Any:
        """Return what *awaitable* gives, or raise what it raises."""
        deferred = Deferred.fromCoroutine(_wait(awaitable))
        outcomes: list[Any] = []
        failures: list[BaseException] = []
        deferred.addCallbacks(outcomes.append, lambda reason: failures.append(reason.value))
        self.run_until(lambda: outcomes or failures)
        if failures:
            raise failures[0]
        return outcomes[0]

    def run_until(self, happened: Any) -> None:
        """Run until *happened* says so."""
        deadline = time.monotonic() + _PATIENCE
        while not happened():
            assert time.monotonic() < deadline, "it did not happen"
            self.iterate(0.05)


async def _wait(awaitable: Awaitable[Any]) -> Any:
    return await awaitable


@contextmanager
def running() -> Iterator[Reactor]:
    """Return a reactor, and take its signal handlers away in the end."""
    reactor = Reactor()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    reactor.startRunning(installSignalHandlers=True)
    try:
        yield reactor
    finally:
        reactor.stop()
        reactor.run_until(lambda: not reactor.running)
        # Twisted leaves these, and the next reactor would not take what is another one's.
        for number, handler in before.items():
            signal.signal(number, handler)
