"""Who takes the mail, and who knows the passwords, in the tests of a session."""

from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any

from twisted.internet.defer import Deferred

from connection.wires import Client, Reactor
from mailcap.connection.in_flight import InFlight
from mailcap.connection.registry import Registry
from mailcap.domain.accounts import Identity
from mailcap.domain.envelope import Envelope
from mailcap.domain.errors import AuthenticationFailed
from mailcap.domain.figures import Figures
from mailcap.smtp.backend import Backend
from mailcap.smtp.protocol import SMTPFactory
from mailcap.smtp.settings import SMTPSettings
from mailcap.throttling.counters import SlidingCounters
from mailcap.throttling.policies import Policies
from mailcap.throttling.rules import Rules

BASE = "0123456789ABCDEFGHIJKLMNOP"
EVERYBODY = (ip_network("0.0.0.0/0"), ip_network("::/0"))
OPEN = Rules(trusted_networks=EVERYBODY)
IDENTITY = Identity(account=7, account_name="tim", capture_private=True)


@dataclass
class Delivery:
    """A message that was handed over; the sender waits for `answer` if that was asked for."""

    envelope: Envelope
    body: bytes
    answer: Deferred[str]


class Deliverer:
    """Takes all messages.  With *patient*, each is answered by its `Delivery`."""

    def __init__(self, *, patient: bool = False) -> None:
        self.deliveries: list[Delivery] = []
        self.patient = patient
        self.error: Exception | None = None

    def deliver(self, envelope: Envelope, body: bytes) -> Deferred[str]:
        delivery = Delivery(envelope, body, Deferred())
        self.deliveries.append(delivery)
        if self.error is not None:
            delivery.answer.errback(self.error)
        elif not self.patient:
            delivery.answer.callback(BASE)
        return delivery.answer


class Authenticator:
    """Knows ``tim`` with ``tanstaaftanstaaf``.  It is a coroutine, as any awaitable will do."""

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
    """A listener with these stand-ins behind it; settings are those of `SMTPSettings`."""

    def __init__(
        self,
        reactor: Reactor,
        *,
        room: int = 10**9,
        rules: Rules = OPEN,
        reserved: int = 0,
        door: Any = None,
        **settings: Any,
    ) -> None:
        self.reactor = reactor
        self.deliverer = Deliverer()
        self.authenticator = Authenticator()
        self.registry = Registry(reactor)
        self.in_flight = InFlight(room, reserved=reserved)
        self.figures = Figures()
        self.owned: dict[str, int] = {}
        self.error: Exception | None = None
        self.policies = Policies(
            rules, SlidingCounters(reactor), owner_of=self.owner_of, clock=reactor
        )
        settings.setdefault("host_name", "mail.test")
        self.factory = SMTPFactory(
            SMTPSettings(**settings),
            backend=Backend(
                deliverer=self.deliverer,
                authenticator=self.authenticator,
                throttle=self.policies,
                in_flight=self.in_flight,
                owner_of=self.owner_of,
                figures=self.figures,
            ),
            registry=self.registry,
            clock=reactor,
            door=door,
        )

    async def owner_of(self, inbox: str) -> int | None:
        if self.error is not None:
            raise self.error
        return self.owned.get(inbox)

    def client(self, **ends: str) -> Client:
        return Client(self.reactor, self.factory, **ends)

    @property
    def envelope(self) -> Envelope:
        """The envelope of the only message."""
        (delivery,) = self.deliverer.deliveries
        return delivery.envelope

    @property
    def body(self) -> bytes:
        """The body of the only message."""
        (delivery,) = self.deliverer.deliveries
        return delivery.body
