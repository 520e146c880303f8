"""The server as a service: its parts, its ports, and the collection of what has expired."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from ipaddress import ip_address
from typing import Any

from prometheus_client import CollectorRegistry
from twisted.application.service import Service
from twisted.internet.defer import Deferred, gatherResults, maybeDeferred
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IListeningPort
from twisted.internet.task import deferLater
from twisted.logger import Logger

from mailcap.domain.errors import ConfigurationError
from mailcap.dracula.places import Place
from mailcap.dracula.server.collection import Collection
from mailcap.dracula.server.listing import Listing
from mailcap.dracula.server.peers import Peers
from mailcap.dracula.server.responder import Responder
from mailcap.dracula.server.rest import Bounded, QuietSite, Routes
from mailcap.dracula.server.statistics import Statistics, StoreCollector
from mailcap.dracula.server.tcp import StreamFactory
from mailcap.dracula.server.udp import Datagrams
from mailcap.dracula.settings import DraculaSettings
from mailcap.dracula.store import Store

_BACKLOG = 1024

_log = Logger()


class DraculaServer(Service):
    """dracula, from its settings to the open ports.

    What cannot be opened raises `ConfigurationError` in `startService`, which then leaves
    nothing open.
    """

    def __init__(self, settings: DraculaSettings, reactor: Any) -> None:
        self._settings = settings
        self._reactor = reactor
        self._ports: list[IListeningPort] = []
        self._make_parts()

    def startService(self) -> None:  # noqa: N802
        """Open the ports; as soon as the reactor runs, clients are served."""
        with ExitStack() as undo:
            undo.callback(self._close_ports)
            self._open_ports()
            undo.pop_all()
        self._collection.start()
        super().startService()
        self._warn()
        self._reactor.callWhenRunning(_log.info, "dracula is ready")

    def stopService(self) -> Deferred[Any]:  # noqa: N802
        """Close everything; what was counted is forgotten."""
        super().stopService()
        self._collection.stop()
        closed = self._close_ports()
        self._streams.close()
        for site in self._sites:
            site.close()
        return closed

    def _make_parts(self) -> None:
        settings = self._settings
        codec = settings.secret.codec
        self._statistics = Statistics()
        self._store = Store(time.monotonic, ttl=settings.ttl, room=settings.memory)
        self._collection = Collection(self._store, self._statistics, self._reactor)
        others = [place for place in settings.peers if place != settings.own]
        servers = [*others, settings.own] if settings.own else others
        self._datagrams = Datagrams(self._statistics, servers)
        self._responder = Responder(
            self._store,
            codec,
            peers=Peers(others, codec, self._statistics, self._datagrams.send),
            listing=Listing(self._store, lambda: deferLater(self._reactor, 0)),
            statistics=self._statistics,
        )
        self._datagrams.responder = self._responder
        self._streams = StreamFactory(self._responder, self._reactor, most=settings.connections)
        self._sites: list[Bounded] = []

    def _open_ports(self) -> None:
        settings, reactor = self._settings, self._reactor
        place = Place(settings.interface, settings.udp)
        self._open("udp", place, reactor.listenUDP, self._datagrams)
        place = Place(settings.interface, settings.tcp)
        self._open("tcp", place, reactor.listenTCP, self._streams, backlog=_BACKLOG)
        registry = None
        if settings.metrics:
            registry = CollectorRegistry()
            registry.register(StoreCollector(self._store, self._statistics))
        for name, where in (("http", settings.http), ("prom", settings.metrics)):
            if where:
                routes = Routes(self._store, self._responder, registry)
                site = Bounded(QuietSite(routes, reactor), most=settings.connections)
                self._open(name, where, reactor.listenTCP, site, backlog=_BACKLOG)
                self._sites.append(site)

    def _open(
        self, name: str, place: Place, listen: Callable[..., Any], what: object, **more: int
    ) -> None:
        try:
            port = listen(place.port, what, interface=place.host, **more)
        except CannotListenError as error:
            reason = getattr(error.socketError, "strerror", None) or error.socketError
            raise ConfigurationError(f"--{name}: cannot listen on {place}: {reason}") from None
        self._ports.append(port)
        host = port.getHost()
        _log.info("{name}: listening on {place}", name=name, place=Place(host.host, host.port))

    def _close_ports(self) -> Deferred[Any]:
        ports, self._ports = self._ports, []
        return gatherResults([maybeDeferred(port.stopListening) for port in ports])

    def _warn(self) -> None:
        host = self._settings.interface
        if not self._settings.secret.octets and not ip_address(host).is_loopback:
            _log.warn("without a secret, whoever reaches {host} counts", host=host)
