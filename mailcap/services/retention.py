"""Giving up old public mail, little by little, so that intake never waits for it."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass

from twisted.application.internet import TimerService
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater
from twisted.logger import Logger

from mailcap.domain.errors import StoreUnavailable
from mailcap.domain.ports import RetentionStore

_EVERY = 60.0  # seconds
_RUNS_AN_HOUR = 60
_RUNS_A_DAY = 24 * 60
_AT_ONCE = 200  # rows in one transaction
_PAUSE = 0.02  # seconds between two transactions, for others to write

_log = Logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionRules:
    """How long and how many: seconds and messages, 0 for no such limit."""

    public_age: float
    public_per_inbox: int
    tombstones: float


class Retention(TimerService):
    """Applies the rules every minute; a Twisted service.

    *in_use* gives the ids of the mailboxes that somebody looks at.  *now* gives Unix
    seconds, *clock* makes the pauses.
    """

    def __init__(
        self,
        store: RetentionStore,
        rules: RetentionRules,
        *,
        clock: IReactorTime,
        in_use: Callable[[], Collection[int]] = tuple,
        now: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(_EVERY, self._begin)
        self.clock = clock  # the name under which TimerService looks for it
        self._clock = clock
        self._store = store
        self._rules = rules
        self._in_use = in_use
        self._now = now
        self._runs = 0
        # Messages up to these numbers were looked at; what was kept then because
        # it was owned or starred may have become public since, so that once a day
        # all are looked at again.
        self._expired_to = 0
        self._trimmed_to = 0

    def _begin(self) -> Deferred[None]:
        return Deferred.fromCoroutine(self.apply()).addErrback(
            lambda reason: _log.failure("Retention failed; it goes on later", failure=reason)
        )

    async def apply(self) -> None:
        """Apply all rules once."""
        if self._runs % _RUNS_A_DAY == 0:
            self._expired_to = self._trimmed_to = 0
        try:
            await self._expire()
            await self._trim()
            await self._forget()
            if self._runs % _RUNS_AN_HOUR == 0:
                await self._walk(0, self._drop_empty)
                await self._forget_aliases()
        except StoreUnavailable as error:
            _log.warn("Retention waits: {reason}", reason=error)
        else:
            self._runs += 1

    async def _expire(self) -> None:
        if not self._rules.public_age:
            return
        limit = int((self._now() - self._rules.public_age) * 1000)
        self._expired_to, gone = await self._walk(
            self._expired_to,
            lambda behind: self._store.expire(received_before=limit, behind=behind, most=_AT_ONCE),
        )
        if gone:
            _log.info("{count} public messages were old enough to go", count=gone)

    async def _trim(self) -> None:
        if not self._rules.public_per_inbox:
            return
        self._trimmed_to, gone = await self._walk(
            self._trimmed_to,
            lambda behind: self._store.trim(
                per_inbox=self._rules.public_per_inbox, behind=behind, most=_AT_ONCE
            ),
        )
        if gone:
            _log.info("{count} messages of full public inboxes went", count=gone)

    async def _forget(self) -> None:
        limit = int((self._now() - self._rules.tombstones) * 1000)
        while await self._store.forget_expunged(expunged_before=limit, most=_AT_ONCE) == _AT_ONCE:
            await self._pause()

    async def _forget_aliases(self) -> None:
        if not self._rules.public_age:
            return
        limit = int((self._now() - self._rules.public_age) * 1000)
        while await self._store.forget_aliases(shown_before=limit, most=_AT_ONCE) == _AT_ONCE:
            await self._pause()

    def _drop_empty(self, behind: int) -> Awaitable[tuple[int, int | None]]:
        return self._store.drop_empty(behind=behind, most=_AT_ONCE, keep=self._in_use())

    async def _walk(
        self, behind: int, step: Callable[[int], Awaitable[tuple[int, int | None]]]
    ) -> tuple[int, int]:
        """Take *step* behind one number after the other.

        Return the last number and how many went in all.
        """
        total = 0
        while True:
            gone, last = await step(behind)
            total += gone
            if last is None:
                return behind, total
            behind = last
            await self._pause()

    def _pause(self) -> Deferred[None]:
        return deferLater(self._clock, _PAUSE)
