"""The account of whoever asks: its marks, and what belongs to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mailcap.domain.accounts import Identity
from mailcap.domain.errors import InvalidValue, NotPermitted
from mailcap.services.accounts import Accounts
from mailcap.services.addresses import Addresses
from mailcap.web.api.belongings import BelongingRoutes
from mailcap.web.api.fields import flag, text_or_nothing
from mailcap.web.api.owned import account_object, email_address
from mailcap.web.api.schemas import ACCOUNT, EMAIL_ADDRESS
from mailcap.web.payload import Body
from mailcap.web.replies import Reply, json_reply
from mailcap.web.routing import Result, Route

_ACCOUNT = "/api/account"
_CHANGES = Body((flag("capturePrivate"), text_or_nothing("password")))
_ADDRESS = Body((text_or_nothing("password"),))


def managers_only(who: Identity) -> None:
    """Raise `NotPermitted` for the users of an account: these do not manage it."""
    if who.user is not None:
        raise NotPermitted("The users of an account do not manage it.")


class AccountRoutes:
    """The routes of one's own account."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self._belongings = BelongingRoutes(accounts, _ACCOUNT, permit=managers_only)

    @property
    def routes(self) -> tuple[Route, ...]:
        """The table of these routes."""
        address = f"{_ACCOUNT}/addresses/{{email}}"
        routes = tuple(
            Route(method, path, handler, body=body, permit=managers_only, result=Result(schema))
            for method, path, handler, body, schema in (
                ("GET", _ACCOUNT, self.account, None, ACCOUNT),
                ("PUT", _ACCOUNT, self.change, _CHANGES, ACCOUNT),
                ("PUT", address, self.change_address, _ADDRESS, EMAIL_ADDRESS),
            )
        )
        return routes + self._belongings.routes

    async def account(self, who: Identity) -> Reply:
        """Return one's own account."""
        return json_reply(account_object(await self._accounts.account(who.account_name)))

    async def change(self, who: Identity, *, body: Mapping[str, Any]) -> Reply:
        """Change whether what one sends is starred, or the password; none takes it away."""
        name = who.account_name
        if not body:
            raise InvalidValue("Nothing was said about what to change.")
        if "password" in body:
            await self._accounts.set_password(name, body["password"])
        if "capturePrivate" in body:
            await self._accounts.change_account(name, capture_private=body["capturePrivate"])
        return await self.account(who)

    async def change_address(self, who: Identity, email: str, *, body: Mapping[str, Any]) -> Reply:
        """Set the password of a reserved address, for mail clients; none takes it away."""
        if not body:
            raise InvalidValue("Nothing was said about what to change.")
        await self._accounts.set_address_password(email, who.account_name, body["password"])
        return json_reply(email_address(await Addresses(self._accounts).find(who, email)))
