"""Requests that wait until mail is there: subscribe first, then look, then wait."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime

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
    ) -> Sequence[Message]:
        """Return messages that fit, newest first, as soon as enough of them are there.

        If they are not within *timeout* seconds, those that are.  Whoever waits is made
        known to *hold*.  Fails as `Mail.list_messages`, with `NotPermitted` when the right
        is lost meanwhile, and with `Busy` if too many wait already or the server stops.
        """
        waiter = Waiter(who, parse_address(address).inbox, wish)
        if self._waiting >= self._most:
            raise Busy("Too many requests wait for mail already.")
        self._waiting += 1
        timer = self._clock.callLater(timeout, waiter.end)
        try:
            if timeout <= 0:
                return await self._look(who, address, wish)
            # Most often what is waited for is there already, or comes soon.
            page = await self._page(who, address, wish)
            if len(page[0]) >= wish.count:
                return await self._look(who, address, wish, page)
            hold(waiter)
            return await self._wait(waiter, address, wish, timer)
        finally:
            self._waiting -= 1
            if timer.active():
                timer.cancel()
            waiter.outcome.addErrback(lambda _: None)  # nobody waits for it any more

    async def _wait(
        self, waiter: Waiter, address: str, wish: Wish, timer: IDelayedCall
    ) -> Sequence[Message]:
        who, inbox = waiter.access
        assert inbox is not None
        following = await self._arrivals.follow(inbox, waiter.hear, kind="wait")
        try:
            old: Sequence[Message] = await self._look(who, address, wish)
            waiter.add(old)
            while True:
                await waiter.outcome
                # What was there before may have been read or deleted meanwhile.
                found = await self._look(who, address, wish) if old else _sorted(waiter.found)
                if len(found) >= wish.count or not timer.active():
                    return found
                waiter.outcome = Deferred()
                waiter.found.clear()
                waiter.add(found)
                old = found
        finally:
            following.stop()

    async def _look(
        self, who: Identity, address: str, wish: Wish, begun: _Page | None = None
    ) -> list[Message]:
        """Return the newest messages that fit, at least as many as are waited for.

        Of the newest `MOST_LOOKED_AT` only.  *begun* is the first page, if it is there
        already.
        """
        enough = max(wish.count, wish.limit)
        found, behind = begun or await self._page(who, address, wish)
        for _ in range(MOST_LOOKED_AT // _LOOKED_AT - 1):
            if behind is None or len(found) >= enough:
                break
            try:
                more, behind = await self._page(who, address, wish, behind)
                found = found + more
            except NotFound:  # the message to go on behind is deleted
                found, behind = await self._page(who, address, wish)
        return found[:enough]

    async def _page(
        self, who: Identity, address: str, wish: Wish, behind: str | None = None
    ) -> _Page:
        """Return what fits of the messages next to *behind*, and behind which to go on."""
        page = await self._mail.list_messages(who, address, before=behind, limit=_LOOKED_AT)
        is_last = len(page) < _LOOKED_AT or (
            wish.since is not None and page[-1].received < wish.since
        )
        return list(filter(wish.fits, page)), None if is_last else page[-1].id


def _sorted(found: dict[int, Message]) -> list[Message]:
    return sorted(found.values(), key=lambda one: (one.received, one.number), reverse=True)
