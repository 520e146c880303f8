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


class Walks:
    """Has a few of them under way at a time; accounts take turns."""

    def __init__(self) -> None:
        self._turns: Turns[Any] = Turns(_begin, workers=_AT_A_TIME)

    async def of(self, who: Identity, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Return for *who* what *work* gives.  Raises `Busy` if too many wait already."""
        result: T = await self._turns.run(work, source=Source(who.account_name))
        return result


def _begin(work: Callable[[], Coroutine[Any, Any, T]]) -> Deferred[T]:
    return Deferred.fromCoroutine(work())
