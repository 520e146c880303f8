"""SMTP on Twisted connections."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from twisted.internet.interfaces import IReactorTime

from mailcap.connection.factory import ListenerFactory
from mailcap.connection.holding import EARLY_TLS_OCTETS, TLS_REFUSAL, Door, Entrance
from mailcap.connection.registry import Registry
from mailcap.domain.envelope import Connection
from mailcap.smtp import replies
from mailcap.smtp.backend import Backend
from mailcap.smtp.session import Session
from mailcap.smtp.settings import SMTPSettings


class SMTPFactory(ListenerFactory):
    """Makes the protocol for each connection of one listener.

    In front of the greeting is the *door*, if there is one, and it gives the turns.
    `settings` may be replaced by others with the same TLS and proxies: connections made
    from then on go by them.
    """

    def __init__(
        self,
        settings: SMTPSettings,
        *,
        backend: Backend,
        registry: Registry,
        clock: IReactorTime,
        door: Door | None = None,
    ) -> None:
        self.settings = settings
        if door is not None:
            backend = replace(backend, turn=door.turn)

        def new_session(connection: Connection, _wake: Callable[[], None]) -> Session:
            return Session(self.settings, connection, backend=backend)

        super().__init__(
            settings,
            new_session,
            clock=clock,
            registry=registry,
            in_flight=backend.in_flight,
            entrance=_entrance(settings, door),
        )


def _entrance(settings: SMTPSettings, door: Door | None) -> Entrance | None:
    if door is None:
        return None
    if settings.role == "submissions":
        return Entrance(door, TLS_REFUSAL, TLS_REFUSAL, early=EARLY_TLS_OCTETS)
    return Entrance(door, busy=replies.BUSY.wire, stopping=replies.SHUTTING_DOWN.wire)
