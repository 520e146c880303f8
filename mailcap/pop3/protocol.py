"""POP3 on Twisted connections."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.interfaces import IReactorTime

from mailcap.connection.factory import ListenerFactory
from mailcap.connection.in_flight import InFlight
from mailcap.connection.registry import Registry
from mailcap.domain.envelope import Connection
from mailcap.pop3.backend import Backend
from mailcap.pop3.session import Session
from mailcap.pop3.settings import POP3Settings


class POP3Factory(ListenerFactory):
    """Makes the protocol for each connection of one listener.

    *backend* is that of all listeners.
    """

    def __init__(
        self,
        settings: POP3Settings,
        *,
        backend: Backend,
        registry: Registry,
        in_flight: InFlight,
        clock: IReactorTime,
    ) -> None:
        def new_session(connection: Connection, _wake: Callable[[], None]) -> Session:
            return Session(settings, connection, backend=backend)

        super().__init__(settings, new_session, clock=clock, registry=registry, in_flight=in_flight)
