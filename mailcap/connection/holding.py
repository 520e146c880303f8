"""Connections that are held, without a word, until there is room for them."""

# ruff: noqa: N802, N815 - the names of methods that Twisted calls

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

from twisted.internet.interfaces import IAddress, IHandshakeListener, IProtocolFactory
from twisted.internet.protocol import Factory, connectionDone
from twisted.internet.protocol import Protocol as TwistedProtocol
from twisted.python.failure import Failure
from zope.interface import implementer

from mailcap.connection.peers import host_of

# What comes before the greeting is kept, the more so where TLS begins there.  Who has more
# to say by then is no client that waits to be greeted; and many may wait.
EARLY_OCTETS, EARLY_TLS_OCTETS = 2048, 16_384
# A fatal alert, "internal error" (RFC 8446 section 6): what a client that waits for the
# server's part of a handshake can read.
TLS_REFUSAL = bytes.fromhex("15 0303 0002 02 50")


class Door(Protocol):
    """Who decides; see `mailcap.throttling.door.Door`."""

    def arrive(self, host: str, guest: Held) -> Any:
        """Call a method of *guest*, now or later; return what `leave` wants."""

    def leave(self, place: Any) -> None:
        """Learn that the guest with that place has gone."""

    def turn(self, host: str) -> Awaitable[None] | None:
        """Return what a session of *host* has to wait for before its next message, if anything."""


class _Occupant(Protocol):
    """Whom the door can ask for a place again; see `mailcap.connection.pump.Pump`."""

    @property
    def silent_since(self) -> float | None: ...

    def make_room(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Entrance:
    """A *door*, and what is said to those who are sent away: *busy*, or *stopping*.

    Of what a client says before its greeting, *early* octets are kept.
    """

    door: Door
    busy: bytes
    stopping: bytes
    early: int = EARLY_OCTETS


class HoldingFactory(Factory):
    """Makes protocols that become those of *factory* as soon as the *entrance* is free."""

    noisy = False

    def __init__(self, factory: IProtocolFactory, entrance: Entrance) -> None:
        self.factory = factory
        self.entrance = entrance

    def buildProtocol(self, addr: IAddress | None) -> Held:  # noqa: ARG002
        """Return a protocol that waits."""
        return Held(self.factory, self.entrance)


@implementer(IHandshakeListener)
class Held(TwistedProtocol):
    """A connection before its greeting; afterwards it hears of the end alone.

    What arrives then goes straight to the protocol that it is for.
    """

    transport: Any
    dataReceived: Callable[[bytes], None]  # type: ignore[assignment]  # it changes

    def __init__(self, factory: IProtocolFactory, entrance: Entrance) -> None:
        self._factory = factory
        self._entrance = entrance
        self._early = b""
        self._protocol: Any = None
        self._place: Any = None
        self.dataReceived = self._keep

    def connectionMade(self) -> None:
        """Ask to be let in."""
        host = host_of(self.transport.getPeer())
        self._place = self._entrance.door.arrive(host, self)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Leave the place to others."""
        if self._protocol is not None:
            self._protocol.connectionLost(reason)
        self._entrance.door.leave(self._place)  # last: it may let in somebody else at once

    def handshakeCompleted(self) -> None:
        """Pass on that TLS, begun by STARTTLS, is ready."""
        if IHandshakeListener.providedBy(self._protocol):
            self._protocol.handshakeCompleted()

    def let_in(self) -> None:
        """Become the protocol that the connection is for."""
        self._protocol = self._factory.buildProtocol(self.transport.getPeer())
        self.dataReceived = self._protocol.dataReceived
        self._protocol.makeConnection(self.transport)
        early, self._early = self._early, b""
        if early:
            self._protocol.dataReceived(early)

    def turn_away(self, *, stopping: bool) -> None:
        """Say why, and close."""
        self.dataReceived = self._ignore
        self._early = b""
        self.transport.write(self._entrance.stopping if stopping else self._entrance.busy)
        self.transport.loseConnection()

    @property
    def silent_since(self) -> float | None:
        """Since when the client has made no use of its session; None while it does."""
        return self._session.silent_since

    def make_room(self) -> None:
        """End the session, since others need its place more."""
        self._session.make_room()

    @property
    def _session(self) -> _Occupant:
        """What the connection has become, behind TLS if there is any."""
        session: _Occupant = getattr(self._protocol, "wrappedProtocol", self._protocol)
        return session

    def _keep(self, data: bytes) -> None:
        self._early += data
        if len(self._early) > self._entrance.early:
            self._entrance.door.leave(self._place)
            self.turn_away(stopping=False)

    def _ignore(self, _data: bytes) -> None:
        """Throw away what a client says to a door that stays closed."""
