"""What belongs to an account: its keys, its users, its domains."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mailcap.domain.accounts import Identity
from mailcap.services.accounts import Accounts
from mailcap.web.api.fields import flag, text, text_or_nothing
from mailcap.web.api.owned import domain_object, key_object, user_object
from mailcap.web.api.schemas import DOMAIN, KEY, NEW_KEY, NEW_USER, USER, array
from mailcap.web.payload import Body
from mailcap.web.replies import Reply, json_reply
from mailcap.web.routing import Result, Route

_KEY = Body((text("label", required=True), text_or_nothing("user")))
_USER = Body((text("name", required=True),))
_DOMAIN_CHANGES = Body((flag("isPrivate"), flag("enablews"), flag("catchAll")))
_NAMES = {"isPrivate": "is_private", "catchAll": "catch_all"}


class BelongingRoutes:
    """The routes below *base*, for those whom *permit* lets in.

    *base* names the account as ``{account}``; where it does not, it is the asker's own.
    """

    def __init__(
        self, accounts: Accounts, base: str, *, permit: Callable[[Identity], object]
    ) -> None:
        self._accounts = accounts
        self._base = base
        self._permit = permit

    @property
    def routes(self) -> tuple[Route, ...]:
        """The table of these routes."""
        keys, users, domains = (f"{self._base}/{name}" for name in ("keys", "users", "domains"))
        domain = f"{domains}/{{domain}}"
        return tuple(
            Route(method, path, handler, body=body, permit=self._permit, result=Result(schema))
            for method, path, handler, body, schema in (
                ("GET", keys, self.keys, None, array(KEY)),
                ("POST", keys, self.add_key, _KEY, NEW_KEY),
                ("DELETE", f"{keys}/{{label}}", self.remove_key, None, KEY),
                ("GET", users, self.users, None, array(USER)),
                ("POST", users, self.add_user, _USER, NEW_USER),
                ("DELETE", f"{users}/{{name}}", self.remove_user, None, USER),
                ("GET", domains, self.domains, None, array(DOMAIN)),
                ("PUT", domain, self.change_domain, _DOMAIN_CHANGES, DOMAIN),
                ("DELETE", domain, self.remove_domain, None, DOMAIN),
            )
        )

    async def keys(self, who: Identity, account: str | None = None) -> Reply:
        """Return the keys of an account and of its users, without what is secret."""
        found = await self._accounts.keys(account or who.account_name)
        return json_reply([key_object(one) for one in found])

    async def add_key(
        self, who: Identity, account: str | None = None, *, body: Mapping[str, Any]
    ) -> Reply:
        """Make a key, perhaps for a user: its secret is never shown again."""
        new = await self._accounts.add_key(
            account or who.account_name, body["label"], user=body.get("user")
        )
        return json_reply({"key": new.secret, **key_object(new.key)})

    async def remove_key(self, who: Identity, label: str, account: str | None = None) -> Reply:
        """Revoke a key; nobody revokes the last one of the own account itself."""
        removed = await self._accounts.remove_key(
            account or who.account_name, label, but_not_the_last=account is None
        )
        return json_reply(key_object(removed))

    async def users(self, who: Identity, account: str | None = None) -> Reply:
        """Return the users of an account."""
        found = await self._accounts.users(account or who.account_name)
        return json_reply([user_object(one) for one in found])

    async def add_user(
        self, who: Identity, account: str | None = None, *, body: Mapping[str, Any]
    ) -> Reply:
        """Add a user, whose first key, and password, is never shown again."""
        new = await self._accounts.add_user(account or who.account_name, body["name"])
        return json_reply({"key": new.secret, **user_object(new.user)})

    async def remove_user(self, who: Identity, name: str, account: str | None = None) -> Reply:
        """Remove a user and revoke all keys that it has."""
        removed = await self._accounts.remove_user(account or who.account_name, name)
        return json_reply(user_object(removed))

    async def domains(self, who: Identity, account: str | None = None) -> Reply:
        """Return the domains of an account."""
        found = await self._accounts.domains(account or who.account_name)
        return json_reply([domain_object(one) for one in found])

    async def change_domain(
        self, who: Identity, domain: str, account: str | None = None, *, body: Mapping[str, Any]
    ) -> Reply:
        """Make a domain private or public, and give it a catch-all or take it away."""
        changes: dict[str, bool] = {_NAMES.get(name, name): body[name] for name in body}
        changed = await self._accounts.change_domain(domain, account or who.account_name, **changes)
        return json_reply(domain_object(changed))

    async def remove_domain(self, who: Identity, domain: str, account: str | None = None) -> Reply:
        """Take a domain from its account; its mail stays."""
        removed = await self._accounts.remove_domain(domain, account or who.account_name)
        return json_reply(domain_object(removed))
