"""The doors of the SMTP listeners, and what tells them whether there is room."""

# ruff: noqa: N802 - the names of methods that Twisted calls

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from twisted.application.service import Service

from mailcap.connection.in_flight import InFlight
from mailcap.connection.registry import Registry
from mailcap.domain.figures import Figures
from mailcap.services.delivery import Delivery
from mailcap.settings import Settings
from mailcap.throttling.door import Door, Guest
from mailcap.throttling.memory import Memory
from mailcap.throttling.pulse import Pulse
from mailcap.throttling.queue import Queue
from mailcap.throttling.room import Measure, Room


@dataclass(frozen=True, slots=True)
class Division:
    """How many there may be of sessions, of those of SMTP alone, of others, and who wait."""

    sessions: int
    smtp: int
    readers: int
    waiting: int


def divide(connections: int, *, queue: int) -> Division:
    """Divide so many *connections*; at most *queue* of them, and half, may wait.

    A quarter of the sessions is left to those who read, and half of them to those who send.
    """
    waiting = min(queue, connections // 2)
    sessions = connections - waiting
    return Division(sessions, sessions - sessions // 4, sessions - sessions // 2, waiting)


class Doors(Service):
    """One for those who deliver from anywhere, one for those who log in; a Twisted service."""

    def __init__(self, inbound: Door, submission: Door, pulse: Pulse) -> None:
        self.inbound = inbound
        self.submission = submission
        self.pulse = pulse

    def startService(self) -> None:
        """Begin to look for whom there is room."""
        super().startService()
        self.pulse.start()

    def stopService(self) -> None:
        """Send away all who wait, and all who come."""
        super().stopService()
        self.pulse.stop()
        self.inbound.close()
        self.submission.close()


def make_doors(
    settings: Settings,
    reactor: Any,
    *,
    places: Division,
    registry: Registry,
    in_flight: InFlight,
    delivery: Delivery,
    figures: Figures,
) -> Doors:
    """Return doors that let in as the *settings* say."""
    chosen, pulse = settings.queue, Pulse(reactor)

    def strain(much: bool) -> None:
        in_flight.strained = much

    memory = Memory(reactor, limit=settings.limits.memory, tell=strain)
    pulse.listeners.append(memory.beat)
    queues: list[Queue[Guest]] = []
    shared = (
        Measure("memory", lambda: memory.used, settings.limits.memory, "octets", hard=True),
        Measure("reactor delay", lambda: pulse.delay * 1000, chosen.reactor_delay, "ms"),
        Measure("bytes in flight", lambda: in_flight.used, in_flight.unreserved, "octets"),
        Measure("backlog", lambda: delivery.backlog, chosen.backlog, "messages"),
        Measure("commit time", lambda: delivery.commit_seconds * 1000, chosen.commit_time, "ms"),
    )

    def make(name: str, per_cent: int) -> Door:
        queue: Queue[Guest] = Queue(most=places.waiting, seconds=chosen.timeout)
        queues.append(queue)
        most = max(1, places.smtp * per_cent // 100)
        # Below the end of all places, so that there is still something to share fairly.
        usual = max(1, min(chosen.sessions, places.smtp * 4 // 5) * per_cent // 100)

        def sessions() -> int:
            # What readers have beyond what is left to them is lost to those who send.
            lost = max(0, registry.readers - (places.sessions - places.smtp))
            return sum(each.serving for each in queues) + lost

        measures = (
            Measure("connections", sessions, most, hard=True, yields=True),
            Measure("sessions", sessions, usual),
            *shared,
        )
        return Door(
            name,
            queue=queue,
            queues=queues,
            room=Room(measures),
            capacity=usual,
            pulse=pulse,
            clock=reactor,
            figures=figures,
        )

    return Doors(make("smtp", 100 - chosen.reserved), make("submission", 100), pulse)
