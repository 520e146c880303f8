"""Whether the server lives, and whether it can do its work: for supervisors and balancers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from twisted.internet import defer
from twisted.internet.interfaces import IReactorTime

from mailcap.domain.errors import StoreUnavailable
from mailcap.web.api.schemas import STATUS
from mailcap.web.replies import Reply, json_reply
from mailcap.web.routing import Result, Route

# Balancers ask every few seconds; one that hears nothing may ask in vain for long.
_READY_SECONDS = 5.0

_WELL = json_reply({"status": "ok"})


class Health:
    """Routes that need no key.

    *ready* returns when the store can be used, and raises `StoreUnavailable` if not.
    """

    def __init__(self, ready: Callable[[], Awaitable[None]], clock: IReactorTime) -> None:
        self._ready = ready
        self._clock = clock

    @property
    def routes(self) -> tuple[Route, ...]:
        """The table of these routes."""
        return (
            Route("GET", "/healthz", self.healthz, open=True, result=Result(STATUS)),
            Route("GET", "/readyz", self.readyz, open=True, result=Result(STATUS)),
        )

    async def healthz(self) -> Reply:
        """Tell that the process lives and answers."""
        return _WELL

    async def readyz(self) -> Reply:
        """Tell whether mail can be taken in and read."""

        async def ask() -> None:
            await self._ready()

        asking = defer.Deferred.fromCoroutine(ask())
        try:
            await asking.addTimeout(_READY_SECONDS, self._clock)
        except defer.TimeoutError:
            raise StoreUnavailable("The database did not answer in time.") from None
        return _WELL
