"""Addresses: reserved, looked at, changed, released."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, cast

from mailcap.domain.accounts import AddressChanges, Identity
from mailcap.services.addresses import Addresses, Shown
from mailcap.web.api.computing import Computing
from mailcap.web.api.fields import flag, flag_or_nothing, text, text_or_nothing, texts
from mailcap.web.api.owned import email_address
from mailcap.web.api.parameters import read_true
from mailcap.web.api.schemas import EMAIL_ADDRESS, SWITCH, TEXT, array, record
from mailcap.web.api.walks import Walks
from mailcap.web.payload import Body
from mailcap.web.replies import JSON, Reply, json_reply, to_json
from mailcap.web.routing import Parameter, Result, Route

_ADDRESS = "/api/addresses/{email}"
_MOST_AT_ONCE = 100
_OCTETS = 512  # of one address, about
_UPDATE = Body(
    (
        text("info"),
        text_or_nothing("forward"),
        flag("enablews"),
        text_or_nothing("webhook"),
        text_or_nothing("webhookSlack"),
        flag_or_nothing("webhookSlackToFrom"),
    )
)
_NAMES = {"webhookSlack": "webhook_slack", "webhookSlackToFrom": "webhook_slack_to_from"}
_BULK = Body((texts("addresses", most=_MOST_AT_ONCE),))
_WITH_MESSAGES = Parameter(
    "with_messages",
    read_true,
    default=False,
    spellings=("deleteAddressMessages",),
    schema=SWITCH,
    help="`true` deletes all its messages, starred ones too.",
)
_ONE = Result(EMAIL_ADDRESS)


class AddressRoutes:
    """The routes of addresses."""

    def __init__(self, addresses: Addresses, computing: Computing, walks: Walks) -> None:
        self._addresses = addresses
        self._computing = computing
        self._walks = walks

    @property
    def routes(self) -> tuple[Route, ...]:
        """The table of these routes."""
        legacy = "/api/private-address-forwarding/{email}"
        return (
            Route("GET", "/api/addresses", self.owned, result=Result(array(EMAIL_ADDRESS))),
            Route("GET", _ADDRESS, self.address, result=_ONE),
            Route("POST", _ADDRESS, self.reserve, body=_UPDATE, result=_ONE),
            Route("PUT", _ADDRESS, self.change, body=_UPDATE, result=_ONE),
            Route("PUT", legacy, self.change, body=_UPDATE, result=_ONE),
            Route("DELETE", _ADDRESS, self.release, (_WITH_MESSAGES,), result=_ONE),
            Route(
                "GET",
                f"{_ADDRESS}/availability",
                self.availability,
                result=Result(record(available=SWITCH, email=TEXT, owned=SWITCH)),
            ),
            Route(
                "POST",
                "/api/private-addresses-bulk",
                self.reserve_all,
                body=_BULK,
                result=Result(array(EMAIL_ADDRESS)),
            ),
        )

    async def owned(self, who: Identity) -> Reply:
        """Return all addresses that the account has reserved."""
        return Reply(200, await self._walks.of(who, partial(self._owned, who)), JSON)

    async def _owned(self, who: Identity) -> bytes:
        found = await self._addresses.owned(who)
        return await self._computing.of(who, _OCTETS * len(found), _listed, found)

    async def address(self, who: Identity, email: str) -> Reply:
        """Return what is set of an address that is one's own or nobody's."""
        return json_reply(email_address(await self._addresses.find(who, email)))

    async def availability(self, who: Identity, email: str) -> Reply:
        """Return whether an address can be reserved, and whether somebody owns it."""
        found = await self._addresses.availability(who, email)
        return json_reply(
            {"available": found.available, "email": found.inbox, "owned": found.owned}
        )

    async def reserve(self, who: Identity, email: str, *, body: Mapping[str, Any]) -> Reply:
        """Reserve an address: from now on its mail, old and new, is the account's alone."""
        shown = await self._addresses.reserve(who, email, **_changes(body))
        return json_reply(email_address(shown))

    async def reserve_all(self, who: Identity, *, body: Mapping[str, Any]) -> Reply:
        """Reserve up to 100 addresses, all of them or none."""
        shown = await self._addresses.reserve_all(who, body["addresses"])
        return json_reply([email_address(one) for one in shown])

    async def change(self, who: Identity, email: str, *, body: Mapping[str, Any]) -> Reply:
        """Change what is set of an address; what is not in the body stays.

        Empty texts and null switch things off.
        """
        shown = await self._addresses.change(who, email, **_changes(body))
        return json_reply(email_address(shown))

    async def release(self, who: Identity, email: str, *, with_messages: bool) -> Reply:
        """Release an address, which is public from then on, and return what it was."""
        shown = await self._addresses.release(who, email, with_messages=with_messages)
        return json_reply(email_address(shown))


def _listed(addresses: Sequence[Shown]) -> bytes:
    return to_json([email_address(one) for one in addresses])


def _changes(body: Mapping[str, Any]) -> AddressChanges:
    return cast("AddressChanges", {_NAMES.get(name, name): body[name] for name in body})
