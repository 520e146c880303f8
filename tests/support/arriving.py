"""Mail that comes in, over a store without a reactor, and time that tests move."""

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock

from mailcap.services.arrivals import Arrivals
from mailcap.services.hub import Hub
from mailcap.services.mail import Mail
from mailcap.services.summaries import Summaries
from mailcap.services.waiting import Waiting

from .stores import Bench, run


def at_once(work: Callable[..., Any], *args: Any) -> Deferred[Any]:
    """Run *work* here and now."""
    return succeed(work(*args))


class Port:
    """An `ArrivalStore` that counts what it is asked, and fails if `broken`."""

    def __init__(self, bench: Bench) -> None:
        self._store = bench.store.arrivals
        self.asked: list[list[tuple[int, int | None]]] = []
        self.broken: Exception | None = None

    async def mailboxes(self, owners):
        return await self._store.mailboxes(owners)

    async def arrivals(self, places):
        self.asked.append(list(places))
        if self.broken:
            raise self.broken
        return await self._store.arrivals(places)

    async def reaches(self, names):
        if self.broken:
            raise self.broken
        return await self._store.reaches(names)


class Arriving:
    """What waits for mail, over *bench*."""

    def __init__(self, bench: Bench, clock: Clock | None = None, *, most: int = 100) -> None:
        self.bench = bench
        self.clock = clock or Clock()
        self.hub = Hub()
        self.port = Port(bench)
        self.summaries = Summaries(bench.store.mail, at_once)
        self.mail = Mail(bench.store.mail, summaries=self.summaries)
        self.arrivals = Arrivals(
            self.hub,
            self.port,
            complete=self.summaries.complete,
            clock=self.clock,
        )
        self.waiting = Waiting(self.mail, self.arrivals, clock=self.clock, most=most)
        bench.tell = self.hub.changed

    def turn(self) -> None:
        """Let the reactor do all that it has to do now."""
        for _ in range(10):
            self.clock.advance(0)

    def deliver(self, *recipients: str, **more: Any) -> list[str]:
        """Let a message come in, and tell of it."""
        ids = self.bench.deliver(*recipients, **more)
        self.turn()
        return ids

    def drop(self, inbox: str) -> None:
        """Drop the row of an empty inbox, as retention on another machine may."""
        keep = [one for one in range(1, 1000) if one != self.id_of(inbox)]
        run(self.bench.store.retention.drop_empty(behind=0, most=1000, keep=keep))
        self.turn()

    def id_of(self, inbox: str) -> int:
        return run(self.bench.store.arrivals.mailboxes([inbox]))[inbox]

    def assert_idle(self) -> None:
        """Assert that nobody has left anything behind."""
        self.turn()
        assert not self.hub.watched()
        assert set(self.hub.counts.values()) == {0}
        assert not self.arrivals._boxes
        assert not self.arrivals._due
        assert not self.arrivals._wanted
        assert self.waiting._waiting == 0
        assert self.clock.getDelayedCalls() == []
