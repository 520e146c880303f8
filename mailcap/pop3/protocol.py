"""POP3 on Twisted connections."""

# ruff: noqa: N802 - the names of methods that Twisted calls

from __future__ import annotations

from typing import Any

from twisted.internet.interfaces import IAddress, IReactorTime
from twisted.internet.protocol import Factory

from mailcap.connection.in_flight import InFlight
from mailcap.connection.listening import listener
from mailcap.connection.pump import Pump
from mailcap.connection.registry import Registry
from mailcap.domain.envelope import Connection
from mailcap.pop3.backend import Backend
from mailcap.pop3.session import Session
from mailcap.pop3.settings import POP3Settings


class POP3Factory(Factory):
    """Makes the protocol for each connection of one listener.

    Where *settings* say so, the PROXY header and TLS come first.  *backend*, *registry* and
    *in_flight* are those of all listeners.
    """

    noisy = False

    def __init__(
        self,
        settings: POP3Settings,
        *,
        backend: Backend,
        registry: Registry,
        in_flight: InFlight,
        clock: IReactorTime,
    ) -> None:
        def new_session(connection: Connection) -> Session:
            return Session(settings, connection, backend=backend)

        def new_protocol() -> Pump:
            return Pump(
                new_session,
                clock=clock,
                registry=registry,
                in_flight=in_flight,
                tls=settings.tls,
            )

        protocols = Factory.forProtocol(new_protocol)
        protocols.noisy = False
        self._listener: Any = listener(
            protocols,
            clock=clock,
            proxies=settings.proxies,
            tls=settings.tls if settings.role == "pop3s" else None,
        )

    def buildProtocol(self, addr: IAddress | None) -> Any:
        """Return the protocol for a connection from *addr*."""
        return self._listener.buildProtocol(addr)
