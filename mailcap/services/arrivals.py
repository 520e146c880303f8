"""Telling whoever waits for mail what has come in: once read, however many wait."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater
from twisted.logger import Logger

from mailcap.domain.arrivals import Arrival, Arrived
from mailcap.domain.errors import StoreUnavailable
from mailcap.domain.messages import Message
from mailcap.domain.ports import ArrivalStore
from mailcap.services.hub import Hub, Kind
from mailcap.services.slots import Slots

_LOOKED_AT = 100  # mailboxes in one trip to the store
_FOUND_AT_ONCE = 500  # of those that somebody begins to follow
_COMPLETED_AT_ONCE = 20  # messages: more summaries could be more than memory allows
_TOLD_AT_ONCE = 32  # of those who wait for the same message; others get their turn between
_AGAIN_SECONDS = 1.0  # until the store is asked again that could not be reached

Listener = Callable[[Arrival], object]
Complete = Callable[[Sequence[Message]], Awaitable[Sequence[Message]]]

_log = Logger()


class Following:
    """One who follows a mailbox, until `stop`."""

    __slots__ = ("_box", "kind", "listener", "unwatch")

    def __init__(self, box: _Box, listener: Listener, kind: Kind) -> None:
        self.listener = listener
        self.kind = kind
        self.unwatch: Callable[[], None] = lambda: None
        self._box: _Box | None = None
        self.join(box)

    def join(self, box: _Box) -> None:
        """Follow *box* from here on."""
        self._box = box
        box.followers[self] = None

    def stop(self) -> None:
        """Hear of nothing any more; twice is once."""
        self.unwatch()
        if self._box is not None:
            self._box.leave(self)
            self._box = None


class _Box:
    """A mailbox that somebody follows."""

    __slots__ = ("_forget", "backlog", "behind", "followers", "id", "owner", "ready", "telling")

    def __init__(self, number: int, owner: str, forget: Callable[[_Box], None]) -> None:
        self.id = number
        self.owner = owner
        self.behind: int | None = None  # the last UID that was looked at
        self.followers: dict[Following, None] = {}
        self.ready: list[Deferred[None]] = []  # to be told when `behind` is known
        self.backlog: list[Arrival] = []
        self.telling = False
        self._forget = forget

    def leave(self, follower: Following) -> None:
        del self.followers[follower]
        if not self.followers:
            self._forget(self)


class Arrivals:
    """Follows mailboxes for many at a time.

    *complete* gives messages their summaries: see `mailcap.services.summaries`.
    """

    def __init__(
        self,
        hub: Hub,
        store: ArrivalStore,
        *,
        complete: Complete,
        clock: IReactorTime,
    ) -> None:
        self._hub = hub
        self._store = store
        self._complete = complete
        self._clock = clock
        self._boxes: dict[int, _Box] = {}
        self._due: dict[int, None] = {}  # mailboxes to be looked at, first come first
        self._looking = False
        self._wanted: dict[str, list[Deferred[int]]] = {}  # mailboxes to be found, by owner
        self._finding = False
        self._slots = Slots(clock)

    async def follow(self, owner: str, listener: Listener, *, kind: Kind) -> Following:
        """Call *listener* with each message that comes to the INBOX of *owner* from now on.

        That is an inbox, or an account (`mailcap.domain.mailboxes.unified_owner`).  In
        order, with their summaries.  Returns when nothing can be missed any more: who
        wants older messages, too, looks for them then.  Raises `StoreUnavailable`.
        """
        number = await self._find(owner)
        following = Following(self._box(number, owner), listener, kind)
        self._watch(following, number)
        box = self._boxes[number]
        if box.behind is None:
            ready: Deferred[None] = Deferred()
            box.ready.append(ready)
            self._wake(number)
            try:
                await ready
            except BaseException:
                following.stop()
                raise
        return following

    def _find(self, owner: str) -> Deferred[int]:
        """Return the id of a mailbox, which gets a row if it has none.

        While the store makes rows, more are collected for its next transaction.
        """
        found: Deferred[int] = Deferred()
        self._wanted.setdefault(owner, []).append(found)
        if not self._finding:
            self._finding = True
            self._clock.callLater(0, lambda: Deferred.fromCoroutine(self._find_all()))
        return found

    async def _find_all(self) -> None:
        while some := dict(islice(self._wanted.items(), _FOUND_AT_ONCE)):
            for owner in some:
                del self._wanted[owner]
            try:
                numbers = await self._store.mailboxes(list(some))
            except Exception as error:  # noqa: BLE001  whoever asked is told
                for found in [one for asked in some.values() for one in asked]:
                    found.errback(error)
            else:
                for owner, asked in some.items():
                    for found in asked:
                        found.callback(numbers[owner])
        self._finding = False

    def _box(self, number: int, owner: str) -> _Box:
        if number not in self._boxes:
            self._boxes[number] = _Box(number, owner, self._forget)
        return self._boxes[number]

    def _forget(self, box: _Box) -> None:
        del self._boxes[box.id]
        box.backlog.clear()

    def _watch(self, following: Following, number: int) -> None:
        following.unwatch()
        following.unwatch = self._hub.watch(
            number, partial(self._wake, number), kind=following.kind
        )

    def _wake(self, mailbox: int) -> None:
        self._due[mailbox] = None
        if not self._looking:
            self._looking = True
            # Not at once: others may be woken by the same commit.
            self._clock.callLater(0, lambda: Deferred.fromCoroutine(self._look_around()))

    async def _look_around(self) -> None:
        """Look at all mailboxes that are due, one trip to the store after the other."""
        while self._due:
            some = list(self._due)[:_LOOKED_AT]
            for number in some:
                del self._due[number]
            boxes = [self._boxes[number] for number in some if number in self._boxes]
            if boxes:
                await self._look(boxes)
        self._looking = False

    async def _look(self, boxes: Sequence[_Box]) -> None:
        try:
            arrived = await self._store.arrivals([(box.id, box.behind) for box in boxes])
        except Exception as error:  # noqa: BLE001  the next one may do
            self._put_off(boxes, error)
            return
        for box in boxes:
            if box.id in arrived.positions:
                self._move_on(box, arrived)
            elif box.followers:
                Deferred.fromCoroutine(self._find_again(box))
        for arrival in arrived.arrivals:
            if (found := self._boxes.get(arrival.mailbox)) is not None:
                found.backlog.append(arrival)
        for box in boxes:
            if box.backlog and not box.telling:
                Deferred.fromCoroutine(self._tell(box))

    def _move_on(self, box: _Box, arrived: Arrived) -> None:
        box.behind = arrived.positions[box.id]
        if box.id in arrived.more:
            self._due[box.id] = None
        ready, box.ready = box.ready, []
        for one in ready:
            one.callback(None)

    def _put_off(self, boxes: Sequence[_Box], error: Exception) -> None:
        """Tell those who begin that they cannot; for the others look again in a while."""
        if not isinstance(error, StoreUnavailable):
            _log.failure("what has come in cannot be read")
        for box in boxes:
            ready, box.ready = box.ready, []
            for one in ready:
                one.errback(error)
            if box.followers:
                self._clock.callLater(_AGAIN_SECONDS, self._wake, box.id)

    async def _find_again(self, box: _Box) -> None:
        """Follow the mailbox that has the same name by now: its row was dropped, being empty.

        What is in the new one has come since.
        """
        try:
            number = await self._find(box.owner)
        except Exception as error:  # noqa: BLE001  as above
            self._put_off([box], error)
            return
        if number == box.id:  # it is back
            self._wake(number)
            return
        if not box.followers:
            return
        other = self._box(number, box.owner)
        other.behind = other.behind or 0
        other.ready += box.ready
        for following in list(box.followers):
            box.leave(following)
            following.join(other)
            self._watch(following, number)
        self._wake(number)

    async def _tell(self, box: _Box) -> None:
        """Tell the followers of *box* of all that has come, in order."""
        box.telling = True
        try:
            while batch := box.backlog[:_COMPLETED_AT_ONCE]:
                try:
                    complete = await self._completed(batch)
                except StoreUnavailable:
                    await deferLater(self._clock, _AGAIN_SECONDS)
                    continue
                del box.backlog[: len(batch)]
                for arrival in complete:
                    await self._tell_of(arrival, box)
        except Exception:  # noqa: BLE001  what comes next may do
            box.backlog.clear()
            _log.failure("those who wait for mail could not be told")
        finally:
            box.telling = False

    async def _completed(self, batch: Sequence[Arrival]) -> Sequence[Arrival]:
        octets = sum([arrival.message.size for arrival in batch])
        messages = [arrival.message for arrival in batch]
        complete = await self._slots.run(octets, self._complete, messages)
        found = {message.number: message for message in complete}
        return [
            replace(arrival, message=found[arrival.message.number])
            for arrival in batch
            if arrival.message.number in found
        ]

    async def _tell_of(self, arrival: Arrival, box: _Box) -> None:
        for place, following in enumerate(list(box.followers), 1):
            if following in box.followers:
                try:
                    following.listener(arrival)
                except Exception:  # noqa: BLE001  the others are to be told all the same
                    _log.failure("somebody who waits for mail failed")
            if place % _TOLD_AT_ONCE == 0:
                await deferLater(self._clock, 0)
