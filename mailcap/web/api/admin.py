"""All accounts, and what belongs to them, for the account ``admin`` alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from mailcap.domain.accounts import AccountChanges, Identity
from mailcap.domain.errors import InvalidValue, NotPermitted
from mailcap.services.accounts import Accounts
from mailcap.web.api.belongings import BelongingRoutes
from mailcap.web.api.fields import flag, limit, text, text_or_nothing
from mailcap.web.api.owned import account_object, domain_object
from mailcap.web.api.schemas import ACCOUNT, DOMAIN, array
from mailcap.web.payload import Body
from mailcap.web.replies import Reply, json_reply
from mailcap.web.routing import Result, Route

_ACCOUNTS = "/api/admin/accounts"
_ACCOUNT = f"{_ACCOUNTS}/{{account}}"
_FIELDS = (
    flag("seesPublic"),
    flag("capturePrivate"),
    limit("messageLimit"),
    limit("storageLimit"),
    text_or_nothing("password"),
)
_NAMES = {
    "seesPublic": "sees_public",
    "capturePrivate": "capture_private",
    "messageLimit": "message_limit",
    "storageLimit": "storage_limit",
}
_NEW_ACCOUNT = Body((text("name", required=True), *_FIELDS))
_DOMAIN = Body((text("domain", required=True),))


def admin_only(who: Identity) -> None:
    """Raise `NotPermitted` unless it is the account ``admin`` itself that asks."""
    if not who.is_admin:
        raise NotPermitted("Only the account admin may do that.")


class AdminRoutes:
    """The routes of the account ``admin``."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self._belongings = BelongingRoutes(accounts, _ACCOUNT, permit=admin_only)

    @property
    def routes(self) -> tuple[Route, ...]:
        """The table of these routes."""
        domains = f"{_ACCOUNT}/domains"
        routes = tuple(
            Route(method, path, handler, body=body, permit=admin_only, result=Result(schema))
            for method, path, handler, body, schema in (
                ("GET", _ACCOUNTS, self.accounts, None, array(ACCOUNT)),
                ("POST", _ACCOUNTS, self.add_account, _NEW_ACCOUNT, ACCOUNT),
                ("GET", _ACCOUNT, self.account, None, ACCOUNT),
                ("PUT", _ACCOUNT, self.change_account, Body(_FIELDS), ACCOUNT),
                ("DELETE", _ACCOUNT, self.remove_account, None, ACCOUNT),
                ("POST", domains, self.add_domain, _DOMAIN, DOMAIN),
            )
        )
        return routes + self._belongings.routes

    async def accounts(self, _who: Identity) -> Reply:
        """Return all accounts."""
        return json_reply([account_object(one) for one in await self._accounts.accounts()])

    async def add_account(self, _who: Identity, *, body: Mapping[str, Any]) -> Reply:
        """Add an account, which has no key yet."""
        added = await self._accounts.add_account(body["name"], **_changes(body))
        if body.get("password"):
            await self._accounts.set_password(added.name, body["password"])
        return json_reply(account_object(added))

    async def account(self, _who: Identity, account: str) -> Reply:
        """Return one account."""
        return json_reply(account_object(await self._accounts.account(account)))

    async def change_account(
        self, who: Identity, account: str, *, body: Mapping[str, Any]
    ) -> Reply:
        """Change marks and limits of an account, or its password; what is left out stays."""
        if not body:
            raise InvalidValue("Nothing was said about what to change.")
        if "password" in body:
            await self._accounts.set_password(account, body["password"])
        if changes := _changes(body):
            await self._accounts.change_account(account, **changes)
        return await self.account(who, account)

    async def remove_account(self, _who: Identity, account: str) -> Reply:
        """Remove an account with all that is its own, mail included."""
        return json_reply(account_object(await self._accounts.remove_account(account)))

    async def add_domain(self, _who: Identity, account: str, *, body: Mapping[str, Any]) -> Reply:
        """Give a domain to an account; nobody asks the DNS."""
        return json_reply(domain_object(await self._accounts.add_domain(body["domain"], account)))


def _changes(body: Mapping[str, Any]) -> AccountChanges:
    return cast(
        "AccountChanges", {_NAMES[name]: value for name, value in body.items() if name in _NAMES}
    )
