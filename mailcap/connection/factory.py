"""The protocols for the connections of a listener."""

# ruff: noqa: N802 - the names of methods that Twisted calls

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import IAddress, IReactorTime
from twisted.internet.protocol import Factory

from mailcap.connection.dialogue import Session
from mailcap.connection.holding import Entrance
from mailcap.connection.in_flight import InFlight
from mailcap.connection.listening import listener
from mailcap.connection.pump import Pump
from mailcap.connection.registry import Registry
from mailcap.connection.settings import ListenerSettings
from mailcap.domain.envelope import Connection


class ListenerFactory(Factory):
    """Makes the protocol for each connection of one listener: a `Pump` with a session.

    *new_session* is called with the connection and with what wakes the session.  Where
    *settings* say so, the PROXY header and TLS come first; in front of the greeting is
    the *entrance*, if there is one.  *registry* and *in_flight* are those of all listeners.
    """

    noisy = False

    def __init__(
        self,
        settings: ListenerSettings,
        new_session: Callable[[Connection, Callable[[], None]], Session],
        *,
        clock: IReactorTime,
        registry: Registry,
        in_flight: InFlight,
        entrance: Entrance | None = None,
    ) -> None:
        def new_pump() -> Pump:
            return Pump(
                new_session,
                clock=clock,
                registry=registry,
                in_flight=in_flight,
                tls=settings.tls,
            )

        pumps = Factory.forProtocol(new_pump)
        pumps.noisy = False
        self._listener: Any = listener(
            pumps,
            clock=clock,
            proxies=settings.proxies,
            tls=settings.tls_at_once,
            entrance=entrance,
        )

    def buildProtocol(self, addr: IAddress | None) -> Any:
        """Return the protocol for a connection from *addr*."""
        return self._listener.buildProtocol(addr)
