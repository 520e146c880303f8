"""From the end of data to the committed 250: the intake.

All messages that wait while a transaction is being committed go into the next one,
so that one sync of the disk serves them all and a lone message waits for nobody.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

from twisted.internet.defer import Deferred, fail
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater
from twisted.logger import Logger
from twisted.python.failure import Failure as Reason

from mailcap.domain.envelope import Envelope
from mailcap.domain.errors import Busy, Failure, StoreFull, StoreUnavailable
from mailcap.domain.figures import Figures
from mailcap.domain.identifiers import new_base
from mailcap.domain.messages import Incoming
from mailcap.domain.ports import IntakeStore
from mailcap.mime import headers
from mailcap.services.trace import make_trace

# What goes into one transaction at most: enough that the sync is shared by many,
# little enough that nobody waits long for the others.
_BATCH_MESSAGES = 256
_BATCH_OCTETS = 32 * 1024 * 1024

# In seconds: for how long a commit of unknown outcome is asked for (a server that is away
# for a minute comes back within that; senders wait for ten, RFC 5321 section 4.5.3.2.6),
# and how often; how long a try may take before its failure is the answer to all who wait;
# and how long the last commit may take: longer than to notice that PostgreSQL is silent.
_IN_DOUBT = 75.0
_PAUSE = 0.25
_SLOW = 1.0
_LAST = 15.0

_log = Logger()


class _Waiting(NamedTuple):
    incoming: Incoming
    stored: Deferred[str]


class Delivery:
    """Takes over messages whose data has ended; see `mailcap.domain.ports.Deliverer`.

    *host_name* is what this server calls itself in the trace; *clock* makes pauses,
    *now* gives Unix seconds.  What is stored is counted in *figures*.
    """

    def __init__(
        self,
        store: IntakeStore,
        *,
        host_name: str,
        clock: IReactorTime,
        now: Callable[[], float] = time.time,
        figures: Figures | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._host_name = host_name
        self._now = now
        self._figures = figures or Figures()
        self._began = 0.0  # the commit that is under way
        self._took = 0.0  # the last one
        self._waiting: deque[_Waiting] = deque()
        self._suspects: deque[_Waiting] = deque()  # to be stored one by one
        self._under_way: Sequence[_Waiting] = ()  # in the store's hands
        self._committing = False
        self._told: Deferred[None] | None = None  # the last of them, at the end

    @property
    def backlog(self) -> int:
        """How many messages wait for a transaction."""
        return len(self._waiting) + len(self._suspects)

    @property
    def commit_seconds(self) -> float:
        """How long the commit under way takes so far, or the one before; 0 if none is."""
        return max(self._took, self._now() - self._began) if self._committing else 0.0

    def deliver(self, envelope: Envelope, body: bytes) -> Deferred[str]:
        """Store *body* for all recipients; fires with the base id after the commit."""
        if self._told is not None:
            return fail(_stopping())
        stored: Deferred[str] = Deferred()
        self._waiting.append(_Waiting(self._incoming(envelope, body), stored))
        if not self._committing:
            self._start_next()
        return stored

    def stop(self) -> Deferred[None]:
        """Take over nothing more; fires when all who have handed over know what became of it.

        What waits is refused as `Busy`, and never stored.  What the store has in its hands
        may still be stored; if that does not end in time, those who wait for it are left
        without an answer (`CancelledError`), because each could be wrong.
        """
        told = self._told = Deferred()
        if not self._committing:
            told.callback(None)
        self._put_off(_stopping())
        return told.addTimeout(_LAST, self._clock, onTimeoutCancel=self._leave_in_doubt)

    def _put_off(self, error: Exception) -> None:
        """Tell all who wait that nothing is done for them."""
        for waiting in self._take_all():
            waiting.stored.errback(Reason(error))

    def _leave_in_doubt(self, *_: object) -> None:
        _log.warn(
            "{count} messages may be stored though their senders have no answer: the database"
            " did not end their commit before the end of mailcap; they may come twice",
            count=len(self._under_way),
        )
        for waiting in self._under_way:
            waiting.stored.cancel()  # whatever comes of it now, is not told any more

    def _incoming(self, envelope: Envelope, body: bytes) -> Incoming:
        now = self._now()
        base = new_base(now)
        cut = headers.split(body)
        return Incoming(
            base=base,
            envelope=envelope,
            received=int(now * 1000),
            header=body[:cut],
            rest=body[cut:],
            traces=[
                make_trace(
                    envelope,
                    host_name=self._host_name,
                    base=base,
                    now=int(now),
                    inbox=recipient.address.inbox,
                )
                for recipient in envelope.recipients
            ],
        )

    def _start_next(self) -> None:
        """Commit the next batch, if anything waits."""
        if self._told is not None:
            self._put_off(_stopping())  # the suspects, that is
        self._committing = bool(self._suspects or self._waiting)
        if self._committing:
            self._under_way = self._next_batch()
            Deferred.fromCoroutine(self._commit(self._under_way))

    def _next_batch(self) -> list[_Waiting]:
        if self._suspects:
            return [self._suspects.popleft()]
        batch = [self._waiting.popleft()]
        octets = batch[0].incoming.size
        while self._waiting and len(batch) < _BATCH_MESSAGES:
            octets += self._waiting[0].incoming.size
            if octets > _BATCH_OCTETS:
                break
            batch.append(self._waiting.popleft())
        return batch

    def _count(self, batch: Sequence[_Waiting], *, stored: bool) -> None:
        self._took = self._now() - self._began
        self._figures.commits.add(self._took)
        if stored:
            self._figures.batches.add(len(batch))
            self._figures.messages += len(batch)
            self._figures.octets += sum(waiting.incoming.size for waiting in batch)

    async def _commit(self, batch: Sequence[_Waiting]) -> None:
        failed: Exception | None = None
        self._began = self._now()
        began = self._clock.seconds()
        try:
            await self._store_batch([waiting.incoming for waiting in batch])
        except Exception as error:  # noqa: BLE001  nothing may stop the intake
            failed = error
        self._count(batch, stored=not failed)
        if failed and len(batch) > 1 and not isinstance(failed, Failure):
            self._suspects.extend(batch)  # one of them is to blame, the others are not
            batch = ()
        elif isinstance(failed, StoreUnavailable) and self._clock.seconds() - began > _SLOW:
            batch = [*batch, *self._take_all()]  # nobody should wait as long for the same
        self._start_next()  # first of all, so that the disk is busy while senders are told
        for waiting in batch:
            if failed:
                waiting.stored.errback(Reason(failed))
            else:
                waiting.stored.callback(waiting.incoming.base)
        if failed and not isinstance(failed, Failure):  # the store tells of its outages
            _log.error(
                "{count} messages could not be stored: {reason}",
                count=len(batch),
                reason=failed,
                log_failure=Reason(failed),
            )
        if self._told is not None and not (self._committing or self._told.called):
            self._told.callback(None)

    async def _store_batch(self, items: Sequence[Incoming]) -> None:
        try:
            await self._store.store_batch(items)
        except StoreUnavailable as error:
            if not error.in_doubt:
                raise
            await self._find_out(items)

    async def _find_out(self, items: Sequence[Incoming]) -> None:
        """Store those of *items* that are not there, once the database can tell.

        A sender who is told to try again, though the message is there, doubles it.  So it
        is asked for a while; at the end of all for as long as anybody waits.  Those behind
        them, of whom nothing is in doubt, are put off meanwhile.
        """
        until = self._clock.seconds() + _IN_DOUBT
        while True:
            try:
                await self._store.store_batch(items, again=True)
            except StoreFull:  # it has looked by then
                raise
            except StoreUnavailable as error:
                self._put_off(error)
                if self._told is not None:
                    if self._told.called:
                        raise
                elif self._clock.seconds() >= until:
                    _log.warn(
                        "{count} messages may be stored though their senders were told to try"
                        " again: the database was lost during their commit; they may come twice",
                        count=len(items),
                    )
                    raise
            else:
                return
            await deferLater(self._clock, _PAUSE)

    def _take_all(self) -> list[_Waiting]:
        taken = [*self._suspects, *self._waiting]
        self._suspects.clear()
        self._waiting.clear()
        return taken


def _stopping() -> Busy:
    return Busy("Service shutting down, try again later")
