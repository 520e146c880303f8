"""Counters of several nodes that share a counting server."""

from __future__ import annotations

from collections.abc import Awaitable
from heapq import nlargest
from typing import Protocol

from twisted.application.internet import TimerService
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from mailcap.throttling.counters import Counters

_EVERY = 0.5  # seconds between two rounds
# Packets of a round.  A flood would else cost us more to report than to refuse.
_MOST_PACKETS = 1000
_MOST_PENDING = 10_000
_PREFIX = "mailcap."  # of our namespaces: others may count there too
_KEPT_SECONDS = 10.0  # how long an answer is believed

_log = Logger()

_Pair = tuple[str, str]


class Remote(Protocol):
    """A server that counts, such as dracula."""

    def put(self, namespace: str, key: str) -> Awaitable[None]:
        """Count *key* once."""

    def count(self, namespace: str, key: str) -> Awaitable[int]:
        """Return how often *key* was put by all nodes within the window."""


class SharedCounters(TimerService):
    """What *local* has counted here and *remote* elsewhere; a Twisted service.

    Counts are answered at once, with what was heard last of the other nodes.  Twice a
    second the server is told what was put here since, and asked about the same keys; if
    that is too much for a round, about those that were put most.  While the server does
    not answer, what is counted here counts alone, and the log says so once.
    """

    def __init__(self, local: Counters, remote: Remote, *, clock: IReactorTime) -> None:
        super().__init__(_EVERY, self._begin)
        self.clock = self._clock = clock  # TimerService looks for the former
        self._local = local
        self._remote = remote
        self._pending: dict[_Pair, int] = {}
        self._others: dict[_Pair, tuple[int, float]] = {}  # how many, and until when
        self._deaf = False

    @property
    def window(self) -> float:
        """See `Counters`."""
        return self._local.window

    @window.setter
    def window(self, seconds: float) -> None:
        self._local.window = seconds

    def put(self, namespace: str, key: str, times: int = 1) -> None:
        """See `Counters`."""
        self._local.put(namespace, key, times)
        pair = namespace, key
        if pair in self._pending or len(self._pending) < _MOST_PENDING:
            self._pending[pair] = self._pending.get(pair, 0) + times

    def count(self, namespace: str, key: str) -> int:
        """See `Counters`."""
        others, until = self._others.get((namespace, key), (0, 0.0))
        here = self._local.count(namespace, key)
        return here + others if until > self._clock.seconds() else here

    def wait(self, namespace: str, key: str, surplus: int) -> float:
        """See `Counters`; nobody knows when what others have counted was put."""
        return self._local.wait(namespace, key, surplus)

    def _begin(self) -> Deferred[None]:
        return Deferred.fromCoroutine(self.exchange()).addErrback(
            lambda reason: _log.failure("counts could not be shared", failure=reason)
        )

    async def exchange(self) -> None:
        """Tell what was put here since the last round, and ask what the others have."""
        now = self._clock.seconds()
        self._others = {pair: kept for pair, kept in self._others.items() if kept[1] > now}
        pending, self._pending = self._pending, {}
        if not pending:
            return
        chosen = _heaviest(pending, 2 if self._deaf else _MOST_PACKETS)
        asked = [
            Deferred.fromCoroutine(self._ask(pair, times, now)) for pair, times in chosen.items()
        ]
        reasons = await gatherResults([each.addErrback(_reason) for each in asked])
        deaf = None not in reasons
        if deaf and not self._deaf:
            _log.warn(
                "no counting server answers ({reason}): mail is throttled by what this"
                " node alone has counted",
                reason=reasons[0],
            )
        elif self._deaf and not deaf:
            _log.info("a counting server answers again: other nodes' mail is counted too")
        self._deaf = deaf

    async def _ask(self, pair: _Pair, times: int, now: float) -> None:
        here = self._local.count(*pair)
        namespace, key = f"{_PREFIX}{pair[0]}", pair[1]
        for _ in range(times):
            await self._remote.put(namespace, key)
        others = await self._remote.count(namespace, key) - here
        self._others[pair] = (max(0, others), now + _KEPT_SECONDS)


def _reason(failure: Failure) -> str:
    return failure.getErrorMessage()


def _heaviest(pending: dict[_Pair, int], packets: int) -> dict[_Pair, int]:
    """Return the pairs that were put most, as many as *packets* suffice for.

    Each takes a packet for each time it was put, and one more.
    """
    chosen: dict[_Pair, int] = {}
    for pair, times in nlargest(packets // 2, pending.items(), key=lambda each: each[1]):
        chosen[pair] = min(times, packets - 1)
        packets -= chosen[pair] + 1
        if packets < 2:  # noqa: PLR2004  one put and one count
            break
    return chosen
