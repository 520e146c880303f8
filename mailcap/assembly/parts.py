"""Which class serves which role, and with what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from twisted.application.service import IService
from twisted.internet.interfaces import IOpenSSLServerConnectionCreator, IProtocolFactory
from twisted.internet.threads import deferToThreadPool

from mailcap.authentication.authenticator import make_authenticator
from mailcap.authentication.throttle import Limits as LoginLimits
from mailcap.connection.in_flight import InFlight
from mailcap.connection.listening import listener
from mailcap.connection.peers import ProxyNetworks
from mailcap.connection.registry import Registry
from mailcap.services.delivery import Delivery
from mailcap.services.mail import Mail
from mailcap.services.retention import Retention, RetentionRules
from mailcap.settings import Settings
from mailcap.smtp.protocol import SMTPFactory
from mailcap.smtp.settings import Role, SMTPSettings
from mailcap.store import Store

_SMTP_ROLES: tuple[Role, ...] = ("smtp", "submission", "submissions")


@dataclass(frozen=True, slots=True)
class Parts:
    """A factory for each role, who knows their connections, and what works besides."""

    factories: Mapping[str, IProtocolFactory]
    registry: Registry
    retention: IService


def make_parts(
    settings: Settings,
    store: Store,
    reactor: Any,
    *,
    tls: IOpenSSLServerConnectionCreator,
    connections: int,
) -> Parts:
    """Return all parts, at rest; there may be so many *connections* at a time."""
    # Here, because Klein imports the reactor, which must be chosen before that.
    from mailcap.web.limits import Limits
    from mailcap.web.site import make_site

    proxies = ProxyNetworks(settings.proxy.networks)
    registry = Registry(reactor, most=connections)
    authenticator = make_authenticator(
        store.accounts,
        reactor,
        trusted=settings.authentication.trusted_networks,
        limits=_login_limits(settings),
    )
    site = make_site(
        Mail(store.mail, elsewhere=partial(deferToThreadPool, reactor, reactor.getThreadPool())),
        authenticator,
        account=store.accounts.account,
        ready=store.ping,
        reactor=reactor,
        registry=registry,
        limits=Limits(body=settings.limits.json_body, held=settings.limits.bytes_in_flight),
    )
    factories: dict[str, IProtocolFactory] = {
        "http": listener(site, clock=reactor, proxies=proxies)
    }
    delivery = Delivery(store.intake, host_name=settings.host_name)
    in_flight = InFlight(settings.limits.bytes_in_flight)
    for role in _SMTP_ROLES:
        factories[role] = SMTPFactory(
            _smtp_settings(settings, role, tls, proxies),
            deliverer=delivery,
            authenticator=authenticator,
            registry=registry,
            in_flight=in_flight,
            clock=reactor,
        )
    return Parts(factories, registry, _make_retention(settings, store, reactor))


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


def _make_retention(settings: Settings, store: Store, reactor: Any) -> Retention:
    rules = RetentionRules(
        public_age=settings.retention.public_age,
        public_per_inbox=settings.retention.public_per_inbox,
        tombstones=settings.retention.tombstones,
    )
    return Retention(store.retention, rules, clock=reactor)
