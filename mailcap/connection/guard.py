"""Ends connections whose right is gone: a key revoked, a password changed, an inbox reserved."""

from __future__ import annotations

from twisted.application.internet import TimerService
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from mailcap.connection.registry import Registry
from mailcap.domain.errors import StoreUnavailable
from mailcap.domain.ports import AccountStore

_EVERY = 0.5  # seconds: what is revoked stops within one

_log = Logger()


class Guard(TimerService):
    """Looks at the rights of all connections again and again; a Twisted service.

    Whoever has revoked one may be another process, or an operator at the command line.
    """

    def __init__(self, registry: Registry, store: AccountStore, *, clock: IReactorTime) -> None:
        super().__init__(_EVERY, self._begin)
        self.clock = clock  # the name under which TimerService looks for it
        self._registry = registry
        self._store = store

    async def look_around(self) -> None:
        """Look once, and send away who may not stay."""
        guests = [(one, access) for one in self._registry.guests() if (access := one.access)]
        if not guests:
            return
        try:
            revoked = set(await self._store.revoked(list({access for _, access in guests})))
        except StoreUnavailable:
            return  # nobody can do anything meanwhile
        for guest, access in guests if revoked else ():
            if access in revoked and guest.access == access:
                guest.expel()

    def _begin(self) -> Deferred[None]:
        return Deferred.fromCoroutine(self.look_around()).addErrback(
            lambda reason: _log.failure("rights could not be looked at", failure=reason)
        )
