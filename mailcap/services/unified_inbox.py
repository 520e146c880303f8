"""The unified inbox of an account: listed, and searched."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mailcap.domain.accounts import Identity
from mailcap.domain.messages import Message
from mailcap.domain.survey_store import SurveyStore
from mailcap.mime.summary import decode
from mailcap.services.matching import Condition
from mailcap.services.summaries import Elsewhere, Summaries

MOST_FOUND = 100
_SECONDS = 10.0  # that a search takes at most; what it has found until then is the answer
_AT_ONCE = 100


class UnifiedInbox:
    """All mail of an account that is in a folder inbox, and what it has starred anywhere.

    *elsewhere* runs a function in a thread, *clock* gives seconds.
    """

    def __init__(
        self,
        store: SurveyStore,
        *,
        summaries: Summaries,
        elsewhere: Elsewhere,
        clock: Callable[[], float],
    ) -> None:
        self._store = store
        self._summaries = summaries
        self._elsewhere = elsewhere
        self._clock = clock

    async def list_messages(
        self, who: Identity, *, since: int | None, skip: int, limit: int
    ) -> Sequence[Message]:
        """Return messages with their summaries; see `SurveyStore.list_unified`."""
        found = await self._store.list_unified(who, since=since, skip=skip, limit=limit)
        return await self._summaries.complete(found)

    async def count_unread(self, who: Identity) -> int:
        """Return how many messages are unread; see `SurveyStore.count_unread`."""
        return await self._store.count_unread(who)

    async def starred(self, who: Identity, *, limit: int) -> Sequence[Message]:
        """Return what *who* has starred, in any inbox and folder, with summaries."""
        return await self._summaries.complete(await self._store.list_starred(who, limit=limit))

    async def search(self, who: Identity, condition: Condition) -> Sequence[Message]:
        """Return the newest messages that *condition* is true of, `MOST_FOUND` at most.

        It looks from the newest back as long as there is time.
        """
        until = self._clock() + _SECONDS
        found: list[Message] = []
        below: int | None = None
        while len(found) < MOST_FOUND and self._clock() < until:
            page, below = await self._store.walk_unified(
                who, below=below, most=_AT_ONCE, sieve=condition.sieve
            )
            if below is None:
                break
            async for some in self._summaries.complete_some(page):
                found += await self._elsewhere(_matching, some, condition)
        return found[:MOST_FOUND]


def _matching(messages: Sequence[Message], condition: Condition) -> list[Message]:
    return [
        message
        for message in messages
        if (summary := decode(message.summary or b"")) and condition(message, summary)
    ]
