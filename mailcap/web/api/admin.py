"""All accounts, their keys and domains, for the account ``admin`` alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from mailcap.domain.accounts import AccountChanges, DomainChanges, Identity
from mailcap.domain.errors import InvalidValue, NotPermitted
from mailcap.services.accounts import Accounts
from mailcap.web.api.fields import flag, limit, text, text_or_nothing
from mailcap.web.api.owned import account_object, domain_object, key_object
from mailcap.web.api.schemas import ACCOUNT, DOMAIN, KEY, NEW_KEY, array
from mailcap.web.payload import Body
from mailcap.web.replies import Reply, json_reply
from mailcap.web.routing import Result, Route

_ACCOUNTS = "/api/admin/accounts"
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
    "isPrivate": "is_private",
    "enablews": "enablews",
}
_NEW_ACCOUNT = Body((text("name", required=True), *_FIELDS))
_KEY = Body((text("label", required=True), text_or_nothing("user")))
_DOMAIN = Body((text("domain", required=True),))
_DOMAIN_CHANGES = Body((flag("isPrivate"), flag("enablews"), flag("catchAll")))


def admin_only(who: Identity) -> None:
    """Raise `NotPermitted` unless it is the account ``admin`` itself that asks."""
    if not who.is_admin:
        raise NotPermitted("Only the account admin may do that.")


class AdminRoutes:
    """The routes of the account ``admin``."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    @property
    def routes(self) -> tuple[Route, ...]:
        """The table of these routes."""
        one = f"{_ACCOUNTS}/{{account}}"
        keys, domains = f"{one}/keys", f"{one}/domains"
        domain = f"{domains}/{{domain}}"
        return tuple(
            Route(method, path, handler, body=body, permit=admin_only, result=Result(schema))
            for method, path, handler, body, schema in (
                ("GET", _ACCOUNTS, self.accounts, None, array(ACCOUNT)),
                ("POST", _ACCOUNTS, self.add_account, _NEW_ACCOUNT, ACCOUNT),
                ("GET", one, self.account, None, ACCOUNT),
                ("PUT", one, self.change_account, Body(_FIELDS), ACCOUNT),
                ("DELETE", one, self.remove_account, None, ACCOUNT),
                ("GET", keys, self.keys, None, array(KEY)),
                ("POST", keys, self.add_key, _KEY, NEW_KEY),
                ("DELETE", f"{keys}/{{label}}", self.remove_key, None, KEY),
                ("GET", domains, self.domains, None, array(DOMAIN)),
                ("POST", domains, self.add_domain, _DOMAIN, DOMAIN),
                ("PUT", domain, self.change_domain, _DOMAIN_CHANGES, DOMAIN),
                ("DELETE", domain, self.remove_domain, None, DOMAIN),
            )
        )

    async def accounts(self, _who: Identity) -> Reply:
        """Return all accounts."""
        return json_reply([account_object(one) for one in await self._accounts.accounts()])

    async def add_account(self, _who: Identity, *, body: Mapping[str, Any]) -> Reply:
        """Add an account, which has no key yet."""
        added = await self._accounts.add_account(body["name"], **_account_changes(body))
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
        if changes := _account_changes(body):
            await self._accounts.change_account(account, **changes)
        return await self.account(who, account)

    async def remove_account(self, _who: Identity, account: str) -> Reply:
        """Remove an account with all that is its own, mail included."""
        return json_reply(account_object(await self._accounts.remove_account(account)))

    async def keys(self, _who: Identity, account: str) -> Reply:
        """Return the keys of an account, without what is secret."""
        return json_reply([key_object(one) for one in await self._accounts.keys(account)])

    async def add_key(self, _who: Identity, account: str, *, body: Mapping[str, Any]) -> Reply:
        """Make a key for an account: its secret is never shown again."""
        new = await self._accounts.add_key(account, body["label"], user=body.get("user"))
        return json_reply({"key": new.secret, **key_object(new.key)})

    async def remove_key(self, _who: Identity, account: str, label: str) -> Reply:
        """Revoke a key of an account."""
        return json_reply(key_object(await self._accounts.remove_key(account, label)))

    async def domains(self, _who: Identity, account: str) -> Reply:
        """Return the domains of an account."""
        return json_reply([domain_object(one) for one in await self._accounts.domains(account)])

    async def add_domain(self, _who: Identity, account: str, *, body: Mapping[str, Any]) -> Reply:
        """Give a domain to an account; nobody asks the DNS."""
        return json_reply(domain_object(await self._accounts.add_domain(body["domain"], account)))

    async def change_domain(
        self, _who: Identity, account: str, domain: str, *, body: Mapping[str, Any]
    ) -> Reply:
        """Make a domain private or public, and give it a catch-all or take it away."""
        if not body:
            raise InvalidValue("Nothing was said about what to change.")
        changes = cast("DomainChanges", _renamed(body))
        changed = await self._accounts.change_domain(domain, account, **changes)
        if "catchAll" in body:
            await self._accounts.set_catch_all(domain, account, wanted=body["catchAll"])
        return json_reply(domain_object(changed))

    async def remove_domain(self, _who: Identity, account: str, domain: str) -> Reply:
        """Take a domain from an account; its mail stays."""
        return json_reply(domain_object(await self._accounts.remove_domain(domain, account)))


def _account_changes(body: Mapping[str, Any]) -> AccountChanges:
    return cast("AccountChanges", _renamed(body))


def _renamed(body: Mapping[str, Any]) -> dict[str, Any]:
    return {_NAMES[name]: value for name, value in body.items() if name in _NAMES}
