"""The account of whoever asks: its marks, its keys, its users."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mailcap.domain.accounts import Identity
from mailcap.domain.errors import InvalidValue, NotPermitted
from mailcap.services.accounts import Accounts
from mailcap.web.api.fields import flag, text, text_or_nothing
from mailcap.web.api.owned import account_object, key_object, user_object
from mailcap.web.api.schemas import ACCOUNT, KEY, NEW_KEY, NEW_USER, USER, array
from mailcap.web.payload import Body
from mailcap.web.replies import Reply, json_reply
from mailcap.web.routing import Result, Route

_ACCOUNT = "/api/account"
_CHANGES = Body((flag("capturePrivate"), text_or_nothing("password")))
_KEY = Body((text("label", required=True), text_or_nothing("user")))
_USER = Body((text("name", required=True),))


def managers_only(who: Identity) -> None:
    """Raise `NotPermitted` for the users of an account: these do not manage it."""
    if who.user is not None:
        raise NotPermitted("The users of an account do not manage it.")


class AccountRoutes:
    """The routes of one's own account."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    @property
    def routes(self) -> tuple[Route, ...]:
        """The table of these routes."""
        keys, users = f"{_ACCOUNT}/keys", f"{_ACCOUNT}/users"
        return tuple(
            Route(method, path, handler, body=body, permit=managers_only, result=Result(schema))
            for method, path, handler, body, schema in (
                ("GET", _ACCOUNT, self.account, None, ACCOUNT),
                ("PUT", _ACCOUNT, self.change, _CHANGES, ACCOUNT),
                ("GET", keys, self.keys, None, array(KEY)),
                ("POST", keys, self.add_key, _KEY, NEW_KEY),
                ("DELETE", f"{keys}/{{label}}", self.remove_key, None, KEY),
                ("GET", users, self.users, None, array(USER)),
                ("POST", users, self.add_user, _USER, NEW_USER),
                ("DELETE", f"{users}/{{name}}", self.remove_user, None, USER),
            )
        )

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

    async def keys(self, who: Identity) -> Reply:
        """Return the keys of the account and of its users, without what is secret."""
        return json_reply([key_object(one) for one in await self._accounts.keys(who.account_name)])

    async def add_key(self, who: Identity, *, body: Mapping[str, Any]) -> Reply:
        """Make a key, perhaps for a user: its secret is never shown again."""
        new = await self._accounts.add_key(who.account_name, body["label"], user=body.get("user"))
        return json_reply({"key": new.secret, **key_object(new.key)})

    async def remove_key(self, who: Identity, label: str) -> Reply:
        """Revoke a key, but not the last one of the account itself."""
        removed = await self._accounts.remove_key(who.account_name, label, but_not_the_last=True)
        return json_reply(key_object(removed))

    async def users(self, who: Identity) -> Reply:
        """Return the users of the account."""
        found = await self._accounts.users(who.account_name)
        return json_reply([user_object(one) for one in found])

    async def add_user(self, who: Identity, *, body: Mapping[str, Any]) -> Reply:
        """Add a user, whose first key, and password, is never shown again."""
        new = await self._accounts.add_user(who.account_name, body["name"])
        return json_reply({"key": new.secret, **user_object(new.user)})

    async def remove_user(self, who: Identity, name: str) -> Reply:
        """Remove a user and revoke all keys that it has."""
        return json_reply(user_object(await self._accounts.remove_user(who.account_name, name)))
