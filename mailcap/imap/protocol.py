"""IMAP on Twisted connections."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.interfaces import IReactorTime

from mailcap.connection.factory import ListenerFactory
from mailcap.connection.in_flight import InFlight
from mailcap.connection.registry import Registry
from mailcap.domain.envelope import Connection
from mailcap.imap.backend import Backend
from mailcap.imap.session import Session
from mailcap.imap.settings import IMAPSettings


class IMAPFactory(ListenerFactory):
    """Makes the protocol for each connection of one listener.

    *backend* is that of all listeners.
    """

    def __init__(
        self,
        settings: IMAPSettings,
        *,
        backend: Backend,
        registry: Registry,
        in_flight: InFlight,
        clock: IReactorTime,
    ) -> None:
        def new_session(connection: Connection, wake: Callable[[], None]) -> Session:
            return Session(settings, connection, backend=backend, wake=wake)

        super().__init__(settings, new_session, clock=clock, registry=registry, in_flight=in_flight)
