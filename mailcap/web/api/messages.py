"""The messages of an inbox: listed, counted, looked at, deleted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from mailcap.domain.accounts import Identity
from mailcap.domain.addresses import parse_address
from mailcap.domain.errors import InvalidAddress, NotFound, NotPermitted
from mailcap.domain.messages import Message
from mailcap.services.mail import Mail
from mailcap.web.api.computing import Computing
from mailcap.web.api.parameters import BEFORE, LIMIT, UNTIL, is_message_id
from mailcap.web.api.schemas import EMAIL_MESSAGE, TEXT, WHOLE, array, record
from mailcap.web.api.shapes import message_list, message_with_envelope
from mailcap.web.api.walks import Walks
from mailcap.web.replies import JSON, NO_CONTENT, Reply, json_reply
from mailcap.web.routing import Result, Route

_INBOX = "/api/addresses/{email}"
MESSAGE = f"{_INBOX}/messages/{{message_id}}"


@contextmanager
def found_or_not(email: str, message_id: str) -> Iterator[None]:
    """Make every reason why a message is not to be had look the same.

    Nobody learns from the answer whether a message exists that is not for them.
    """
    absent = f"Message not found by id {message_id} and inbox {email}"
    if not is_message_id(message_id):  # nor does the store ever see such a text
        raise NotFound(absent)
    try:
        yield
    except (NotFound, NotPermitted, InvalidAddress):
        raise NotFound(absent) from None


class MessageRoutes:
    """The routes of messages as objects."""

    def __init__(self, mail: Mail, computing: Computing, walks: Walks) -> None:
        self._mail = mail
        self._computing = computing
        self._walks = walks

    @property
    def routes(self) -> tuple[Route, ...]:
        """The table of these routes."""
        return (
            Route(
                "GET",
                f"{_INBOX}/messages",
                self.list_messages,
                (UNTIL, BEFORE, LIMIT),
                result=Result(array(EMAIL_MESSAGE)),
            ),
            Route(
                "DELETE",
                f"{_INBOX}/messages",
                self.purge,
                result=Result(status=NO_CONTENT, content_type=None),
            ),
            Route(
                "GET",
                f"{_INBOX}/message-count",
                self.count_messages,
                result=Result(record(count=WHOLE, inbox=TEXT)),
            ),
            Route("GET", MESSAGE, self.message, result=Result(EMAIL_MESSAGE)),
            Route(
                "DELETE",
                MESSAGE,
                self.delete,
                result=Result(record(_id=TEXT, inbox=TEXT, message=TEXT)),
            ),
        )

    async def list_messages(
        self, who: Identity, email: str, *, until: int | None, before: str | None, limit: int
    ) -> Reply:
        """Return the newest messages of an inbox."""
        found = await self._mail.list_messages(who, email, until=until, before=before, limit=limit)
        octets = sum([len(message.summary or b"") for message in found])
        return Reply(200, await self._computing.of(who, octets, message_list, found), JSON)

    async def count_messages(self, who: Identity, email: str) -> Reply:
        """Return the number of messages in an inbox."""
        count = await self._walks.of(who, partial(self._mail.count_messages, who, email))
        return json_reply({"count": count, "inbox": parse_address(email).inbox})

    async def message(self, who: Identity, email: str, message_id: str) -> Reply:
        """Return one message with its envelope."""
        with found_or_not(email, message_id):
            message = await self._mail.message(who, email, message_id)
        octets = len(message.summary or b"")
        return await self._computing.of(who, octets, _one, message, who)

    async def delete(self, who: Identity, email: str, message_id: str) -> Reply:
        """Delete one message for ever."""
        with found_or_not(email, message_id):
            gone = await self._mail.delete(who, email, message_id)
        return json_reply({"_id": gone.id, "inbox": gone.inbox, "message": "Message was deleted."})

    async def purge(self, who: Identity, email: str) -> Reply:
        """Delete all messages of an owned inbox but the starred."""
        await self._mail.purge(who, email)
        return Reply(NO_CONTENT)


def _one(message: Message, who: Identity) -> Reply:
    return Reply(200, message_with_envelope(message, who), JSON)
