"""Threads that read, so that a slow disk never holds up the reactor."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from typing import Any

from twisted.internet.defer import Deferred, fail, succeed
from twisted.python.failure import Failure

from mailcap.domain.errors import StoreUnavailable
from mailcap.store.failures import for_others
from mailcap.store.jobs import Job

_TOGETHER = 0.002  # seconds within which outcomes are told together
_LAST_SECONDS = 5.0  # for the jobs that run when the store is closed
_PATIENCE = 0.01  # seconds that a slow job may hold up others, and their outcomes
_UNWAITED = 20  # calls for which the reactor does not wait behind one that took long


class Threads:
    """Does jobs in *count* threads of this process: *perform* is called there.

    To hand the interpreter from one thread to another takes longer than most jobs.  So
    jobs are collected until the reactor has nothing else to do; then one thread does
    all that it finds, and tells of several at once.  Another one joins it only when a
    slow job holds up others.  When the database has kept a job waiting in vain, those
    behind it fail too.

    With *waits* the reactor itself waits for the outcome, unless that takes more than a
    moment: where jobs are short and need the interpreter, both would only take it from
    each other.
    """

    def __init__(
        self,
        reactor: Any,
        perform: Callable[[Job], Any],
        *,
        count: int,
        name: str,
        waits: bool = False,
    ) -> None:
        self._reactor = reactor
        self._perform = perform
        self._urgent: deque[tuple[Deferred[Any], Job]] = deque()
        self._waiting: deque[tuple[Deferred[Any], Job]] = deque()
        self._ended: deque[tuple[Deferred[Any], Any]] = deque()
        self._under_way = 0
        self._calls: SimpleQueue[bool] = SimpleQueue()  # True: look for jobs, False: end
        self._started = self._stopped = False
        self._is_calling = self._is_watching = False
        self._waits = waits
        self._unwaited = 0
        self._is_awaited = False
        self._arrivals: SimpleQueue[None] = SimpleQueue()  # of outcomes that are awaited
        self._threads = [
            Thread(target=self._work, name=f"{name}-{number}", daemon=True)
            for number in range(count)
        ]

    def start(self) -> None:
        """See `mailcap.store.jobs.Lane`."""
        if not self._started:
            self._started = True
            for thread in self._threads:
                thread.start()

    def stop(self) -> Deferred[None]:
        """See `mailcap.store.jobs.Lane`.  Blocks until the jobs that run are done, but not long."""
        self._stopped = True
        self._refuse(_closed())
        for _ in self._threads:
            self._calls.put(False)
        if self._started:
            until = monotonic() + _LAST_SECONDS
            for thread in self._threads:
                thread.join(max(0.0, until - monotonic()))
        self._tell()
        return succeed(None)

    def submit(self, job: Job, *, urgent: bool = False) -> Deferred[Any]:
        """See `mailcap.store.jobs.Lane`.  What is cancelled before its turn is not done."""
        if self._stopped:
            return fail(_closed())
        self.start()
        result: Deferred[Any] = Deferred()
        (self._urgent if urgent else self._waiting).append((result, job))
        self._under_way += 1
        if not self._is_calling:
            self._is_calling = True
            self._reactor.callLater(0, self._call)
        return result

    def _call(self) -> None:
        """Have a thread do what has been collected."""
        self._is_calling = False
        is_alone = self._under_way == len(self._urgent) + len(self._waiting)
        if self._waits and is_alone and not self._unwaited:
            self._call_and_wait()
        else:
            self._unwaited = max(0, self._unwaited - 1)
            self._calls.put(True)
        if self._under_way and not self._is_watching:
            self._is_watching = True
            self._reactor.callLater(_PATIENCE, self._watch)

    def _call_and_wait(self) -> None:
        while not self._arrivals.empty():  # too late for the last time
            self._arrivals.get()
        self._is_awaited = True
        self._calls.put(True)
        try:
            self._arrivals.get(timeout=2 * _TOGETHER)
        except Empty:
            self._unwaited = _UNWAITED
        self._is_awaited = False
        self._tell()

    def _watch(self) -> None:
        """See to it that a slow job holds up neither other jobs nor what is done."""
        self._tell()
        if self._urgent or self._waiting:
            self._calls.put(True)
        self._is_watching = self._under_way > 0
        if self._is_watching:
            self._reactor.callLater(_PATIENCE, self._watch)

    def _tell(self) -> None:
        while self._ended:
            result, outcome = self._ended.popleft()
            self._under_way -= 1
            result.callback(outcome)  # a Failure stays one

    def _work(self) -> None:
        while self._calls.get():
            since = monotonic()
            while self._urgent or self._waiting:
                try:
                    result, job = (self._urgent or self._waiting).popleft()
                except IndexError:  # another thread was quicker
                    continue
                outcome = None if result.called else self._outcome(job)
                self._ended.append((result, outcome))
                if monotonic() - since > _TOGETHER:
                    self._report()
                    since = monotonic()
            if self._ended:
                self._report()

    def _report(self) -> None:
        """Have the reactor tell what has ended."""
        if self._is_awaited:
            self._is_awaited = False
            self._arrivals.put(None)
        else:
            self._reactor.callFromThread(self._tell)

    def _outcome(self, job: Job) -> Any:
        began = monotonic()
        try:
            return self._perform(job)
        except BaseException as error:  # noqa: BLE001  whatever it is, the next job is another one
            failure = Failure()
            if others := for_others(error, monotonic() - began):
                self._refuse(others)
            return failure

    def _refuse(self, error: StoreUnavailable) -> None:
        """Fail all that wait."""
        for waiting in (self._urgent, self._waiting):
            with suppress(IndexError):  # other threads take from there too
                while True:
                    result, _ = waiting.popleft()
                    self._ended.append((result, Failure(error)))


def _closed() -> StoreUnavailable:
    return StoreUnavailable("The store is being closed.")
