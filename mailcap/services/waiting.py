"""Requests that wait until mail is there: subscribe first, then look, then wait."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IReactorTime

from mailcap.domain.accounts import Access, Identity
from mailcap.domain.addresses import parse_address
from mailcap.domain.arrivals import Arrival
from mailcap.domain.errors import Busy, MailcapError, NotFound, NotPermitted
from mailcap.domain.messages import Message
from mailcap.mime.summary import Summary, decode
from mailcap.services.arrivals import Arrivals
from mailcap.services.mail import Mail

_LOOKED_AT = 20  # messages at a time: the longest summaries of more are too much at once
# So many of the newest messages that are there already are looked at: whoever waits in an
# inbox with more shall not hold up all others with a walk through it.
MOST_LOOKED_AT = 1000

# Does what is given when it is the turn of an account.
InTurn = Callable[[Identity, Callable[[], Coroutine[Any, Any, None]]], Coroutine[Any, Any, None]]

# What fits of some messages, and the message behind which to go on, if there are more.
_Page = tuple[list[Message], str | None]

_decoded = lru_cache(64)(decode)  # all who wait for it look at the same message


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """For what somebody waits: at least *count* messages that all of this is true of.

    *since* is in Unix milliseconds, inclusive.  *subject* is a part of the subject and
    *sender* a whole address, in a From header or the envelope; of both the case does not
    matter, and nothing in them is a pattern.  *limit* is how many are wanted at most.
    """

    since: int | None = None
    subject: str = ""
    sender: str = ""
    unread_only: bool = False
    count: int = 1
    limit: int = 20

    def fits(self, message: Message) -> bool:
        """Whether *message*, with its summary, is one of those."""
        if self.since is not None and message.received < self.since:
            return False
        if self.unread_only and message.seen:
            return False
        if not (self.subject or self.sender):
            return True
        summary = _decoded(message.summary or b"") or Summary()
        if self.subject.casefold() not in summary.subject.casefold():
            return False
        senders = [address for address, _ in summary.from_]
        senders.append(str(message.envelope.get("mailFrom") or ""))
        wanted = self.sender.casefold()
        return not wanted or any(sender.casefold() == wanted for sender in senders)


class Waiter:
    """Somebody who waits; a `mailcap.connection.registry.Guest` besides.

    `outcome` fires when enough has come or the time is over, and fails if the waiting has
    to end for another reason.
    """

    __slots__ = ("_account", "_wish", "access", "found", "outcome")

    kind = "wait"

    def __init__(self, who: Identity, inbox: str, wish: Wish) -> None:
        self.access = Access(who, inbox)
        self.found: dict[int, Message] = {}
        self.outcome: Deferred[None] = Deferred()
        self._account = who
        self._wish = wish

    def hear(self, arrival: Arrival) -> None:
        """Take in what has come, if it is for this account and fits."""
        message = arrival.message
        if arrival.owner not in (None, self._account.account):
            return
        if message.saved_by not in (None, self._account.account_name):
            return
        if self._wish.fits(message):
            self.add([message])

    def add(self, messages: Sequence[Message]) -> None:
        """Know of *messages* that fit."""
        self.found.update((message.number, message) for message in messages)
        if len(self.found) >= self._wish.count:
            self.end()

    def end(self, error: MailcapError | None = None) -> None:
        """Wait no longer."""
        if self.outcome.called:
            return
        if error is None:
            self.outcome.callback(None)
        else:
            self.outcome.errback(error)

    def expel(self) -> None:
        """Say that the right is gone."""
        self.end(NotPermitted(f"{self.access.inbox} is not for this key any more."))

    def leave(self) -> None:
        """Say that the server stops."""
        self.end(Busy("The server is stopping."))

    def abort(self) -> None:
        """Give up."""
        self.leave()


class _Look:
    """Looks for what is there already in the inbox *address*, until it is stopped.

    Most often that is on the first page; all others are read *in_turn*.
    """

    def __init__(
        self, mail: Mail, who: Identity, address: str, wish: Wish, *, in_turn: InTurn
    ) -> None:
        self._mail = mail
        self._who = who
        self._address = address
        self._wish = wish
        self._in_turn = in_turn
        self._enough = max(wish.count, wish.limit)
        self._walking: Deferred[None] | None = None
        self.is_over = False

    def stop(self) -> None:
        """Look no further: what is found by now is all."""
        self.is_over = True
        if self._walking is not None:
            self._walking.cancel()

    async def first(self) -> _Page:
        """Return the first page."""
        return await self._page()

    async def all(self, begun: _Page | None = None) -> list[Message]:
        """Return the newest messages that fit, at least as many as are waited for.

        Of the newest `MOST_LOOKED_AT` only.  *begun* is the first page, if it is there
        already.
        """
        found, behind = begun or await self._page()
        if behind is not None and len(found) < self._enough and not self.is_over:
            walk = self._in_turn(self._who, lambda: self._walk(found, behind))
            self._walking = Deferred.fromCoroutine(walk)
            try:
                await self._walking
            except CancelledError:
                if not self.is_over:  # nobody waits any more
                    raise
            finally:
                self._walking = None
        return found[: self._enough]

    async def _walk(self, found: list[Message], behind: str | None) -> None:
        """Add to *found* what fits of the pages that follow."""
        for _ in range(MOST_LOOKED_AT // _LOOKED_AT - 1):
            if behind is None or len(found) >= self._enough or self.is_over:
                return
            try:
                more, behind = await self._page(behind)
                found += more
            except NotFound:  # the message to go on behind is deleted
                found[:], behind = await self._page()

    async def _page(self, behind: str | None = None) -> _Page:
        """Return what fits of the messages next to *behind*, and behind which to go on."""
        page = await self._mail.list_messages(
            self._who, self._address, before=behind, limit=_LOOKED_AT
        )
        since = self._wish.since
        is_last = len(page) < _LOOKED_AT or (since is not None and page[-1].received < since)
        return list(filter(self._wish.fits, page)), None if is_last else page[-1].id


class Waiting:
    """All who wait, at most *most* at a time."""

    def __init__(self, mail: Mail, arrivals: Arrivals, *, clock: IReactorTime, most: int) -> None:
        self._mail = mail
        self._arrivals = arrivals
        self._clock = clock
        self._most = most
        self._waiting = 0

    async def wait(
        self,
        who: Identity,
        address: str,
        wish: Wish,
        *,
        timeout: float,  # noqa: ASYNC109  it ends with an answer, not with an exception
        hold: Callable[[Waiter], None],
        in_turn: InTurn,
    ) -> Sequence[Message]:
        """Return messages that fit, newest first, as soon as enough of them are there.

        If they are not within *timeout* seconds, those that are.  Whoever waits is made
        known to *hold*; what takes longer is done *in_turn*.  Fails as
        `Mail.list_messages`, with `NotPermitted` when the right is lost meanwhile, and
        with `Busy` if too many wait already or the server stops.
        """
        waiter = Waiter(who, parse_address(address).inbox, wish)
        look = _Look(self._mail, who, address, wish, in_turn=in_turn)
        if self._waiting >= self._most:
            raise Busy("Too many requests wait for mail already.")
        self._waiting += 1
        timer = self._clock.callLater(timeout, _end, look, waiter) if timeout > 0 else None
        try:
            # Most often what is waited for is there already, or comes soon.
            page = await look.first()
            if timer is None or len(page[0]) >= wish.count:
                return await look.all(page)
            hold(waiter)
            return await self._wait(waiter, wish, look)
        finally:
            self._waiting -= 1
            if timer is not None and timer.active():
                timer.cancel()
            look.stop()
            waiter.outcome.addErrback(lambda _: None)  # nobody waits for it any more

    async def _wait(self, waiter: Waiter, wish: Wish, look: _Look) -> Sequence[Message]:
        inbox = waiter.access.inbox
        assert inbox is not None
        following = await self._arrivals.follow(inbox, waiter.hear, kind="wait")
        try:
            old: Sequence[Message] = await look.all()
            if len(old) >= wish.count and not waiter.outcome.called:
                return old
            waiter.add(old)
            while True:
                await waiter.outcome
                if look.is_over:
                    return _sorted(waiter.found)
                heard = _sorted(waiter.found)
                waiter.outcome = Deferred()  # before another look: more may come meanwhile
                waiter.found.clear()
                # What was there before may have been read or deleted meanwhile.
                found = await look.all() if old else heard
                if len(found) >= wish.count or look.is_over:
                    return found
                waiter.add(found)
                old = found
        finally:
            following.stop()


def _end(look: _Look, waiter: Waiter) -> None:
    """End, for the time is over."""
    look.stop()
    waiter.end()


def _sorted(found: dict[int, Message]) -> list[Message]:
    return sorted(found.values(), key=lambda one: (one.received, one.number), reverse=True)
