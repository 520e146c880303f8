"""The domains of an account, and all mail that they have."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from mailcap.domain.accounts import Identity
from mailcap.domain.errors import InvalidValue
from mailcap.services.domains import Domains
from mailcap.services.mail import Mail
from mailcap.web.api.computing import Computing
from mailcap.web.api.fields import flag
from mailcap.web.api.owned import domain_object, email_address
from mailcap.web.api.parameters import BEFORE, LIMIT, UNTIL
from mailcap.web.api.schemas import (
    DOMAIN,
    EMAIL_ADDRESS,
    EMAIL_MESSAGE,
    WHOLE,
    array,
    nullable,
    record,
)
from mailcap.web.api.shapes import message_list
from mailcap.web.api.walks import Walks
from mailcap.web.payload import Body, Field
from mailcap.web.replies import JSON, NO_CONTENT, Reply, json_reply
from mailcap.web.routing import Result, Route

_DOMAIN = "/api/domains/{domain}"
_SWITCH = flag("enablews")
_UPDATE = Body((Field(_SWITCH.name, _SWITCH.read, _SWITCH.schema, required=True),))
_VIEW = record(domain=DOMAIN, totalMessages=WHOLE, catchAllAddress=nullable(EMAIL_ADDRESS))


class DomainRoutes:
    """The routes of domains."""

    def __init__(self, domains: Domains, mail: Mail, computing: Computing, walks: Walks) -> None:
        self._domains = domains
        self._mail = mail
        self._computing = computing
        self._walks = walks

    @property
    def routes(self) -> tuple[Route, ...]:
        """The table of these routes."""
        clear = f"{_DOMAIN}/delete-all-domain-mail"
        nothing = Result(status=NO_CONTENT, content_type=None)
        return (
            Route("GET", "/api/domains", self.owned, result=Result(array(DOMAIN))),
            Route("GET", _DOMAIN, self.domain, result=Result(_VIEW)),
            Route("PUT", _DOMAIN, self.change, body=_UPDATE, result=Result(DOMAIN)),
            Route("PUT", f"{_DOMAIN}/privacy/{{private}}", self.set_privacy, result=Result(DOMAIN)),
            Route(
                "GET",
                f"{_DOMAIN}/messages",
                self.list_messages,
                (UNTIL, BEFORE, LIMIT),
                result=Result(array(EMAIL_MESSAGE)),
            ),
            Route("POST", clear, self.clear, result=nothing),
            Route("PUT", clear, self.clear, result=nothing),
        )

    async def owned(self, who: Identity) -> Reply:
        """Return all domains of the account."""
        return json_reply([domain_object(one) for one in await self._domains.owned(who)])

    async def domain(self, who: Identity, domain: str) -> Reply:
        """Return a domain, how many messages it has, and its catch-all address if any."""
        found = await self._walks.of(who, partial(self._domains.find, who, domain))
        return json_reply(
            {
                "domain": domain_object(found.domain),
                "totalMessages": found.messages,
                "catchAllAddress": found.catch_all and email_address(found.catch_all),
            }
        )

    async def change(self, who: Identity, domain: str, *, body: Mapping[str, Any]) -> Reply:
        """Switch on or off that a WebSocket may listen to the whole domain."""
        changed = await self._domains.change(who, domain, enablews=body["enablews"])
        return json_reply(domain_object(changed))

    async def set_privacy(self, who: Identity, domain: str, private: str) -> Reply:
        """Make a domain private (`true`), or its unreserved addresses public (`false`)."""
        if private not in {"true", "false"}:
            raise InvalidValue("Privacy is either true or false.")
        changed = await self._domains.change(who, domain, is_private=private == "true")
        return json_reply(domain_object(changed))

    async def list_messages(
        self, who: Identity, domain: str, *, until: int | None, before: str | None, limit: int
    ) -> Reply:
        """Return the newest messages of all addresses of a domain."""
        found = await self._mail.list_domain(who, domain, until=until, before=before, limit=limit)
        octets = sum([len(message.summary or b"") for message in found])
        return Reply(200, await self._computing.of(who, octets, message_list, found), JSON)

    async def clear(self, who: Identity, domain: str) -> Reply:
        """Delete all messages of all addresses of a domain, starred ones too."""
        await self._mail.clear_domain(who, domain)
        return Reply(NO_CONTENT)
