"""SMTP on Twisted connections."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.interfaces import IReactorTime

from mailcap.connection.factory import ListenerFactory
from mailcap.connection.holding import EARLY_TLS_OCTETS, TLS_REFUSAL, Door, Entrance
from mailcap.connection.in_flight import InFlight
from mailcap.connection.registry import Registry
from mailcap.domain.envelope import Connection
from mailcap.domain.figures import Figures
from mailcap.domain.ports import Authenticator, Deliverer, Throttle
from mailcap.smtp import replies
from mailcap.smtp.session import OwnerOf, Session
from mailcap.smtp.settings import SMTPSettings


class SMTPFactory(ListenerFactory):
    """Makes the protocol for each connection of one listener.

    In front of the greeting is the *door*, if there is one.  *throttle* is that of all
    listeners.  `settings` may be replaced by others with the same TLS and proxies:
    connections made from then on go by them.
    """

    def __init__(
        self,
        settings: SMTPSettings,
        *,
        deliverer: Deliverer,
        authenticator: Authenticator,
        throttle: Throttle,
        registry: Registry,
        in_flight: InFlight,
        clock: IReactorTime,
        owner_of: OwnerOf,
        figures: Figures,
        door: Door | None = None,
    ) -> None:
        self.settings = settings

        def new_session(connection: Connection, _wake: Callable[[], None]) -> Session:
            return Session(
                self.settings,
                connection,
                deliverer=deliverer,
                authenticator=authenticator,
                throttle=throttle,
                in_flight=in_flight,
                owner_of=owner_of,
                turn=door.turn if door else _at_once,
                figures=figures,
            )

        super().__init__(
            settings,
            new_session,
            clock=clock,
            registry=registry,
            in_flight=in_flight,
            entrance=_entrance(settings, door),
        )


def _at_once(_host: str) -> None:
    """Let nobody wait."""


def _entrance(settings: SMTPSettings, door: Door | None) -> Entrance | None:
    if door is None:
        return None
    if settings.role == "submissions":
        return Entrance(door, TLS_REFUSAL, TLS_REFUSAL, early=EARLY_TLS_OCTETS)
    return Entrance(door, busy=replies.BUSY.wire, stopping=replies.SHUTTING_DOWN.wire)
