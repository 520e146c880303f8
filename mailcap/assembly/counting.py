"""Counting together with other nodes, by way of dracula."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from twisted.application.service import IService, MultiService, Service
from twisted.internet.defer import Deferred

from mailcap.dracula.client import Client
from mailcap.dracula.places import parse_place
from mailcap.dracula.secret_source import find_secret
from mailcap.throttling.counters import Counters
from mailcap.throttling.shared import SharedCounters


def share(local: Counters, servers: Iterable[str], reactor: Any) -> tuple[SharedCounters, IService]:
    """Return counters that add what *servers* know to *local*, and the service they need."""
    places = [parse_place(server) for server in servers]
    client = Client(places, find_secret(os.environ, None).codec, reactor=reactor)
    counters = SharedCounters(local, client, clock=reactor)
    service = MultiService()
    service.addService(_Connected(client))
    service.addService(counters)
    return counters, service


class _Connected(Service):
    """Keeps the client open."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def startService(self) -> None:  # noqa: N802
        super().startService()
        self._client.start()

    def stopService(self) -> Deferred[Any]:  # noqa: N802
        super().stopService()
        return self._client.close()
