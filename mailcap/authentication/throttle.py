"""Failed logins: counted by where they come from, answered ever later, then refused."""

from __future__ import annotations

from dataclasses import dataclass

from twisted.internet.interfaces import IReactorTime

from mailcap.authentication.expiring import Expiring
from mailcap.authentication.sources import Source
from mailcap.domain.errors import TooManyFailures

_MAX_NAME = 64  # characters that tell the counters apart: names come from attackers
_MAX_DOUBLINGS = 16  # a trusted source may fail for ever, and 2.0**1024 is none


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How patient the server is.

    Of one name from one block *per_name* failures are answered, of a whole block
    *per_block*: the first of a name after *first_delay* seconds, each next one after
    twice the time, up to *longest_delay*.  Then logins are refused until the last
    failure counted is *period* seconds old.  At most *counters* are kept of either kind.
    """

    first_delay: float = 0.5
    longest_delay: float = 10.0
    per_name: int = 10
    per_block: int = 100
    period: float = 300.0
    counters: int = 20_000


class Throttle:
    """Counts failures by (block, name) and by block.

    Failures from one block never touch another: whoever comes from elsewhere with
    the right password gets in.  A trusted source is delayed and never refused.  The
    two tables are apart, so that a flood of names drives no block out of its own.
    """

    def __init__(self, clock: IReactorTime, limits: Limits | None = None) -> None:
        self._clock = clock
        self._limits = limits = limits or Limits()
        self._by_name: Expiring[tuple[str, str], int] = Expiring(
            lifetime=limits.period, most=limits.counters
        )
        self._by_block: Expiring[str, int] = Expiring(lifetime=limits.period, most=limits.counters)

    def __len__(self) -> int:
        """How many counters there are."""
        return len(self._by_name) + len(self._by_block)

    @property
    def longest_delay(self) -> float:
        """After how many seconds a failure is answered at the latest."""
        return self._limits.longest_delay

    def check(self, source: Source, name: str) -> None:
        """Raise `TooManyFailures` if logins as *name* from *source* are refused now."""
        if source.trusted:
            return
        now, pair = self._clock.seconds(), _pair(source, name)
        wait = 0.0
        if (self._by_name.get(pair, now) or 0) >= self._limits.per_name:
            wait = self._by_name.remaining(pair, now)
        if (self._by_block.get(source.block, now) or 0) >= self._limits.per_block:
            wait = max(wait, self._by_block.remaining(source.block, now))
        if wait:
            raise TooManyFailures("Too many failed logins; try again later.", wait)

    def failed(self, source: Source, name: str) -> float:
        """Count a failure; return after how many seconds it is to be answered."""
        now, pair = self._clock.seconds(), _pair(source, name)
        before = self._by_name.get(pair, now) or 0
        self._by_name.put(pair, before + 1, now)
        self._by_block.put(source.block, (self._by_block.get(source.block, now) or 0) + 1, now)
        doubled = self._limits.first_delay * (1 << min(before, _MAX_DOUBLINGS))
        return min(doubled, self._limits.longest_delay)

    def succeeded(self, source: Source, name: str) -> None:
        """Forget the failures of *name* from *source*, though not those of its block."""
        self._by_name.discard(_pair(source, name))


def _pair(source: Source, name: str) -> tuple[str, str]:
    return source.block, name[:_MAX_NAME]
