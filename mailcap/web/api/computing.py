"""Where what is computed of messages is computed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, ParamSpec, TypeVar

from twisted.internet.defer import Deferred

from mailcap.authentication.sources import Source
from mailcap.authentication.turns import Turns
from mailcap.domain.accounts import Identity
from mailcap.web.limits import Budget

P = ParamSpec("P")
T = TypeVar("T")

# From so many octets on it is done in a thread, so that nobody else waits for it: of the
# worst messages known, a quarter of a MiB takes 0.15 s.
HEAVY = 32 * 2**10

# More of them would only take the interpreter from each other, and from everybody else.
_THREADS = 2


class Computing:
    """Computes small things here, and large ones with *in_thread*, a few at a time.

    *in_thread* calls a function in a thread.  Accounts take turns.  What waits counts
    against *budget*.
    """

    def __init__(
        self, in_thread: Callable[[Callable[[], Any]], Deferred[Any]], budget: Budget
    ) -> None:
        self._turns: Turns[Any] = Turns(in_thread, workers=_THREADS)
        self._budget = budget

    async def of(
        self,
        who: Identity,
        octets: int,
        function: Callable[P, T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Return for *who* what *function* makes of its arguments, which have so many *octets*.

        Raises `Busy` if too much waits already.
        """
        if octets < HEAVY:
            return function(*args, **kwargs)
        self._budget.take(octets)
        try:
            work = partial(function, *args, **kwargs)
            result: T = await self._turns.run(work, source=Source(who.account_name))
        finally:
            self._budget.give_back(octets)
        return result
