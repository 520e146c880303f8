"""Whether texts are e-mail addresses, and whether these are meant to last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mailcap.domain.accounts import Identity
from mailcap.services.integrity import Integrity, check
from mailcap.web.api.computing import Computing
from mailcap.web.api.fields import texts
from mailcap.web.api.schemas import SWITCH, TEXT, array, record
from mailcap.web.payload import Body
from mailcap.web.replies import Reply, json_reply
from mailcap.web.routing import Result, Route

_VALIDATIONS = "/api/validations/addresses"
_MOST_AT_ONCE = 50
_INTEGRITY = record(
    "EmailAddressIntegrity",
    email=TEXT,
    validFormat=SWITCH,
    isValidFormat=SWITCH,
    local=TEXT,
    domain=TEXT,
    isDisposable=SWITCH,
    disposableDomains=array(TEXT),
    aliases=array(TEXT),
)


class ValidationRoutes:
    """The routes of validations."""

    def __init__(self, computing: Computing) -> None:
        self._computing = computing

    @property
    def routes(self) -> tuple[Route, ...]:
        """The table of these routes."""
        return (
            Route("GET", f"{_VALIDATIONS}/{{text}}", self.one, result=Result(_INTEGRITY)),
            Route(
                "POST",
                _VALIDATIONS,
                self.several,
                body=Body((texts("emails", most=_MOST_AT_ONCE),)),
                result=Result(array(_INTEGRITY)),
            ),
        )

    async def one(self, who: Identity, text: str) -> Reply:
        """Return whether a text is an e-mail address, and whether it is a disposable one."""
        (found,) = await self._computing.of(who, len(text), _objects, [text])
        return json_reply(found)

    async def several(self, who: Identity, *, body: Mapping[str, Any]) -> Reply:
        """Return the same of up to 50 texts."""
        emails = body["emails"]
        octets = sum(map(len, emails))
        return json_reply(await self._computing.of(who, octets, _objects, emails))


def _objects(emails: Sequence[str]) -> list[dict[str, Any]]:
    return [_object(check(email)) for email in emails]


def _object(found: Integrity) -> dict[str, Any]:
    """Return Mailsac's ``EmailAddressIntegrity``.

    Its specification and its answers call the same thing ``validFormat`` and
    ``isValidFormat``.  Its ``aliases`` come from the DNS, which is not asked here.
    """
    return {
        "email": found.email,
        "validFormat": found.is_valid,
        "isValidFormat": found.is_valid,
        "local": found.local,
        "domain": found.domain,
        "isDisposable": bool(found.disposable_domains),
        "disposableDomains": found.disposable_domains,
        "aliases": [],
    }
