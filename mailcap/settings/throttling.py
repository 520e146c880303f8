"""The settings of section ``throttling``."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from mailcap.domain.networks import LOOPBACK, Network
from mailcap.settings.kinds import NETWORKS, PARTIES, SERVERS, about, count, duration, table

_live = partial(about, live=True)


class PublicCounts(NamedTuple):
    """Messages within a window, each counted for each of its recipients; 0: any number."""

    address: int = 300
    block: int = 1000
    domain: int = 150
    inbox: int = 100
    recipient_domain: int = 1000


class OwnedCounts(NamedTuple):
    """The same for mail that is somebody's: twenty times as many."""

    address: int = 6000
    block: int = 20_000
    domain: int = 3000
    inbox: int = 2000
    recipient_domain: int = 20_000
    account: int = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Throttling:
    """How much mail is taken in a short time."""

    trusted_networks: tuple[Network, ...] = field(
        default=LOOPBACK,
        metadata=_live(
            NETWORKS, "Networks whose mail is not counted; this machine's load tests just run."
        ),
    )
    window: int = field(
        default=60,
        metadata=_live(
            duration(least=1, most=3600),
            "How long a message counts.",
        ),
    )
    public: PublicCounts = field(
        default=PublicCounts(),
        metadata=_live(
            table(PublicCounts()),
            "Messages to public inboxes within a window, each counted for each recipient: from"
            " an IP address; from its network (256 IPv4 addresses, or an IPv6 /64); that name"
            " one registrable domain in HELO, MAIL FROM, From or Reply-To; to an inbox; to a"
            " domain. Beyond, replies come late, and a quarter more is 421; 0: any number.",
        ),
    )
    owned: OwnedCounts = field(
        default=OwnedCounts(),
        metadata=_live(
            table(OwnedCounts()),
            "The same for reserved addresses and owned domains, and for whoever has logged in;"
            " and by account.",
        ),
    )
    longest_delay: int = field(
        default=1,
        metadata=_live(
            duration(most=60),
            "How late a reply comes at most. Whoever sends one message after the other is held"
            " to the limit by a long delay, and is refused soon with a short one.",
        ),
    )
    delayed: int = field(
        default=1000, metadata=_live(count(), "Late replies at a time; one more is 421 at once.")
    )
    allowed_senders: tuple[str, ...] = field(
        default=(),
        metadata=_live(
            PARTIES,
            "Addresses, and domains with all below them, whose mail is not counted. MAIL FROM"
            " tells, and anybody can write it.",
        ),
    )
    allowed_recipients: tuple[str, ...] = field(
        default=(),
        metadata=_live(PARTIES, "Addresses and domains to which mail is not counted."),
    )
    denied_networks: tuple[Network, ...] = field(
        default=(), metadata=_live(NETWORKS, "Networks whose mail is refused for good (554).")
    )
    denied_senders: tuple[str, ...] = field(
        default=(),
        metadata=_live(
            PARTIES,
            "Addresses and domains whose mail is refused for good: those of MAIL FROM, From"
            " and Reply-To.",
        ),
    )
    dracula: tuple[str, ...] = field(
        default=(),
        metadata=about(
            SERVERS,
            "Servers such as 10.0.0.5:3509 that count for several nodes, as long as"
            " throttling.window; the variable DRACULA_SECRET holds their secret. None: each"
            " node counts for itself.",
        ),
    )
