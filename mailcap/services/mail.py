"""Reading, changing and deleting mail, with the rules of Mailsac's API."""

from __future__ import annotations

from collections.abc import Sequence

from mailcap.domain.accounts import Identity
from mailcap.domain.addresses import fold_domain, parse_address
from mailcap.domain.errors import InvalidValue, NotFound
from mailcap.domain.labels import is_label
from mailcap.domain.mailboxes import FlagChange, How, Mark
from mailcap.domain.messages import Content, Folder, Message
from mailcap.domain.ports import MailStore
from mailcap.services.summaries import Summaries


class Mail:
    """The mail of inboxes, for whoever asks.

    An *address* may be spelt in any way that folds to the inbox; a text that is no
    address raises `InvalidAddress`.  Other failures are those of `MailStore`.
    """

    def __init__(self, store: MailStore, *, summaries: Summaries) -> None:
        self._store = store
        self._summaries = summaries

    async def list_messages(
        self,
        who: Identity,
        address: str,
        *,
        until: int | None = None,
        before: str | None = None,
        limit: int = 20,
    ) -> Sequence[Message]:
        """Return messages of all folders, newest first; see `MailStore.list_inbox`.

        Each has its summary, as `mailcap.mime.summary` makes it today.
        """
        inbox = parse_address(address).inbox
        found = await self._store.list_inbox(who, inbox, until=until, before=before, limit=limit)
        return await self._summaries.complete(found)

    async def count_messages(self, who: Identity, address: str) -> int:
        """Return how many messages `list_messages` would find in all."""
        return await self._store.count_inbox(who, parse_address(address).inbox)

    async def message(self, who: Identity, address: str, message_id: str) -> Message:
        """Return one message, with its summary."""
        found = await self._store.find(who, parse_address(address).inbox, message_id)
        return await self._complete(found)

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

    async def list_domain(
        self,
        who: Identity,
        domain: str,
        *,
        until: int | None = None,
        before: str | None = None,
        limit: int = 20,
    ) -> Sequence[Message]:
        """Return messages of an own domain, newest first; see `MailStore.list_domain`."""
        found = await self._store.list_domain(
            who, fold_domain(domain), until=until, before=before, limit=limit
        )
        return await self._summaries.complete(found)

    async def count_domain(self, who: Identity, domain: str) -> int:
        """Return how many messages `list_domain` would find in all."""
        return await self._store.count_domain(who, fold_domain(domain))

    async def clear_domain(self, who: Identity, domain: str) -> int:
        """Delete all messages of an own domain, starred or not; return how many went."""
        return await self._store.clear_domain(who, fold_domain(domain))

    async def toggle_star(self, who: Identity, address: str, message_id: str) -> Message:
        """Star a message, or take the own star back; return it with its summary."""
        inbox = parse_address(address).inbox
        return await self._complete(await self._store.toggle_star(who, inbox, message_id))

    async def add_label(self, who: Identity, address: str, message_id: str, label: str) -> Message:
        """Add a label, unless the message has it in some spelling.

        Raises `InvalidValue` if it can be none, and for more than 100.
        """
        if not is_label(label):
            raise InvalidValue(f"{label} is no label: it has another meaning to mail clients.")
        change = FlagChange(How.ADD, keywords=(label,))
        return await self._change(who, address, message_id, change)

    async def remove_label(
        self, who: Identity, address: str, message_id: str, label: str
    ) -> Message:
        """Take a label away, if the message has it in some spelling."""
        keywords = (label,) if is_label(label) else ()
        change = FlagChange(How.REMOVE, keywords=keywords)
        return await self._change(who, address, message_id, change)

    async def mark_read(
        self, who: Identity, address: str, message_id: str, *, read: bool
    ) -> Message:
        """Note that somebody has read a message, or that nobody has."""
        change = FlagChange(How.ADD if read else How.REMOVE, Mark.SEEN)
        return await self._change(who, address, message_id, change)

    async def refile(self, who: Identity, address: str, message_id: str, folder: Folder) -> Message:
        """Move a message to another folder of its inbox, and return it."""
        inbox = parse_address(address).inbox
        return await self._store.refile(who, inbox, message_id, folder=folder)

    async def _change(
        self, who: Identity, address: str, message_id: str, change: FlagChange
    ) -> Message:
        inbox = parse_address(address).inbox
        return await self._store.change(who, inbox, message_id, flags=change)

    async def _complete(self, message: Message) -> Message:
        complete = await self._summaries.complete([message])
        if not complete:  # deleted while we looked
            raise NotFound(f"Message not found by id {message.id} and inbox {message.inbox}")
        return complete[0]
