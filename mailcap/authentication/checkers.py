"""Compare credentials with what the store has.

The avatar id that a checker gives is the `Identity` itself, rather than a name that
the realm would have to look up again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from twisted.cred.checkers import ICredentialsChecker
from twisted.cred.error import UnauthorizedLogin
from twisted.internet.defer import Deferred
from zope.interface import implementer

from mailcap.authentication.credentials import IApiKey, INameAndPassword, fold_login
from mailcap.authentication.lookups import Lookups
from mailcap.authentication.sources import Source
from mailcap.domain.accounts import Identity
from mailcap.domain.ports import AccountStore
from mailcap.services.keys import is_generated

Verifier = Callable[[str, str | None, Source], Awaitable[bool]]


@implementer(ICredentialsChecker)
class KeyChecker:
    """Accepts a key of any account."""

    credentialInterfaces = (IApiKey,)  # noqa: N815  the interface's name

    def __init__(self, lookups: Lookups) -> None:
        self._lookups = lookups

    def requestAvatarId(self, credentials: IApiKey) -> Deferred[Any]:  # noqa: N802
        """Return whose key it is; fails with `UnauthorizedLogin`."""
        return Deferred.fromCoroutine(self._check(credentials.key))

    async def _check(self, key: str) -> Identity:
        holder = await self._lookups.key_holder(key)
        if holder is None:
            raise UnauthorizedLogin("That key is unknown.")
        return holder


@implementer(ICredentialsChecker)
class PasswordChecker:
    """Accepts an account or an address, with a key or a password.

    An account's password is the one it set or a key of its own.  An address's is
    the one set for it or a key of an account that may read it: any account if it
    is public, else the owner.  *verify* compares a password with a hash, and takes
    as long when there is no hash; a key-shaped secret never gets that far.
    """

    credentialInterfaces = (INameAndPassword,)  # noqa: N815  the interface's name

    def __init__(self, store: AccountStore, lookups: Lookups, verify: Verifier) -> None:
        self._store = store
        self._lookups = lookups
        self._verify = verify

    def requestAvatarId(self, credentials: INameAndPassword) -> Deferred[Any]:  # noqa: N802
        """Return whose name and password they are; fails with `UnauthorizedLogin`."""
        login = fold_login(credentials.username.decode(errors="replace"))
        secret = credentials.password.decode(errors="replace")
        return Deferred.fromCoroutine(self._check(login, secret, credentials.source))

    async def _check(self, login: str | None, secret: str, source: Source) -> Identity:
        inbox = login if login is not None and "@" in login else None
        identity = await self._by_key(login, secret)
        if identity is None and not is_generated(secret):
            identity = await self._by_password(login, secret, source)
        if identity is None:
            raise UnauthorizedLogin("Name and password do not belong together.")
        return identity if identity.inbox == inbox else replace(identity, inbox=inbox)

    async def _by_key(self, login: str | None, secret: str) -> Identity | None:
        holder = await self._lookups.key_holder(secret) if login is not None else None
        if login is None or holder is None:
            return None
        if "@" not in login:
            return holder if holder.account_name == login else None
        owner = await self._lookups.owner_of(login)
        return holder if owner in (None, holder.account) else None

    async def _by_password(self, login: str | None, secret: str, source: Source) -> Identity | None:
        found = await self._store.password_hashes(login) if login is not None else None
        identity, password_hash = found or (None, None)
        return identity if await self._verify(secret, password_hash, source) else None
