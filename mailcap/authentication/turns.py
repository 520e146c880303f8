"""A few things at a time, in threads; those who wait take turns."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from twisted.internet.defer import Deferred, fail
from twisted.python.failure import Failure

from mailcap.authentication.sources import Source
from mailcap.domain.errors import Busy

T = TypeVar("T")


@dataclass(slots=True)
class _Turn(Generic[T]):
    work: Callable[[], T]
    answer: Deferred[T] = field(default_factory=Deferred)


class Turns(Generic[T]):
    """Runs work with *in_thread*, at most *workers* at a time.

    Whoever must wait is served in turns by source: a thousand requests of one block
    hold up a request of another for one turn only.  *per_source* and *most* bound how
    many may wait; a trusted source is bound by *most* alone.
    """

    def __init__(
        self,
        in_thread: Callable[[Callable[[], T]], Deferred[T]],
        *,
        workers: int,
        per_source: int = 64,
        most: int = 4096,
    ) -> None:
        self._in_thread = in_thread
        self._workers = workers
        self._per_source = per_source
        self._most = most
        self._running = 0
        self._waiting = 0
        self._queues: dict[str, deque[_Turn[T]]] = {}

    def run(self, work: Callable[[], T], *, source: Source) -> Deferred[T]:
        """Return the result of *work*; fails with `Busy` if too many wait already.

        Cancelling the Deferred gives up the place of work that waits.  Work that has
        begun keeps its place to its end, as its thread does.
        """
        turn = _Turn(work)
        if self._running < self._workers:
            self._start(turn)
            return turn.answer
        queue = self._queues.get(source.block, ())
        most = self._most if source.trusted else self._per_source
        if self._waiting >= self._most or len(queue) >= most:
            return fail(Busy("Too many wait for their turn already; try again later."))
        self._queues.setdefault(source.block, deque()).append(turn)
        self._waiting += 1
        return turn.answer

    def _start(self, turn: _Turn[T]) -> None:
        self._running += 1
        self._in_thread(turn.work).addBoth(self._ended, turn)

    def _ended(self, result: T | Failure, turn: _Turn[T]) -> None:
        self._running -= 1
        following = self._next()
        if following is not None:
            self._start(following)
        turn.answer.callback(result)  # a Failure stays one

    def _next(self) -> _Turn[T] | None:
        """Take the first that still waits, of the source that waited longest for a turn."""
        while self._queues:
            block = next(iter(self._queues))
            queue = self._queues.pop(block)
            turn = queue.popleft()
            self._waiting -= 1
            if queue:
                self._queues[block] = queue  # behind the others
            if not turn.answer.called:
                return turn
        return None
