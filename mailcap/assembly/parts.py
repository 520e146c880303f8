"""Which class serves which role, and with what."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from twisted.application.service import IService
from twisted.internet.interfaces import IOpenSSLServerConnectionCreator, IProtocolFactory
from twisted.internet.threads import deferToThreadPool

from mailcap.assembly.doors import Division, Doors, divide, make_doors
from mailcap.assembly.throttling import make_policies, make_rules
from mailcap.authentication.authenticator import make_authenticator
from mailcap.authentication.hashing import make_hasher
from mailcap.authentication.throttle import Limits as LoginLimits
from mailcap.connection.compression import Places
from mailcap.connection.guard import Guard
from mailcap.connection.in_flight import InFlight
from mailcap.connection.listening import listener
from mailcap.connection.peers import Networks, ProxyNetworks
from mailcap.connection.registry import Registry
from mailcap.domain.figures import Figures
from mailcap.domain.ports import Authenticator
from mailcap.imap.backend import Backend as IMAPBackend
from mailcap.imap.known import Known
from mailcap.imap.protocol import IMAPFactory
from mailcap.imap.settings import IMAPSettings
from mailcap.imap.settings import Role as IMAPRole
from mailcap.pop3.backend import Backend as POP3Backend
from mailcap.pop3.protocol import POP3Factory
from mailcap.pop3.settings import POP3Settings
from mailcap.pop3.settings import Role as POP3Role
from mailcap.services.accounts import Accounts
from mailcap.services.arrivals import Arrivals
from mailcap.services.delivery import Delivery
from mailcap.services.hub import Hub
from mailcap.services.mail import Mail
from mailcap.services.mailboxes import Mailboxes
from mailcap.services.retention import Retention, RetentionRules
from mailcap.services.statistics import Statistics
from mailcap.services.summaries import Summaries
from mailcap.services.unified_inbox import UnifiedInbox
from mailcap.services.waiting import Waiting
from mailcap.settings import Settings
from mailcap.smtp.backend import Backend as SMTPBackend
from mailcap.smtp.protocol import SMTPFactory
from mailcap.smtp.settings import Role, SMTPSettings
from mailcap.store import Store
from mailcap.throttling.policies import Policies
from mailcap.web.backend import Backend as WebBackend

_SMTP_ROLES: tuple[Role, ...] = ("smtp", "submission", "submissions")
_IMAP_ROLES: tuple[IMAPRole, ...] = ("imap", "imaps")
_POP3_ROLES: tuple[POP3Role, ...] = ("pop3", "pop3s")

_READ_AHEAD = 64 * 2**20  # octets, over all POP3 sessions


@dataclass(frozen=True, slots=True)
class Parts:
    """A factory for each role, who knows their connections, and what works besides.

    *reload* makes them go by other settings, as far as these are live.
    """

    factories: Mapping[str, IProtocolFactory]
    registry: Registry
    delivery: Delivery
    retention: IService
    guard: IService
    counting: IService
    reload: Callable[[Settings], None]
    doors: Doors


def make_parts(
    settings: Settings,
    store: Store,
    reactor: Any,
    *,
    hub: Hub,
    tls: IOpenSSLServerConnectionCreator,
    connections: int,
) -> Parts:
    """Return all parts, at rest; there may be so many *connections* at a time."""
    places = divide(connections, queue=settings.queue.size)
    shared = _share(settings, store, reactor, tls=tls, places=places)
    mailboxes = Mailboxes(store.mailboxes, store.accounts, reservations=shared.accounts)
    delivery = Delivery(
        store.intake, host_name=settings.host_name, clock=reactor, figures=shared.figures
    )
    doors = make_doors(
        settings,
        reactor,
        places=places,
        registry=shared.registry,
        in_flight=shared.in_flight,
        delivery=delivery,
        figures=shared.figures,
    )
    policies, counting = make_policies(settings.throttling, store.accounts, reactor)
    smtp = _smtp(shared, store, policies, delivery, doors)
    factories: dict[str, IProtocolFactory] = {
        "http": _web(shared, store, hub, doors, policies),
        **smtp,
        **_imap(shared, store, hub, mailboxes),
        **_pop3(shared, store, hub, mailboxes),
    }
    return Parts(
        factories,
        shared.registry,
        delivery,
        _make_retention(settings, store, reactor, hub),
        Guard(shared.registry, store.accounts, clock=reactor),
        counting,
        partial(_reload, shared, policies, smtp),
        doors,
    )


@dataclass(frozen=True, slots=True)
class _Shared:
    """What all listeners have in common."""

    settings: Settings
    reactor: Any
    tls: IOpenSSLServerConnectionCreator
    proxies: ProxyNetworks
    registry: Registry
    in_flight: InFlight
    figures: Figures
    authenticator: Authenticator
    elsewhere: Callable[..., Awaitable[Any]]
    accounts: Accounts


def _share(
    settings: Settings,
    store: Store,
    reactor: Any,
    *,
    tls: IOpenSSLServerConnectionCreator,
    places: Division,
) -> _Shared:
    elsewhere = partial(deferToThreadPool, reactor, reactor.getThreadPool())
    octets = settings.limits.bytes_in_flight
    return _Shared(
        settings,
        reactor,
        tls=tls,
        proxies=ProxyNetworks(settings.proxy.networks),
        registry=Registry(reactor, most=places.sessions, readers=places.readers),
        in_flight=InFlight(octets, reserved=octets * settings.queue.reserved // 100),
        figures=Figures(),
        authenticator=make_authenticator(
            store.accounts,
            reactor,
            trusted=settings.authentication.trusted_networks,
            limits=_login_limits(settings),
        ),
        elsewhere=elsewhere,
        accounts=Accounts(
            store.accounts,
            home_domain=settings.accounts.home_domain,
            hasher=make_hasher(elsewhere),
        ),
    )


def _reload(
    shared: _Shared, policies: Policies, smtp: Mapping[str, SMTPFactory], new: Settings
) -> None:
    policies.rules = make_rules(new.throttling)
    for role in _SMTP_ROLES:
        smtp[role].settings = _smtp_settings(new, role, shared.tls, shared.proxies)


def _web(
    shared: _Shared, store: Store, hub: Hub, doors: Doors, policies: Policies
) -> IProtocolFactory:
    # Here, because Klein imports the reactor, which must be chosen before that.
    from mailcap.web.limits import Limits
    from mailcap.web.metrics import Metrics, Sources
    from mailcap.web.site import make_site

    shown = Sources(
        shared.figures,
        shared.registry,
        (doors.inbound, doors.submission),
        hub,
        policies.decisions,
    )
    limits = shared.settings.limits
    site = make_site(
        _web_backend(shared, store, hub, policies),
        registry=shared.registry,
        origins=shared.settings.web.origins,
        limits=Limits(body=limits.json_body, held=limits.bytes_in_flight),
        metrics=Metrics(shown, Networks(shared.settings.metrics.networks)),
    )
    factory: IProtocolFactory = listener(site, clock=shared.reactor, proxies=shared.proxies)
    return factory


def _web_backend(shared: _Shared, store: Store, hub: Hub, policies: Policies) -> WebBackend:
    clock = shared.reactor
    summaries = Summaries(store.mail, shared.elsewhere)
    walking: dict[str, Any] = {
        "summaries": summaries,
        "elsewhere": shared.elsewhere,
        "clock": clock.seconds,
    }
    mail = Mail(store.mail, summaries=summaries)
    arrivals = Arrivals(hub, store.arrivals, complete=summaries.complete, clock=clock)
    return WebBackend(
        mail=mail,
        authenticator=shared.authenticator,
        accounts=shared.accounts,
        unified=UnifiedInbox(store.surveys, **walking),
        statistics=Statistics(store.surveys, **walking),
        waiting=Waiting(mail, arrivals, clock=clock, most=shared.settings.limits.waiters),
        arrivals=arrivals,
        arrival_store=store.arrivals,
        ready=store.ping,
        reactor=shared.reactor,
        denied=policies.denied_names,
    )


def _smtp(
    shared: _Shared, store: Store, policies: Policies, delivery: Delivery, doors: Doors
) -> dict[str, SMTPFactory]:
    backend = SMTPBackend(
        deliverer=delivery,
        authenticator=shared.authenticator,
        throttle=policies,
        in_flight=shared.in_flight,
        owner_of=store.accounts.owner_of,
        figures=shared.figures,
    )
    return {
        role: SMTPFactory(
            _smtp_settings(shared.settings, role, shared.tls, shared.proxies),
            backend=backend,
            registry=shared.registry,
            clock=shared.reactor,
            door=doors.inbound if role == "smtp" else doors.submission,
        )
        for role in _SMTP_ROLES
    }


def _imap(
    shared: _Shared, store: Store, hub: Hub, mailboxes: Mailboxes
) -> dict[str, IProtocolFactory]:
    backend = IMAPBackend(
        authenticator=shared.authenticator,
        mailboxes=mailboxes,
        store=store.mailboxes,
        known=Known(store.mailboxes),
        compressed=Places(shared.settings.limits.imap_compressed),
        hub=hub,
        elsewhere=shared.elsewhere,
        now=shared.reactor.seconds,
    )
    return {
        role: IMAPFactory(
            _imap_settings(shared.settings, role, shared.tls, shared.proxies),
            backend=backend,
            registry=shared.registry,
            in_flight=shared.in_flight,
            clock=shared.reactor,
        )
        for role in _IMAP_ROLES
    }


def _pop3(
    shared: _Shared, store: Store, hub: Hub, mailboxes: Mailboxes
) -> dict[str, IProtocolFactory]:
    backend = POP3Backend(
        authenticator=shared.authenticator,
        mailboxes=mailboxes,
        store=store.mailboxes,
        locks=store.locks,
        hub=hub,
        ahead=InFlight(_READ_AHEAD),
        now=shared.reactor.seconds,
    )
    return {
        role: POP3Factory(
            _pop3_settings(shared.settings, role, shared.tls, shared.proxies),
            backend=backend,
            registry=shared.registry,
            in_flight=shared.in_flight,
            clock=shared.reactor,
        )
        for role in _POP3_ROLES
    }


def _login_limits(settings: Settings) -> LoginLimits:
    chosen = settings.authentication
    return LoginLimits(
        longest_delay=chosen.longest_delay,
        per_name=chosen.failures_per_name,
        per_block=chosen.failures_per_network,
        period=chosen.failures_remembered,
    )


def _smtp_settings(
    settings: Settings, role: Role, tls: IOpenSSLServerConnectionCreator, proxies: ProxyNetworks
) -> SMTPSettings:
    limits = settings.limits
    return SMTPSettings(
        host_name=settings.host_name,
        role=role,
        tls=tls,
        plaintext_auth=settings.authentication.plaintext_auth,
        message_size=limits.message_size,
        recipients=limits.recipients,
        line_length=limits.command_line,
        commands=limits.commands,
        errors=limits.errors,
        idle_seconds=limits.smtp_idle,
        proxies=proxies,
    )


def _imap_settings(
    settings: Settings, role: IMAPRole, tls: IOpenSSLServerConnectionCreator, proxies: ProxyNetworks
) -> IMAPSettings:
    limits = settings.limits
    return IMAPSettings(
        host_name=settings.host_name,
        role=role,
        tls=tls,
        plaintext_auth=settings.authentication.plaintext_auth,
        message_size=limits.message_size,
        errors=limits.errors,
        idle_seconds=limits.imap_idle,
        proxies=proxies,
    )


def _pop3_settings(
    settings: Settings, role: POP3Role, tls: IOpenSSLServerConnectionCreator, proxies: ProxyNetworks
) -> POP3Settings:
    limits = settings.limits
    return POP3Settings(
        host_name=settings.host_name,
        role=role,
        tls=tls,
        plaintext_auth=settings.authentication.plaintext_auth,
        errors=limits.errors,
        idle_seconds=limits.pop3_idle,
        public_age=settings.retention.public_age,
        proxies=proxies,
    )


def _make_retention(settings: Settings, store: Store, reactor: Any, hub: Hub) -> Retention:
    rules = RetentionRules(
        public_age=settings.retention.public_age,
        public_per_inbox=settings.retention.public_per_inbox,
        tombstones=settings.retention.tombstones,
    )
    return Retention(store.retention, rules, clock=reactor, in_use=hub.watched)
