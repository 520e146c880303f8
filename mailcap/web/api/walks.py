"""Long looks through the store."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from twisted.internet.defer import Deferred

from mailcap.authentication.sources import Source
from mailcap.authentication.turns import Turns
from mailcap.domain.accounts import Identity

T = TypeVar("T")

_AT_A_TIME = 2  # they hold up each other, and all others a little

# That may wait for their turn.  Those of one account hold up that account alone; but a
# test suite that asks a few hundred things at once gets all of its answers.
_MOST_WAITING = 20_000
_MOST_OF_ONE = 1000


class Walks:
    """Has a few of them under way at a time; accounts take turns."""

    def __init__(self) -> None:
        self._turns: Turns[Any] = Turns(
            _begin, workers=_AT_A_TIME, per_source=_MOST_OF_ONE, most=_MOST_WAITING
        )

    async def of(self, who: Identity, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Return for *who* what *work* gives.  Raises `Busy` if too many wait already."""
        result: T = await self._turns.run(work, source=Source(who.account_name))
        return result


def _begin(work: Callable[[], Coroutine[Any, Any, T]]) -> Deferred[T]:
    return Deferred.fromCoroutine(work())
