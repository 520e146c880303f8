"""All open connections, so that each can be told goodbye."""

from __future__ import annotations

from collections import Counter
from typing import Protocol

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime

from mailcap.connection.dialogue import Farewell
from mailcap.domain.accounts import Access
from mailcap.domain.networks import site_of

_AFTERMATH_SECONDS = 1
_SENDERS = frozenset({"smtp", "submission", "submissions"})  # kinds of guests; others read


class Guest(Protocol):
    """A connection, as the registry sees it."""

    @property
    def kind(self) -> str:
        """What it is for: the name of a listener's role."""

    @property
    def access(self) -> Access | None:
        """What the client may do since it has logged in."""

    def expel(self) -> None:
        """Say goodbye and close: the right to be here is gone."""

    def leave(self) -> None:
        """Say goodbye and close, as soon as nothing is under way."""

    def abort(self) -> None:
        """Close now, with a goodbye if the client reads."""


class Registry:
    """Knows the open connections of all listeners.

    *most* is how many there may be at a time, *readers* how many of them that do not come
    to send, half of these from one site; 0 means any number.
    """

    def __init__(self, clock: IReactorTime, *, most: int = 0, readers: int = 0) -> None:
        self._clock = clock
        self._most = most
        self._most_readers = readers
        self._readers: dict[Guest, str] = {}  # and the site of each
        self._sites: Counter[str] = Counter()
        self._guests: set[Guest] = set()
        self._gone: Deferred[None] | None = None
        self._timer: IDelayedCall | None = None

    def __len__(self) -> int:
        return len(self._guests)

    @property
    def readers(self) -> int:
        """How many do not come to send."""
        return len(self._readers)

    def admit(self, guest: Guest, host: str) -> Farewell | None:
        """Take in *guest* from the IP address *host*; return why it must go again, if it must.

        It belongs to the registry either way, until `remove`.
        """
        self._guests.add(guest)
        if guest.kind not in _SENDERS:
            site = self._readers[guest] = site_of(host)
            self._sites[site] += 1
        if self._gone is not None:
            return Farewell.SHUTDOWN
        return Farewell.TOO_MANY if self._is_too_many(guest) else None

    def guests(self) -> tuple[Guest, ...]:
        """Return all connections."""
        return tuple(self._guests)

    def remove(self, guest: Guest) -> None:
        """Forget *guest*, whose connection is closed."""
        self._guests.discard(guest)
        site = self._readers.pop(guest, None)
        if site is not None:
            self._sites[site] -= 1
            if not self._sites[site]:
                del self._sites[site]
        if self._gone is not None and not self._guests:
            self._end()

    def shut_down(self, seconds: float) -> Deferred[None]:
        """Say goodbye to all; the result comes when they are gone, or *seconds* are over.

        So long may who has something under way take to end it.  To be called once, when
        no port is open any more.
        """
        gone = self._wait_for_all(seconds)
        for guest in tuple(self._guests):
            guest.leave()
        return gone

    def cut_off(self) -> Deferred[None]:
        """Behind `shut_down`: end what is left; the result comes when it is gone, or soon."""
        # Should a connection not even end when it is aborted, nobody waits for it.
        gone = self._wait_for_all(_AFTERMATH_SECONDS)
        for guest in tuple(self._guests):
            guest.abort()
        return gone

    def hurry(self) -> None:
        """Behind `shut_down`, or `cut_off`: wait for nobody any longer."""
        if self._timer is not None and self._timer.active():
            self._timer.reset(0)

    def _is_too_many(self, guest: Guest) -> bool:
        if 0 < self._most < len(self._guests):
            return True
        site = self._readers.get(guest)
        if site is None or not self._most_readers:
            return False
        # Whoever holds the last half would keep out all the others, for as long as he likes.
        return (
            len(self._readers) > self._most_readers
            or self._sites[site] > (self._most_readers + 1) // 2
        )

    def _wait_for_all(self, seconds: float) -> Deferred[None]:
        gone = self._gone = Deferred()
        self._timer = self._clock.callLater(seconds, self._end)
        if not self._guests:
            self._end()
        return gone

    def _end(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None
        if self._gone is not None and not self._gone.called:
            self._gone.callback(None)
