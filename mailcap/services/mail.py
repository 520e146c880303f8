"""Reading and deleting mail, with the rules of Mailsac's API."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from mailcap.domain.accounts import Identity
from mailcap.domain.addresses import parse_address
from mailcap.domain.errors import NotFound
from mailcap.domain.messages import Content, Message
from mailcap.domain.ports import MailStore
from mailcap.mime.summary import Summary, decode, summarise

# Summaries are computed of so many bodies at a time, so that the bodies of a long
# list are never all in memory.
_SUMMARISED_AT_ONCE = 16

# Runs a function where its computing holds up nobody, and returns its result.
Elsewhere = Callable[..., Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message with what its bytes say."""

    message: Message
    summary: Summary


class Mail:
    """The mail of inboxes, for whoever asks.

    An *address* may be spelt in any way that folds to the inbox; a text that is no
    address raises `InvalidAddress`.  Other failures are those of `MailStore`.
    *elsewhere* runs a function in a thread.
    """

    def __init__(self, store: MailStore, *, elsewhere: Elsewhere) -> None:
        self._store = store
        self._elsewhere = elsewhere

    async def list_messages(
        self,
        who: Identity,
        address: str,
        *,
        until: int | None = None,
        before: str | None = None,
        limit: int = 20,
    ) -> Sequence[MessageView]:
        """Return messages of all folders, newest first; see `MailStore.list_inbox`."""
        inbox = parse_address(address).inbox
        found = await self._store.list_inbox(who, inbox, until=until, before=before, limit=limit)
        return await self._views(found)

    async def count_messages(self, who: Identity, address: str) -> int:
        """Return how many messages `list_messages` would find in all."""
        return await self._store.count_inbox(who, parse_address(address).inbox)

    async def message(self, who: Identity, address: str, message_id: str) -> MessageView:
        """Return one message."""
        message = await self._store.find(who, parse_address(address).inbox, message_id)
        views = await self._views([message])
        if not views:  # deleted while we looked
            raise NotFound(f"Message not found by id {message_id} and inbox {message.inbox}")
        return views[0]

    async def content(
        self, who: Identity, address: str, message_id: str
    ) -> tuple[Message, Content]:
        """Return one message with its bytes."""
        return await self._store.content(who, parse_address(address).inbox, message_id)

    async def delete(self, who: Identity, address: str, message_id: str) -> Message:
        """Delete one message for ever and return what it was."""
        return await self._store.delete(who, parse_address(address).inbox, message_id)

    async def purge(self, who: Identity, address: str) -> int:
        """Delete all messages of an own inbox but the starred; return how many went."""
        return await self._store.purge(who, parse_address(address).inbox)

    async def _views(self, messages: Sequence[Message]) -> Sequence[MessageView]:
        """Add the summaries, computing and keeping those that are not there yet."""
        bodies = list(dict.fromkeys(message.body for message in messages))
        stored = await self._store.summaries(bodies) if bodies else {}
        found = {body: summary for body, data in stored.items() if (summary := decode(data))}
        missing = [body for body in bodies if body not in found]
        for start in range(0, len(missing), _SUMMARISED_AT_ONCE):
            found |= await self._summarise(missing[start : start + _SUMMARISED_AT_ONCE])
        # A message that was deleted meanwhile has lost its body with it.
        return [
            MessageView(message, found[message.body])
            for message in messages
            if message.body in found
        ]

    async def _summarise(self, numbers: Sequence[int]) -> dict[int, Summary]:
        bodies = await self._store.bodies(numbers)
        made: dict[int, Summary] = await self._elsewhere(_summarise_all, bodies)
        await self._store.save_summaries(
            {number: summary.encode() for number, summary in made.items()}
        )
        return made


def _summarise_all(bodies: dict[int, bytes]) -> dict[int, Summary]:
    return {number: summarise(body) for number, body in bodies.items()}
