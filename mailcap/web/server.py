"""What all connections to the HTTP server share."""

# ruff: noqa: N802 - the names of methods that Twisted calls
from __future__ import annotations

from typing import Any, Protocol

from twisted.web.http import HTTPChannel
from twisted.web.resource import IResource
from twisted.web.server import Request
from twisted.web.server import Site as TwistedSite

from mailcap.connection.registry import Registry
from mailcap.web.limits import Budget, Limits


class Upgrades(Protocol):
    """Who takes connections over; see `mailcap.web.live.upgrade.Live`."""

    def wants(self, request: Any) -> bool:
        """Whether *request* asks for another protocol."""

    def take(self, request: Any) -> None:
        """Answer it, and speak that protocol from then on."""


class Site(TwistedSite):
    """Makes a *protocol* for each connection and a *request* for each request on it.

    All of them share what is here.  There is no access log: URLs hold keys.
    """

    noisy = False

    def __init__(
        self,
        resource: IResource,
        *,
        protocol: type[HTTPChannel],
        request: type[Request],
        live: Upgrades,
        reactor: Any,
        registry: Registry,
        limits: Limits,
        budget: Budget,
    ) -> None:
        super().__init__(resource, requestFactory=request, timeout=limits.patience, reactor=reactor)
        self.protocol = protocol  # type: ignore[assignment]
        self.live = live
        self.registry = registry
        self.limits = limits
        self.budget = budget

    def startFactory(self) -> None:
        """Open no log; the base class would also wake the process every second for it."""

    def stopFactory(self) -> None:
        """Close nothing."""

    def acceptableProtocols(self) -> list[bytes]:
        """Offer HTTP/1.1 alone over TLS: the limits of `Channel` hold for no other."""
        return [b"http/1.1"]
