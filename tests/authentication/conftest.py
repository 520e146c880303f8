"""A portal over each kind of store, with a clock that stands still until told."""

from dataclasses import dataclass, field

import pytest
from twisted.cred.portal import Portal
from twisted.internet.task import Clock

from fakes import STORES, account_store, outcome
from mailcap.authentication.authenticator import PortalAuthenticator
from mailcap.authentication.checkers import KeyChecker, PasswordChecker
from mailcap.authentication.lookups import Lookups
from mailcap.authentication.realm import IdentityRealm
from mailcap.authentication.sources import Source, Sources
from mailcap.authentication.throttle import Limits, Throttle
from mailcap.domain.ports import AccountStore
from mailcap.services.accounts import Accounts
from mailcap.services.passwords import verify_password


@dataclass
class Door:
    """An authenticator, with all that is behind it in sight.

    `verified` lists the hash (or None) of every password that was really compared.
    """

    store: AccountStore
    clock: Clock = field(default_factory=Clock)
    verified: list[str | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.accounts = Accounts(self.store, home_domain="home.mailcap")
        self.lookups = Lookups(self.store, self.clock)
        self.portal = Portal(
            IdentityRealm(),
            [
                KeyChecker(self.lookups),
                PasswordChecker(self.store, self.lookups, self._verify),
            ],
        )
        self.rebuild()

    def rebuild(self, limits: Limits | None = None, trusted=()) -> None:
        self.throttle = Throttle(self.clock, limits)
        self.authenticator = PortalAuthenticator(
            self.portal, self.lookups, self.throttle, Sources(trusted), self.clock
        )

    async def _verify(self, password: str, password_hash: str | None, _source: Source) -> bool:
        self.verified.append(password_hash)
        return verify_password(password, password_hash)

    def account(self, name: str, **marks: bool) -> str:
        """Add an account and return a key of it."""
        outcome(self.accounts.add_account(name, **marks))
        return outcome(self.accounts.add_key(name, "test")).secret

    def log_in(self, name: str, password: str, *, peer: str = "192.0.2.1"):
        """Log in, wait as long as it takes, and return who it is or raise what came."""
        return self._wait(self.authenticator.authenticate(name, password, peer=peer))

    def show_key(self, key: str, *, peer: str = "192.0.2.1"):
        """The same with nothing but a key."""
        return self._wait(self.authenticator.authenticate_key(key, peer=peer))

    def _wait(self, answer):
        if self.clock.getDelayedCalls():
            self.clock.advance(60)
        return outcome(answer)


@pytest.fixture(params=STORES)
def any_store(request):
    """An empty account store of each kind."""
    with account_store(request.param, request) as opened:
        yield opened


@pytest.fixture
def any_door(any_store):
    """A door before each kind of store."""
    return Door(any_store)


@pytest.fixture
def door(request):
    """A door before the store in memory."""
    with account_store("memory", request) as opened:
        yield Door(opened)
