"""Holding a request until mail is there."""

from __future__ import annotations

from collections.abc import Callable

from mailcap.connection.registry import Guest
from mailcap.domain.accounts import Identity
from mailcap.services.waiting import Waiting, Wish
from mailcap.web.api.computing import Computing
from mailcap.web.api.parameters import (
    COUNT,
    FROM,
    LIMIT,
    SINCE,
    SUBJECT_INCLUDES,
    TIMEOUT,
    UNREAD_ONLY,
)
from mailcap.web.api.schemas import EMAIL_MESSAGE, array
from mailcap.web.api.shapes import message_list
from mailcap.web.api.walks import Walks
from mailcap.web.replies import JSON, Reply, json_reply
from mailcap.web.routing import Result, Route

_REQUEST_TIMEOUT = 408


class WaitRoutes:
    """The route that waits.  It has to stand before those of single messages."""

    def __init__(self, waiting: Waiting, computing: Computing, walks: Walks) -> None:
        self._waiting = waiting
        self._computing = computing
        self._walks = walks

    @property
    def routes(self) -> tuple[Route, ...]:
        """The table of these routes."""
        return (
            Route(
                "GET",
                "/api/addresses/{email}/messages/wait",
                self.wait,
                (TIMEOUT, SINCE, SUBJECT_INCLUDES, FROM, UNREAD_ONLY, COUNT, LIMIT),
                result=Result(array(EMAIL_MESSAGE)),
                holds=True,
            ),
        )

    async def wait(
        self,
        who: Identity,
        email: str,
        *,
        timeout: float,  # noqa: ASYNC109  it ends with an answer, not with an exception
        since: int | None,
        subject: str,
        sender: str,
        unread_only: bool,
        count: int,
        limit: int,
        hold: Callable[[Guest], None],
    ) -> Reply:
        """Wait until enough messages that fit are in an inbox, and return the newest.

        Those that are there already count.  408 if there are not enough in time.
        """
        wish = Wish(
            since=since,
            subject=subject,
            sender=sender,
            unread_only=unread_only,
            count=count,
            limit=limit,
        )
        found = await self._waiting.wait(
            who, email, wish, timeout=timeout, hold=hold, in_turn=self._walks.of
        )
        if len(found) < count:
            message = f"{len(found)} of {count} messages were there in time."
            return json_reply({"message": message, "matched": len(found)}, status=_REQUEST_TIMEOUT)
        shown = found[:limit]
        octets = sum([len(message.summary or b"") for message in shown])
        return Reply(200, await self._computing.of(who, octets, message_list, shown), JSON)
