"""The summaries of messages, computed when somebody looks at them for the first time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from mailcap.domain.errors import InvalidValue, StoreUnavailable
from mailcap.domain.messages import Message
from mailcap.domain.ports import MailStore
from mailcap.mime.summary import CURRENT, summarise

# Summaries are computed of so many octets at a time, or of one message, so that the
# bodies of a long list are never all in memory.
_OCTETS_AT_ONCE = 2**20

# A summary can have more than a MiB: so many octets of them in one list are enough.
_MOST_AT_ONCE = 32 * 2**20

_SAVED_AT_ONCE = 64

# Summaries of so many octets may wait to be saved; others are computed again when wanted.
_MOST_UNSAVED = 2**20

# Runs a function where its computing holds up nobody, and returns its result.
Elsewhere = Callable[..., Awaitable[Any]]

_log = Logger()


class Summaries:
    """Gives messages the summaries that they lack, and keeps these in the store.

    Nobody waits for the keeping: who only reads needs no store that can be written.
    *elsewhere* runs a function in a thread.
    """

    def __init__(self, store: MailStore, elsewhere: Elsewhere) -> None:
        self._store = store
        self._elsewhere = elsewhere
        self._unsaved: dict[int, bytes] = {}
        self._saving = False

    async def complete(self, messages: Sequence[Message]) -> Sequence[Message]:
        """Return *messages* with their summaries, without those deleted meanwhile."""
        lacking = {message.body: message.size for message in messages if not _has_summary(message)}
        if not lacking:
            return messages
        made = {body: self._unsaved[body] for body in lacking.keys() & self._unsaved.keys()}
        room = _MOST_AT_ONCE
        for bodies in _pieces({body: lacking[body] for body in lacking if body not in made}):
            piece = await self._make(bodies)
            room -= sum(map(len, piece.values()))
            if room < 0:
                raise InvalidValue("These messages make too long a list; ask for fewer at a time.")
            made |= piece
        return [
            replace(message, summary=made[message.body]) if message.body in lacking else message
            for message in messages
            if message.body not in lacking or message.body in made
        ]

    async def complete_some(self, messages: Sequence[Message]) -> AsyncIterator[Sequence[Message]]:
        """Yield what `complete` would return, in pieces that are never too long for it."""
        sizes = {
            place: 0 if _has_summary(message) else message.size
            for place, message in enumerate(messages)
        }
        for places in _pieces(sizes):
            yield await self.complete([messages[place] for place in places])

    async def _make(self, numbers: Sequence[int]) -> dict[int, bytes]:
        bodies = await self._store.bodies(numbers)
        made: dict[int, bytes] = await self._elsewhere(_summarise_all, bodies)
        if sum(map(len, self._unsaved.values())) < _MOST_UNSAVED:
            self._unsaved |= made
        if not self._saving:
            Deferred.fromCoroutine(self._save())
        return made

    async def _save(self) -> None:
        """Keep what is not kept yet, until nothing is left."""
        self._saving = True
        while some := dict(islice(self._unsaved.items(), _SAVED_AT_ONCE)):
            try:
                await self._store.save_summaries(some)
            except StoreUnavailable:
                pass  # the store tells of its outages
            except Exception as error:  # noqa: BLE001  readers have what they wanted
                _log.warn("summaries are not kept: {error!r}", error=error)
            finally:
                for number in some:
                    del self._unsaved[number]
        self._saving = False


def _has_summary(message: Message) -> bool:
    return message.summary is not None and message.summary.startswith(CURRENT)


def _pieces(sizes: dict[int, int]) -> Iterator[list[int]]:
    """Divide bodies, or other things with numbers, by their *sizes*."""
    piece: list[int] = []
    octets = 0
    for body, size in sizes.items():
        if piece and octets + size > _OCTETS_AT_ONCE:
            yield piece
            piece, octets = [], 0
        piece.append(body)
        octets += size
    if piece:
        yield piece


def _summarise_all(bodies: dict[int, bytes]) -> dict[int, bytes]:
    return {number: summarise(body).encode() for number, body in bodies.items()}
