"""What a test wants of a message: its one-time codes, and its links."""

from __future__ import annotations

from mailcap.domain.accounts import Identity
from mailcap.domain.messages import Content
from mailcap.mime import codes
from mailcap.mime.structure import scan
from mailcap.services.mail import Mail
from mailcap.web.api.computing import HEAVY, Computing
from mailcap.web.api.messages import MESSAGE, found_or_not
from mailcap.web.api.schemas import TEXT, array, record
from mailcap.web.api.shapes import email_message
from mailcap.web.replies import JSON, Reply, json_reply, to_json
from mailcap.web.routing import Result, Route

_CODE = record("Code", code=TEXT, text=TEXT, score={"type": "number", "minimum": 0, "maximum": 1})


class CodeRoutes:
    """The routes of codes and links."""

    def __init__(self, mail: Mail, computing: Computing) -> None:
        self._mail = mail
        self._computing = computing

    @property
    def routes(self) -> tuple[Route, ...]:
        """The table of these routes."""
        return (
            Route("GET", f"{MESSAGE}/codes", self.codes, result=Result(array(_CODE))),
            Route("GET", f"{MESSAGE}/links", self.links, result=Result(array(TEXT))),
        )

    async def codes(self, who: Identity, email: str, message_id: str) -> Reply:
        """Return the one-time codes in a message, best first."""
        with found_or_not(email, message_id):
            message, content = await self._mail.content(who, email, message_id)
        # Even a short text takes longer than others should wait.
        octets = max(message.size, HEAVY)
        return Reply(200, await self._computing.of(who, octets, _codes, content), JSON)

    async def links(self, who: Identity, email: str, message_id: str) -> Reply:
        """Return the links in a message, in order of appearance."""
        with found_or_not(email, message_id):
            message = await self._mail.message(who, email, message_id)
        octets = len(message.summary or b"")
        return json_reply((await self._computing.of(who, octets, email_message, message))["links"])


def _codes(content: Content) -> bytes:
    found = codes.find(content.body, scan(content.body))
    return to_json([{"code": one.code, "text": one.text, "score": one.score} for one in found])
