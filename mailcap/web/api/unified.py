"""The unified inbox: all mail of the account in one list."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from mailcap.domain.accounts import Identity
from mailcap.domain.errors import InvalidValue
from mailcap.domain.messages import Message
from mailcap.services.matching import AllOf, AnyOf, Condition
from mailcap.services.unified_inbox import UnifiedInbox
from mailcap.web.api.computing import Computing
from mailcap.web.api.parameters import LIMIT, SINCE, SKIP, read_boolean
from mailcap.web.api.schemas import EMAIL_MESSAGE, TEXT, WHOLE, array, record
from mailcap.web.api.shapes import message_list
from mailcap.web.api.walks import Walks
from mailcap.web.replies import JSON, Reply, to_json
from mailcap.web.routing import Parameter, Result, Route

_MESSAGES = array(EMAIL_MESSAGE)
_SUBJECT = Parameter("subject", str, "", ("andSubjectIncludes",), help="The subject includes this.")
_FROM = Parameter(
    "sender", str, "", ("andFrom",), help="A From address, or the envelope sender, includes this."
)
_TO = Parameter(
    "recipient", str, "", ("andTo",), help="A To address includes this, or it is the inbox."
)
_READ = Parameter(
    "read",
    read_boolean,
    spellings=("andRead",),
    schema={"type": "boolean"},
    help="Whether the message was read.",
)
_QUERY = Parameter("query", str, "", help="Part of the subject, or of a From or To address.")


class UnifiedRoutes:
    """The routes of the unified inbox."""

    def __init__(
        self, unified: UnifiedInbox, computing: Computing, walks: Walks, searches: Walks
    ) -> None:
        self._unified = unified
        self._computing = computing
        self._walks = walks
        self._searches = searches

    @property
    def routes(self) -> tuple[Route, ...]:
        """The table of these routes."""
        return (
            Route(
                "GET",
                "/api/inbox",
                self.list_messages,
                (LIMIT, SKIP, SINCE),
                result=Result(record(messages=_MESSAGES, unread=WHOLE, limit=WHOLE, skip=WHOLE)),
            ),
            Route(
                "GET",
                "/api/inbox-filter",
                self.filter_messages,
                (_SUBJECT, _FROM, _TO, _READ),
                result=Result(record(messages=_MESSAGES)),
            ),
            Route(
                "GET",
                "/api/inbox-search",
                self.search_messages,
                (_QUERY,),
                result=Result(record(query=TEXT, messages=_MESSAGES)),
            ),
        )

    async def list_messages(
        self, who: Identity, *, limit: int, skip: int, since: int | None
    ) -> Reply:
        """Return the newest messages of all inboxes of the account, and those it starred."""
        listed = partial(self._unified.list_messages, who, since=since, skip=skip, limit=limit)
        found = await self._walks.of(who, listed)
        unread = await self._walks.of(who, partial(self._unified.count_unread, who))
        return await self._listed(who, found, {"unread": unread, "limit": limit, "skip": skip})

    async def filter_messages(
        self, who: Identity, *, subject: str, sender: str, recipient: str, read: bool | None
    ) -> Reply:
        """Return the newest 100 messages of the account of which all conditions are true."""
        condition = AllOf(subject=subject, sender=sender, recipient=recipient, read=read)
        if not condition:
            raise InvalidValue("Give at least one condition.")
        return await self._listed(who, await self._found(who, condition), {})

    async def search_messages(self, who: Identity, *, query: str) -> Reply:
        """Return the newest 100 messages of the account with that text in them."""
        found = await self._found(who, AnyOf(query)) if query else ()
        return await self._listed(who, found, {"query": query})

    async def _found(self, who: Identity, condition: Condition) -> Sequence[Message]:
        return await self._searches.of(who, partial(self._unified.search, who, condition))

    async def _listed(
        self, who: Identity, found: Sequence[Message], beside: dict[str, Any]
    ) -> Reply:
        octets = sum([len(message.summary or b"") for message in found])
        body = await self._computing.of(who, octets, _with_messages, beside, found)
        return Reply(200, body, JSON)


def _with_messages(beside: dict[str, Any], messages: Sequence[Message]) -> bytes:
    """Return an object that has *messages*, too, as JSON."""
    others = to_json(beside)[1:]
    return b'{"messages":' + message_list(messages) + (b"," if beside else b"") + others
