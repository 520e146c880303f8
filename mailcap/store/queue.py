"""Where transactions run, so that a slow disk never holds up the reactor."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Any, Protocol

from twisted.internet.defer import Deferred, DeferredList, fail

from mailcap.domain.errors import StoreUnavailable
from mailcap.store.failures import for_others
from mailcap.store.jobs import Job


class Worker(Protocol):
    """Runs one job at a time."""

    def start(self) -> None:
        """Get ready."""

    def run(self, job: Job) -> Deferred[Any]:
        """Run *job*; what it returns or raises fires in the reactor."""

    def stop(self) -> Deferred[Any] | None:
        """End when the job that runs is done, or soon."""


class Queue:
    """A few workers, and a queue in which urgent jobs overtake the others.

    When the database has kept a job waiting in vain, those behind it fail too.
    """

    def __init__(self, workers: Sequence[Worker], *, now: Callable[[], float] = monotonic) -> None:
        self._workers = workers
        self._now = now
        self._free = list(reversed(workers))  # the first is used most
        self._urgent: deque[tuple[Deferred[Any], Job]] = deque()
        self._normal: deque[tuple[Deferred[Any], Job]] = deque()
        self._stopped = False

    def start(self) -> None:
        """Get ready for the first job."""
        self._workers[0].start()

    def stop(self) -> Deferred[Any]:
        """See `mailcap.store.jobs.Lane`."""
        self._stopped = True
        self._refuse(_closed())
        return DeferredList([done for each in self._workers if (done := each.stop())])

    def submit(self, job: Job, *, urgent: bool = False) -> Deferred[Any]:
        """Run *job* when a worker is free."""
        if self._stopped:
            return fail(_closed())
        result: Deferred[Any] = Deferred()
        (self._urgent if urgent else self._normal).append((result, job))
        if self._free:
            self._start_next()
        return result

    def _start_next(self) -> None:
        worker = self._free.pop()
        result, job = (self._urgent or self._normal).popleft()
        running = worker.run(job)
        running.addBoth(self._ended, worker, self._now())
        running.addBoth(result.callback)

    def _ended(self, outcome: Any, worker: Worker, began: float) -> Any:
        self._free.append(worker)
        if error := for_others(getattr(outcome, "value", None), self._now() - began):
            self._refuse(error)
        if self._free and (self._urgent or self._normal):
            self._start_next()
        return outcome

    def _refuse(self, error: StoreUnavailable) -> None:
        """Fail all that wait."""
        waiting = [result for result, _ in (*self._urgent, *self._normal)]
        self._urgent.clear()
        self._normal.clear()
        for result in waiting:
            result.errback(error)


def _closed() -> StoreUnavailable:
    return StoreUnavailable("The store is being closed.")
