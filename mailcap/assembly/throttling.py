"""The throttle, from the settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twisted.application.service import IService, Service

from mailcap.authentication.lookups import Lookups
from mailcap.domain.ports import AccountStore
from mailcap.settings import OwnedCounts, PublicCounts, Throttling
from mailcap.throttling.counters import Counters, SlidingCounters
from mailcap.throttling.policies import Policies
from mailcap.throttling.rules import Kind, Parties, Rules


def make_policies(
    settings: Throttling, accounts: AccountStore, reactor: Any
) -> tuple[Policies, IService]:
    """Return what decides who may send how much, and the service that it needs.

    Owners are looked up in *accounts*.
    """
    counters: Counters = SlidingCounters(reactor)
    service: IService = Service()
    if settings.dracula:
        from mailcap.assembly.counting import share  # for who needs it: start-up is to be quick

        counters, service = share(counters, settings.dracula, reactor)
    policies = Policies(
        make_rules(settings),
        counters,
        owner_of=Lookups(accounts, reactor).owner_of,
        clock=reactor,
    )
    return policies, service


def make_rules(settings: Throttling) -> Rules:
    """Return the rules that *settings* stand for."""
    return Rules(
        public=_limits(settings.public),
        owned=_limits(settings.owned),
        window=settings.window,
        longest_delay=settings.longest_delay,
        delayed=settings.delayed,
        trusted_networks=settings.trusted_networks,
        allowed_senders=Parties(settings.allowed_senders),
        allowed_recipients=Parties(settings.allowed_recipients),
        denied_networks=settings.denied_networks,
        denied_senders=Parties(settings.denied_senders),
    )


def _limits(counts: PublicCounts | OwnedCounts) -> Mapping[Kind, int]:
    return {Kind(name): count for name, count in counts._asdict().items()}
