"""The REST interface, and the metrics: small enough for nothing but twisted.web."""

# ruff: noqa: N802, N815 - the names of methods that Twisted calls

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus
from io import BytesIO
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from twisted.internet.interfaces import IAddress
from twisted.protocols.policies import WrappingFactory
from twisted.web.resource import Resource
from twisted.web.server import Request, Site

from mailcap.dracula.server.responder import Responder
from mailcap.dracula.store import Store
from mailcap.dracula.wire.packet import DATA_SIZE, NAMESPACE_SIZE, Command, Packet

IDLE_SECONDS = 60

_WELCOME = "Dracula rest server - Routes:  GET /namespaces, GET /count, GET /put"
_WRONG_SIZE = "wrong data size during packet construction"


class _BadRequest(Exception):
    """A parameter is missing or too long; the text tells which."""


class Routes(Resource):
    """All routes; ``/metrics`` is one of them if there is a *registry*."""

    isLeaf = True

    def __init__(
        self, store: Store, responder: Responder, registry: CollectorRegistry | None
    ) -> None:
        super().__init__()
        self._store = store
        self._responder = responder
        self._registry = registry
        self._routes: dict[bytes, Callable[[Request], object]] = {
            b"/": lambda _: {"message": "OK", "details": _WELCOME},
            b"/count": self._count,
            b"/put": self._put,
            b"/namespaces": self._namespaces,
        }

    def render(self, request: Request) -> bytes:
        """Answer a request."""
        asked = f"{_shown(request.method)} {_shown(request.path)}"
        if request.path == b"/metrics" and self._registry is not None:
            request.setHeader("Content-Type", CONTENT_TYPE_LATEST)
            return generate_latest(self._registry)
        route = self._routes.get(request.path)
        if route is None:
            return _problem(request, HTTPStatus.NOT_FOUND, "Route not matched", asked)
        if request.method != b"GET":
            request.setHeader("Allow", "GET")
            return _problem(request, HTTPStatus.METHOD_NOT_ALLOWED, "Method not allowed", asked)
        try:
            return _json(request, route(request))
        except _BadRequest as error:
            return _problem(request, HTTPStatus.BAD_REQUEST, "Bad request", str(error))

    def _count(self, request: Request) -> object:
        namespace, key = _parameters(request, "pattern")
        return {"count": self._store.count(namespace, key)}

    def _put(self, request: Request) -> object:
        namespace, key = _parameters(request, "key")
        return {"count": self._responder.put(Packet(Command.PUT, 0, namespace, key))}

    def _namespaces(self, _request: Request) -> object:
        return {"list": [_shown(each) for each in self._store.namespaces()]}


class _BodilessRequest(Request):
    """A request whose body nobody wants: Twisted would write it to the disk, however long."""

    def gotLength(self, length: int | None) -> None:  # noqa: ARG002
        self.content = BytesIO()

    def handleContentChunk(self, data: bytes) -> None:
        """Throw it away."""


class QuietSite(Site):
    """Serves *routes* and writes no line about each request."""

    noisy = False
    displayTracebacks = False

    def __init__(self, routes: Routes, reactor: Any) -> None:
        super().__init__(routes, _BodilessRequest, timeout=IDLE_SECONDS, reactor=reactor)

    def log(self, request: object) -> None:
        """Say nothing."""


class Bounded(WrappingFactory):
    """Up to *most* connections at a time; further ones are closed."""

    noisy = False

    def __init__(self, factory: Site, *, most: int) -> None:
        super().__init__(factory)
        self._most = most

    def buildProtocol(self, addr: IAddress | None) -> Any:
        """Return the protocol for a connection."""
        return super().buildProtocol(addr) if len(self.protocols) < self._most else None

    def close(self) -> None:
        """Close all connections."""
        for each in tuple(self.protocols):
            each.transport.abortConnection()


def _parameters(request: Request, key_name: str) -> tuple[bytes, bytes]:
    """Return namespace and key, without spaces and line feeds around them."""
    given = [request.args.get(name.encode(), [b""])[0] for name in ("namespace", key_name)]
    namespace, key = (each.strip(b" \n") for each in given)
    if not namespace or not key:
        raise _BadRequest(f"namespace and {key_name} query params are required")
    if len(namespace) > NAMESPACE_SIZE or len(key) > DATA_SIZE:
        raise _BadRequest(_WRONG_SIZE)
    return namespace, key


def _problem(request: Request, status: HTTPStatus, message: str, details: str) -> bytes:
    request.setResponseCode(status)
    return _json(request, {"message": message, "details": details})


def _json(request: Request, value: object) -> bytes:
    request.setHeader("Content-Type", "application/json")
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


def _shown(text: bytes) -> str:
    return text.decode("utf-8", "replace")
