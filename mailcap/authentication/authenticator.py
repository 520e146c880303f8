"""The port by which protocols log people in."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import partial
from typing import Any, NoReturn, cast

from twisted.cred.credentials import ICredentials
from twisted.cred.error import UnauthorizedLogin
from twisted.cred.portal import Portal
from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThreadPool
from twisted.logger import Logger

from mailcap.authentication.checkers import KeyChecker, PasswordChecker
from mailcap.authentication.credentials import ApiKey, NameAndPassword, fold_login
from mailcap.authentication.lookups import Lookups
from mailcap.authentication.realm import IdentityRealm, IIdentity
from mailcap.authentication.sources import Source, Sources
from mailcap.authentication.throttle import Limits, Throttle
from mailcap.authentication.turns import Turns
from mailcap.domain.accounts import Identity
from mailcap.domain.errors import AuthenticationFailed, TooManyFailures
from mailcap.domain.networks import LOOPBACK, Network
from mailcap.domain.ports import AccountStore
from mailcap.services.keys import digest, is_generated
from mailcap.services.passwords import verify_password

_log = Logger()

_MOST_WORKERS = 4


def make_authenticator(
    store: AccountStore,
    reactor: Any,
    *,
    trusted: Iterable[Network] = LOOPBACK,
    limits: Limits | None = None,
) -> PortalAuthenticator:
    """Return the authenticator of a server; it verifies passwords in *reactor*'s threads.

    *reactor* provides `IReactorTime` and `IReactorThreads`.
    """
    turns: Turns[bool] = Turns(
        lambda work: deferToThreadPool(reactor, reactor.getThreadPool(), work),
        # Half of the processors, so that a flood of passwords leaves the rest to mail.
        workers=min(max((os.cpu_count() or 1) // 2, 1), _MOST_WORKERS),
    )

    def verify(password: str, password_hash: str | None, source: Source) -> Deferred[bool]:
        return turns.run(partial(verify_password, password, password_hash), source=source)

    lookups = Lookups(store, reactor)
    checkers = [KeyChecker(lookups), PasswordChecker(store, lookups, verify)]
    return PortalAuthenticator(
        Portal(IdentityRealm(), checkers),
        lookups,
        Throttle(reactor, limits),
        Sources(trusted),
        reactor,
    )


class PortalAuthenticator:
    """Logs in through *portal*; fulfils `mailcap.domain.ports.Authenticator`.

    Failures are counted, and answered after the delay that *throttle* asks for.  A
    source that has failed too often is refused before its password is looked at, but
    a key in the form that mailcap makes is looked up even then: nobody can guess one,
    and so a neighbour's failures never lock out whoever holds a key.  Such a key that
    *lookups* remember needs no portal.
    """

    def __init__(
        self,
        portal: Portal,
        lookups: Lookups,
        throttle: Throttle,
        sources: Sources,
        clock: IReactorTime,
    ) -> None:
        self._portal = portal
        self._lookups = lookups
        self._throttle = throttle
        self._sources = sources
        self._clock = clock

    def authenticate(self, name: str, password: str, *, peer: str) -> Deferred[Identity]:
        """Return whose *name* and *password* these are (see the port).

        Fails with `AuthenticationFailed`, `TooManyFailures`, `Busy` or
        `StoreUnavailable`.
        """
        source = self._sources.of(peer)
        credentials = NameAndPassword(_octets(name), _octets(password), source)
        login = fold_login(name) or ""
        return Deferred.fromCoroutine(
            self._log_in(credentials, source, login, guessable=not is_generated(password))
        )

    def authenticate_key(self, key: str, *, peer: str) -> Deferred[Identity]:
        """Return whose *key* this is; fails as `authenticate` does.

        Failures are counted for each wrong key apart: a program that goes on using a
        revoked one is slowed down, and nobody else.
        """
        wanted = digest(key)
        if is_generated(key) and (known := self._lookups.remembered(wanted)):
            return succeed(known)
        source = self._sources.of(peer)
        label = f"key {wanted.hex()[:16]}"  # no login name has a space
        return Deferred.fromCoroutine(
            self._log_in(ApiKey(key), source, label, guessable=not is_generated(key))
        )

    async def _log_in(
        self, credentials: ICredentials, source: Source, name: str, *, guessable: bool
    ) -> Identity:
        if guessable:
            self._throttle.check(source, name)
        try:
            _, avatar, _ = await self._portal.login(credentials, None, IIdentity)
        except UnauthorizedLogin as refusal:
            await self._fail(source, name, str(refusal))
        self._throttle.succeeded(source, name)
        return cast("Identity", avatar)

    async def _fail(self, source: Source, name: str, text: str) -> NoReturn:
        """Count a failure, and say so when its time has come."""
        try:
            self._throttle.check(source, name)
        except TooManyFailures:
            # The store was asked, for a key: that is not to be had faster than before.
            await deferLater(self._clock, self._throttle.longest_delay)
            raise
        delay = self._throttle.failed(source, name)
        _log.info(
            "login failed: {name!r} from {block}, answered after {delay} s",
            name="(a key)" if is_generated(name) else name,
            block=source.block,
            delay=delay,
        )
        await deferLater(self._clock, delay)
        raise AuthenticationFailed(text)


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
