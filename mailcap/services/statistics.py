"""What public mail is like, for everybody: never a word of private mail.

The newest public, unstarred messages of a period are looked at, 100,000 at most and as
long as there is time: so nobody can ask for more than that costs, and intake keeps no
tables for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass

from mailcap.domain.messages import Message
from mailcap.domain.survey_store import Sieve, SurveyStore
from mailcap.mime.summary import decode
from mailcap.services.sieves import having
from mailcap.services.summaries import Elsewhere, Summaries

MOST_FOUND = 100
_MOST_LOOKED_AT = 100_000
_SECONDS = 10.0
_AT_ONCE = 200

# What is counted of a message: each of these once.
Traits = Callable[[Message], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Period:
    """Unix milliseconds, both inclusive; None is open."""

    start: int | None = None
    end: int | None = None


def address_of(message: Message) -> Iterable[str]:
    """Return the inbox."""
    return (message.inbox,)


def domain_of(message: Message) -> Iterable[str]:
    """Return the domain of the inbox."""
    return (message.inbox.rpartition("@")[2],)


def senders_of(message: Message) -> Iterable[str]:
    """Return the From addresses of a message with its summary; without any, the envelope's."""
    summary = decode(message.summary or b"")
    senders = {address.lower() for address, _ in summary.from_} if summary else set()
    return senders or filter(None, [str(message.envelope.get("mailFrom") or "").lower()])


def attachments_of(message: Message) -> Iterable[str]:
    """Return the checksums of the attachments of a message with its summary."""
    summary = decode(message.summary or b"")
    return set(summary.attachments) if summary else ()


class Statistics:
    """Counts public mail.  *elsewhere* runs a function in a thread, *clock* gives seconds."""

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

    async def ranking(
        self, traits: Traits, period: Period, *, skip: int, limit: int
    ) -> Sequence[tuple[str, int]]:
        """Return what messages have in common, and how many: the most frequent first."""
        counts: Counter[str] = Counter()
        with_summaries = traits in (senders_of, attachments_of)
        async for page in self._pages(period, with_summaries=with_summaries):
            await self._elsewhere(_count, counts, page, traits)
        return sorted(counts.items(), key=_rank)[skip : skip + limit]

    async def count_attachment(self, checksum: str) -> int:
        """Return how many messages have that attachment."""
        count = 0
        async for page in self._pages(Period(), with_summaries=True, sieve=having(checksum)):
            count += len(await self._elsewhere(_having, page, checksum))
        return count

    async def with_attachment(self, checksum: str, *, limit: int = MOST_FOUND) -> Sequence[Message]:
        """Return the newest messages that have that attachment, with their summaries."""
        found: list[Message] = []
        async for page in self._pages(Period(), with_summaries=True, sieve=having(checksum)):
            found += await self._elsewhere(_having, page, checksum)
            if len(found) >= limit:
                break
        return found[:limit]

    async def _pages(
        self, period: Period, *, with_summaries: bool, sieve: Sieve | None = None
    ) -> AsyncIterator[Sequence[Message]]:
        until = self._clock() + _SECONDS
        first = 0 if period.start is None else await self._store.number_at(period.start)
        below: int | None = 2**63 - 1
        if period.end is not None:
            below = await self._store.number_at(period.end + 1)
        room = _MOST_LOOKED_AT
        while below is not None and room > 0 and self._clock() < until:
            page, below = await self._store.walk_public(
                first=first, below=below, most=_AT_ONCE, sieve=sieve
            )
            room -= _AT_ONCE
            if not with_summaries:
                yield page
                continue
            async for some in self._summaries.complete_some(page):
                yield some


def _count(counts: Counter[str], messages: Iterable[Message], traits: Traits) -> None:
    for message in messages:
        counts.update(traits(message))


def _having(messages: Iterable[Message], checksum: str) -> list[Message]:
    return [message for message in messages if checksum in attachments_of(message)]


def _rank(counted: tuple[str, int]) -> tuple[int, str]:
    what, count = counted
    return -count, what
