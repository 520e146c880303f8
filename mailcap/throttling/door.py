"""The door of some listeners: who is let in at once, who waits, who is sent away."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from operator import itemgetter
from random import random
from typing import Protocol

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater
from twisted.logger import Logger

from mailcap.domain.figures import Figures
from mailcap.domain.networks import site_of
from mailcap.throttling.pulse import Pulse
from mailcap.throttling.queue import Place, Queue
from mailcap.throttling.room import Measure, Room

# So many are served whatever is short, shared equally: a busy moment of a quiet server is
# nothing to wait for.
_FEW = 100
# What more of them cost is seen at the next beat of the pulse, or later: by so many they
# may grow between two of them.
_GROWTH = 25
# So many come in at a beat as long as there are sessions, whatever else is short.
_TRICKLE = 2
# So many are sent away at a beat: who came in a storm need not go in one.
_SENT_AWAY = 100
# How long those with more than their share wait before each message, while room is short:
# longer and longer, then less and less.
_SHORTEST, _LONGEST = 0.05, 2.0  # seconds
_RISE, _FALL = 1.5, 0.95
# Who gives up a place has so many more than who gets it, and has not used it for a while.
_LEAD = 2
_SILENT_SECONDS = 1
_MOST_ASKED = 500  # guests at a beat, by turns: there may be thousands
_LOG_SECONDS = 60

_log = Logger()


class Guest(Protocol):
    """Whoever stands at the door."""

    def let_in(self) -> None:
        """Go in."""

    def turn_away(self, *, stopping: bool) -> None:
        """Go away, because nothing became free in time, or because all is *stopping*."""

    @property
    def silent_since(self) -> float | None:
        """Since when the guest has made no use of being in; None while it does."""

    def make_room(self) -> None:
        """Come out again, politely, for somebody who needs the place more."""


class Door:
    """Lets in whom there is *room* for, at most *capacity* at a time, and the others later.

    Where room is short, it is divided equally between the blocks that are here: who
    has less than that comes in all the same, and who has more is slowed down.
    Where there is none at all, the block with most served over all *queues*, those that
    share the places, gives one up at a beat to a block with fewer.  *chance* gives numbers
    from 0 to 1.
    """

    def __init__(
        self,
        name: str,
        *,
        queue: Queue[Guest],
        queues: Sequence[Queue[Guest]],
        room: Room,
        capacity: int,
        pulse: Pulse,
        clock: IReactorTime,
        figures: Figures,
        chance: Callable[[], float] = random,
    ) -> None:
        self.name = name
        self.queue = queue
        self._queues = queues
        self.room = room
        self._capacity = capacity
        self._pulse = pulse
        self._clock = clock
        self._figures = figures
        self._chance = chance
        self._ceiling = _FEW
        self._pause = 0.0
        self._arrived = False
        self._closed = False
        self._logged = -float(_LOG_SECONDS)
        self._obstacle: Measure | None = None
        pulse.listeners.append(self.beat)

    def arrive(self, host: str, guest: Guest) -> Place[Guest]:
        """Return the place of *guest*, who has come from the IP address *host*.

        The guest is told at once if it may go in, or must go away.
        """
        place = Place(guest, site_of(host), self._clock.seconds())
        self._arrived = True
        self._pulse.hurry()
        if self._closed:
            guest.turn_away(stopping=True)
        elif not len(self.queue) and self._may_enter(place.block):
            self.queue.serve(place)
            guest.let_in()
        else:
            loser = self.queue.wait(place)
            if loser is not None:
                self._refuse(loser)
            self._admit()
        return place

    def leave(self, place: Place[Guest]) -> None:
        """Forget *place*, whose guest has gone; another one may have it."""
        self.queue.leave(place)
        self._admit()

    def turn(self, host: str) -> Deferred[None] | None:
        """Return what a session of *host* has to wait for before its next message, if anything."""
        if not self._pause:
            return None
        block = site_of(host)
        if self.queue.served(block) * (self.queue.others(block) + 1) <= self._divided:
            return None
        # Not all of them at once: that would be the next moment in which room is short.
        return deferLater(self._clock, self._pause * (0.5 + self._chance()))

    def close(self) -> None:
        """Send away all who wait, and all who come."""
        self._closed = True
        for place in self.queue.expired(inf, most=len(self.queue)):
            place.guest.turn_away(stopping=True)

    def beat(self) -> bool:
        """Look who has waited for too long, and for whom there is room by now."""
        busy = self._arrived
        self._arrived = False
        self._ceiling = max(_FEW, self.queue.serving + _GROWTH)
        if self.room.short():
            self._pause = min(_LONGEST, max(_SHORTEST, self._pause * _RISE))
        else:
            self._pause = self._pause * _FALL if self._pause > _SHORTEST else 0.0
        for place in self.queue.expired(self._clock.seconds(), most=_SENT_AWAY):
            self._refuse(place)
        self._admit()
        if len(self.queue):
            self._tell()
            self._let_in_some()
            self._make_room()
        return busy or self._pause > 0 or len(self.queue) > 0

    @property
    def _divided(self) -> int:
        """How many sessions are shared equally while room is short."""
        return min(self._capacity, max(_FEW, self.queue.serving))

    def _may_enter(self, block: str) -> bool:
        self._obstacle = self.room.full()
        if self._obstacle or self.queue.serving >= self._ceiling:
            return False
        self._obstacle = self.room.short()
        if self._obstacle is None:
            return True
        return (self.queue.served(block) + 1) * (self.queue.others(block) + 1) <= self._divided

    def _admit(self) -> None:
        while len(self.queue) and self._may_enter(self.queue.next_block()):
            self._let_in_next()

    def _let_in_some(self) -> None:
        """Let in a few all the same: what is short may have nothing to do with them."""
        for _ in range(_TRICKLE):
            if not len(self.queue) or self.queue.serving >= self._capacity or self.room.full():
                return
            self._let_in_next()

    def _make_room(self) -> None:
        """End a session that was silent for long, of those who have most, for one who waits.

        After that they still have no fewer than he, so nobody gets a place in turns.
        """
        obstacle = self.room.full()
        if obstacle is None or not obstacle.yields or not len(self.queue):
            return
        crowded = max(self._queues, key=Queue.largest)
        if crowded.largest() < self.queue.served(self.queue.next_block()) + _LEAD:
            return
        enough = self._clock.seconds() - _SILENT_SECONDS
        silent = [
            (since, place.guest)
            for place in crowded.crowd(_MOST_ASKED)
            if (since := place.guest.silent_since) is not None and since <= enough
        ]
        if silent:
            min(silent, key=itemgetter(0))[1].make_room()

    def _let_in_next(self) -> None:
        place = self.queue.serve_next()
        self._figures.waits.add(self._clock.seconds() - place.since)
        place.guest.let_in()

    def _refuse(self, place: Place[Guest]) -> None:
        self._figures.refused += 1
        self._figures.waits.add(self._clock.seconds() - place.since)
        place.guest.turn_away(stopping=False)

    def _tell(self) -> None:
        """Say why some wait, once in a while."""
        now = self._clock.seconds()
        if self._obstacle is None or now - self._logged < _LOG_SECONDS:
            return
        self._logged = now
        _log.warn(
            "{name}: {count} connections wait, {refused} were refused so far: too much {what}",
            name=self.name,
            count=len(self.queue),
            refused=self._figures.refused,
            what=self._obstacle,
        )
