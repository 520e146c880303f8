"""A server of IMAP in memory: who knows the passwords, and what is behind a session."""

from typing import Any

from connection.wires import Client, Reactor
from mailcap.connection.compression import Places
from mailcap.connection.in_flight import InFlight
from mailcap.connection.registry import Registry
from mailcap.domain.accounts import Identity
from mailcap.domain.errors import AuthenticationFailed
from mailcap.imap.backend import Backend
from mailcap.imap.known import Known
from mailcap.imap.protocol import IMAPFactory
from mailcap.imap.settings import IMAPSettings
from mailcap.services.accounts import Accounts
from mailcap.services.hub import Hub
from mailcap.services.mailboxes import Mailboxes
from support.stores import Bench

IDENTITY = Identity(account=7, account_name="tim")


class Authenticator:
    """Knows ``tim`` and whoever else is `known`, all with ``tanstaaftanstaaf``."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str]] = []
        self.error: Exception | None = None
        self.known = {"tim": IDENTITY}

    async def authenticate(self, name: str, password: str, *, peer: str) -> Identity:
        self.asked.append((name, password, peer))
        if self.error is not None:
            raise self.error
        if name not in self.known or password != "tanstaaftanstaaf":
            raise AuthenticationFailed("Name and password do not belong together.")
        return self.known[name]

    async def authenticate_key(self, key: str, *, peer: str) -> Identity:
        raise NotImplementedError


async def here(work: Any, *args: Any) -> Any:
    """Compute at once."""
    return work(*args)


class Server:
    """A listener with these stand-ins behind it; settings are those of `IMAPSettings`.

    Mailboxes are those of *bench*, if there is one.
    """

    def __init__(self, reactor: Reactor, bench: Bench | None = None, **settings: Any) -> None:
        self.reactor = reactor
        self.authenticator = Authenticator()
        self.hub = Hub()
        boxes: Any = None
        store: Any = None
        if bench is not None:
            accounts, store = bench.store.accounts, bench.store.mailboxes
            boxes = Mailboxes(
                store,
                accounts,
                reservations=Accounts(accounts, home_domain="home.mailcap"),
            )
            bench.tell = self.hub.changed
        backend = Backend(
            authenticator=self.authenticator,
            mailboxes=boxes,
            store=store,
            known=Known(store),
            compressed=Places(1),
            hub=self.hub,
            elsewhere=here,
            now=bench.clock if bench is not None else reactor.seconds,
        )
        self.registry = Registry(reactor)
        settings.setdefault("host_name", "mail.test")
        settings.setdefault("plaintext_auth", "always")
        self.factory = IMAPFactory(
            IMAPSettings(**settings),
            backend=backend,
            registry=self.registry,
            in_flight=InFlight(10**9),
            clock=reactor,
        )

    def client(self, **ends: str) -> Client:
        return Client(self.reactor, self.factory, **ends)
