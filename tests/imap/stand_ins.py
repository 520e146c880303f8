"""Who knows the passwords, in the tests of a session."""

from typing import Any

from connection.wires import Client, Reactor
from mailcap.connection.in_flight import InFlight
from mailcap.connection.registry import Registry
from mailcap.domain.accounts import Identity
from mailcap.domain.errors import AuthenticationFailed
from mailcap.imap.protocol import IMAPFactory
from mailcap.imap.settings import IMAPSettings

IDENTITY = Identity(account=7, account_name="tim")


class Authenticator:
    """Knows ``tim`` with ``tanstaaftanstaaf``."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str]] = []
        self.error: Exception | None = None

    async def authenticate(self, name: str, password: str, *, peer: str) -> Identity:
        self.asked.append((name, password, peer))
        if self.error is not None:
            raise self.error
        if (name, password) != ("tim", "tanstaaftanstaaf"):
            raise AuthenticationFailed("Name and password do not belong together.")
        return IDENTITY

    async def authenticate_key(self, key: str, *, peer: str) -> Identity:
        raise NotImplementedError


class Server:
    """A listener with these stand-ins behind it; settings are those of `IMAPSettings`."""

    def __init__(self, reactor: Reactor, **settings: Any) -> None:
        self.reactor = reactor
        self.authenticator = Authenticator()
        self.registry = Registry(reactor)
        settings.setdefault("host_name", "mail.test")
        settings.setdefault("plaintext_auth", "always")
        self.factory = IMAPFactory(
            IMAPSettings(**settings),
            authenticator=self.authenticator,
            registry=self.registry,
            in_flight=InFlight(10**9),
            clock=reactor,
        )

    def client(self, **ends: str) -> Client:
        return Client(self.reactor, self.factory, **ends)
