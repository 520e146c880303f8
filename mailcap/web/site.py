"""The HTTP server, put together."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import partial

from twisted.internet.threads import deferToThreadPool

from mailcap.connection.registry import Registry
from mailcap.services.addresses import Addresses
from mailcap.services.domains import Domains
from mailcap.services.slots import Slots
from mailcap.web.api.account import AccountRoutes
from mailcap.web.api.addresses import AddressRoutes
from mailcap.web.api.admin import AdminRoutes
from mailcap.web.api.attachments import AttachmentRoutes
from mailcap.web.api.bodies import BodyRoutes
from mailcap.web.api.codes import CodeRoutes
from mailcap.web.api.computing import Computing
from mailcap.web.api.domains import DomainRoutes
from mailcap.web.api.legacy import LegacyRoutes
from mailcap.web.api.marking import MarkingRoutes
from mailcap.web.api.me import MeRoutes
from mailcap.web.api.messages import MessageRoutes
from mailcap.web.api.statistics import StatisticsRoutes
from mailcap.web.api.unified import UnifiedRoutes
from mailcap.web.api.validations import ValidationRoutes
from mailcap.web.api.waiting import WaitRoutes
from mailcap.web.api.walks import Walks
from mailcap.web.backend import Backend
from mailcap.web.channel import Channel
from mailcap.web.docs import Docs
from mailcap.web.health import Health
from mailcap.web.identity import identify
from mailcap.web.limits import Budget, Limits
from mailcap.web.live.frames import Frames
from mailcap.web.live.upgrade import Live
from mailcap.web.metrics import Metrics
from mailcap.web.request import Request
from mailcap.web.responses import Responder
from mailcap.web.routing import Route, Router
from mailcap.web.server import Site


def make_site(
    backend: Backend,
    *,
    registry: Registry,
    origins: Collection[str] = (),
    limits: Limits | None = None,
    metrics: Metrics | None = None,
) -> Site:
    """Return the factory of the HTTP server.

    Open connections are in *registry*.  *origins* are those of web pages that may open a
    WebSocket, beside the server's own.  *metrics* are shown if there are any.
    """
    limits = limits or Limits()
    budget = Budget(limits.held)
    reactor = backend.reactor
    computing = Computing(partial(deferToThreadPool, reactor, reactor.getThreadPool()), budget)
    live = _live(backend, computing, origins)
    routes = [*live.routes, *_api(backend, computing), *(metrics.routes if metrics else ())]
    routes += Docs(lambda: routes).routes
    router = Router(
        routes,
        identify=partial(identify, authenticator=backend.authenticator),
        meant=backend.accounts.meant_by,
        responder=Responder(budget, reactor, patience=limits.patience),
    )
    return Site(
        router,
        protocol=Channel,
        request=Request,
        live=live,
        reactor=reactor,
        registry=registry,
        limits=limits,
        budget=budget,
    )


def _live(backend: Backend, computing: Computing, origins: Collection[str]) -> Live:
    return Live(
        identify=partial(identify, authenticator=backend.authenticator, also="key"),
        meant=backend.accounts.meant_by,
        store=backend.arrival_store,
        arrivals=backend.arrivals,
        frames=Frames(backend.mail.content, computing, Slots(backend.reactor)),
        clock=backend.reactor,
        origins=origins,
    )


def _api(backend: Backend, computing: Computing) -> Iterator[Route]:
    """Yield the routes of all families."""
    mail, accounts = backend.mail, backend.accounts
    walks, searches = Walks(), Walks()  # a search may take as long as a thousand walks
    families = (
        Health(backend.ready, backend.reactor),
        MeRoutes(accounts, backend.reactor.seconds, walks),
        AccountRoutes(accounts),
        AdminRoutes(accounts),
        AddressRoutes(Addresses(accounts), computing, walks),
        DomainRoutes(Domains(accounts, mail), mail, computing, walks),
        ValidationRoutes(computing),
        LegacyRoutes(),
        WaitRoutes(backend.waiting, computing, walks),
        MessageRoutes(mail, computing, walks),
        BodyRoutes(mail, computing),
        AttachmentRoutes(mail, computing),
        CodeRoutes(mail, computing),
        MarkingRoutes(mail, backend.unified, computing),
        UnifiedRoutes(backend.unified, computing, walks, searches),
        StatisticsRoutes(backend.statistics, mail, computing, searches, denied=backend.denied),
    )
    for family in families:
        yield from family.routes
