"""The HTTP server, put together."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from functools import partial
from typing import Any

from twisted.internet.threads import deferToThreadPool

from mailcap.connection.registry import Registry
from mailcap.domain.ports import ArrivalStore, Authenticator
from mailcap.services.accounts import Accounts
from mailcap.services.addresses import Addresses
from mailcap.services.arrivals import Arrivals
from mailcap.services.domains import Domains
from mailcap.services.mail import Mail
from mailcap.services.slots import Slots
from mailcap.services.statistics import Statistics
from mailcap.services.unified_inbox import UnifiedInbox
from mailcap.services.waiting import Waiting
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
from mailcap.web.api.statistics import Denied, StatisticsRoutes
from mailcap.web.api.unified import UnifiedRoutes
from mailcap.web.api.validations import ValidationRoutes
from mailcap.web.api.waiting import WaitRoutes
from mailcap.web.api.walks import Walks
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
from mailcap.web.routing import Router
from mailcap.web.server import Site


def make_site(
    mail: Mail,
    authenticator: Authenticator,
    *,
    accounts: Accounts,
    unified: UnifiedInbox,
    statistics: Statistics,
    denied: Denied = tuple,
    ready: Callable[[], Awaitable[None]],
    reactor: Any,
    registry: Registry,
    waiting: Waiting,
    arrivals: Arrivals,
    arrival_store: ArrivalStore,
    origins: Collection[str] = (),
    limits: Limits | None = None,
    metrics: Metrics | None = None,
) -> Site:
    """Return the factory of the HTTP server.

    *accounts* manages them and what they own; *ready* returns when the store can be used,
    and raises `StoreUnavailable` if not; *denied* returns the domains and networks that
    may not send.  *waiting* holds requests, *arrivals* and
    *arrival_store* tell WebSockets of mail; *origins* are those of web pages that may open
    one beside the server's own.  Time and threads are those of *reactor*; open connections
    are in *registry*.  *metrics* are shown if there are any.
    """
    limits = limits or Limits()
    budget = Budget(limits.held)
    in_thread = partial(deferToThreadPool, reactor, reactor.getThreadPool())
    computing = Computing(in_thread, budget)
    live = Live(
        identify=partial(identify, authenticator=authenticator, also="key"),
        meant=accounts.meant_by,
        store=arrival_store,
        arrivals=arrivals,
        frames=Frames(mail.content, computing, Slots(reactor)),
        clock=reactor,
        origins=origins,
    )
    walks = Walks()
    families = (
        live,
        Health(ready, reactor),
        MeRoutes(accounts, reactor.seconds, walks),
        AccountRoutes(accounts),
        AdminRoutes(accounts),
        AddressRoutes(Addresses(accounts), computing, walks),
        DomainRoutes(Domains(accounts, mail), mail, computing, walks),
        ValidationRoutes(computing),
        LegacyRoutes(),
        WaitRoutes(waiting, computing, walks),
        MessageRoutes(mail, computing, walks),
        BodyRoutes(mail, computing),
        AttachmentRoutes(mail, computing),
        CodeRoutes(mail, computing),
        MarkingRoutes(mail, unified, computing),
        UnifiedRoutes(unified, computing, walks),
        StatisticsRoutes(statistics, mail, computing, walks, denied=denied),
    )
    routes = [route for family in families for route in family.routes]
    routes += metrics.routes if metrics else ()
    routes += Docs(lambda: routes).routes
    router = Router(
        routes,
        identify=partial(identify, authenticator=authenticator),
        meant=accounts.meant_by,
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
