"""Threads in which SQL runs, so that a slow disk never holds up the reactor."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorThreads
from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool

T = TypeVar("T")


class Lane:
    """A few threads, and a queue in which urgent jobs overtake the others."""

    def __init__(self, reactor: IReactorThreads, *, threads: int, name: str) -> None:
        self._reactor = reactor
        self._free = threads
        self._pool = ThreadPool(0, threads, name)
        self._urgent: deque[tuple[Deferred[Any], Callable[[], Any]]] = deque()
        self._normal: deque[tuple[Deferred[Any], Callable[[], Any]]] = deque()

    def start(self) -> None:
        """Allow jobs to run; threads are made as they are needed."""
        self._pool.start()

    def stop(self) -> None:
        """Wait for the jobs that run, and end the threads."""
        self._pool.stop()

    def submit(self, job: Callable[[], T], *, urgent: bool = False) -> Deferred[T]:
        """Run *job* in a thread when one is free; the result fires in the reactor."""
        result: Deferred[T] = Deferred()
        (self._urgent if urgent else self._normal).append((result, job))
        if self._free:
            self._start_next()
        return result

    def _start_next(self) -> None:
        self._free -= 1
        result, job = (self._urgent or self._normal).popleft()
        running = deferToThreadPool(self._reactor, self._pool, job)
        running.addBoth(self._ended)
        running.addBoth(result.callback)

    def _ended(self, outcome: T) -> T:
        self._free += 1
        if self._urgent or self._normal:
            self._start_next()
        return outcome
