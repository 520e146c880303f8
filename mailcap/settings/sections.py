"""All settings: the name, type, default and help of each, in one place."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from mailcap.domain.networks import LOOPBACK, Network
from mailcap.settings.kinds import (
    DATABASE,
    DOMAIN,
    ENDPOINTS,
    FILE,
    NETWORKS,
    OPTIONAL_DOMAIN,
    ORIGINS,
    DatabaseURL,
    choice,
    count,
    duration,
)
from mailcap.settings.kinds import about as _about
from mailcap.settings.limits import Limits
from mailcap.settings.throttling import Throttling

PlaintextAuth = Literal["loopback", "always", "never"]

_DAY = 86400


@dataclass(frozen=True, slots=True, kw_only=True)
class Listen:
    """Where mailcap listens."""

    smtp: tuple[str, ...] = field(
        default=("tcp:2525:interface=127.0.0.1",),
        metadata=_about(ENDPOINTS, "Inbound mail: no login needed, STARTTLS offered."),
    )
    submission: tuple[str, ...] = field(
        default=("tcp:5587:interface=127.0.0.1",),
        metadata=_about(ENDPOINTS, "Mail of those who log in: STARTTLS, AUTH required."),
    )
    submissions: tuple[str, ...] = field(
        default=("tcp:2465:interface=127.0.0.1",),
        metadata=_about(ENDPOINTS, "The same with TLS from the first byte."),
    )
    imap: tuple[str, ...] = field(
        default=("tcp:1143:interface=127.0.0.1",),
        metadata=_about(ENDPOINTS, "Mail clients over IMAP: STARTTLS offered."),
    )
    imaps: tuple[str, ...] = field(
        default=("tcp:8993:interface=127.0.0.1",),
        metadata=_about(ENDPOINTS, "The same with TLS from the first byte."),
    )
    pop3: tuple[str, ...] = field(
        default=("tcp:1110:interface=127.0.0.1",),
        metadata=_about(ENDPOINTS, "Mail clients over POP3: STLS offered."),
    )
    pop3s: tuple[str, ...] = field(
        default=("tcp:8995:interface=127.0.0.1",),
        metadata=_about(ENDPOINTS, "The same with TLS from the first byte."),
    )
    http: tuple[str, ...] = field(
        default=("tcp:8025:interface=127.0.0.1",),
        metadata=_about(ENDPOINTS, "The REST API, below /api."),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """What the server says of itself."""

    name: str = field(
        default="",
        metadata=_about(
            OPTIONAL_DOMAIN,
            "Its name in greetings, Received lines and the certificate it makes;"
            " empty: the name of the machine.",
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """Where mail is kept."""

    url: DatabaseURL | None = field(
        default=None,
        metadata=_about(
            DATABASE,
            "sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME;"
            " empty: the file mailcap.db in the data folder.",
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TLS:
    """The server's certificate."""

    certificate: Path | None = field(
        default=None,
        metadata=_about(
            FILE,
            "PEM file with the certificate and those between it and its CA;"
            " empty: mailcap makes one, from a CA of its own.",
        ),
    )
    key: Path | None = field(
        default=None,
        metadata=_about(FILE, "PEM file with the certificate's private key, not encrypted."),
    )
    ca: Path | None = field(
        default=None,
        metadata=_about(
            FILE,
            "PEM file that clients need to trust your certificate; access.env names it."
            " Empty: they need none.",
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Authentication:
    """Who may log in, and how."""

    plaintext_auth: PlaintextAuth = field(
        default="loopback",
        metadata=_about(
            choice("loopback", "always", "never"),
            "From where passwords are accepted without TLS: loopback, always or never.",
        ),
    )
    trusted_networks: tuple[Network, ...] = field(
        default=LOOPBACK,
        metadata=_about(
            NETWORKS,
            "Networks whose failed logins are answered late, as all are, but never refused;"
            " this machine is one, lest its own tests lock each other out.",
        ),
    )
    longest_delay: int = field(
        default=10,
        metadata=_about(
            duration(most=300),
            "How late a failed login is answered at most: the first of a name after half a"
            " second, each next one after twice the time; 0: all at once.",
        ),
    )
    failures_per_name: int = field(
        default=10,
        metadata=_about(
            count(least=1),
            "Failed logins as one name from one network (of 256 IPv4 addresses, or an IPv6"
            " /64); behind them such logins are refused. Those with a key never are.",
        ),
    )
    failures_per_network: int = field(
        default=100,
        metadata=_about(count(least=1), "The same for all names together."),
    )
    failures_remembered: int = field(
        default=300,
        metadata=_about(
            duration(least=1), "How long after the last failure all of them are forgotten."
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """The owners of addresses."""

    home_domain: str = field(
        default="home.mailcap",
        metadata=_about(DOMAIN, "The domain of the address that every account has."),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """Those who come to send while there is no room: they wait for their greeting."""

    timeout: int = field(
        default=60,
        metadata=_about(duration(least=1), "How long they wait at most; then they hear 421."),
    )
    size: int = field(
        default=10_000,
        metadata=_about(
            count(),
            "How many may wait, at most half of limits.connections; beyond that the network"
            " (of 256 IPv4 addresses, or an IPv6 /48) with most of them loses its last.",
        ),
    )
    sessions: int = field(
        default=4000,
        metadata=_about(
            count(least=1),
            "SMTP sessions at a time. With as many, or with too much of what follows, only"
            " networks that have less than an equal share of them are let in.",
        ),
    )
    reserved: int = field(
        default=25,
        metadata=_about(
            count(most=90),
            "How many per cent of them are left to those who log in, and of"
            " limits.bytes_in_flight to them and to mail for owned addresses.",
        ),
    )
    reactor_delay: int = field(
        default=10,
        metadata=_about(count(least=1), "Milliseconds that anybody waits for a turn."),
    )
    backlog: int = field(
        default=1000,
        metadata=_about(count(least=1), "Messages that wait for the database."),
    )
    commit_time: int = field(
        default=500,
        metadata=_about(count(least=1), "Milliseconds that the database takes to store some."),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """Numbers for Prometheus, at /metrics of the HTTP listener."""

    networks: tuple[Network, ...] = field(
        default=LOOPBACK,
        metadata=_about(NETWORKS, "Who is shown them; for others there is nothing."),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """What is deleted by itself: public mail without a star; owned mail never is."""

    public_age: int = field(
        default=30 * _DAY,
        metadata=_about(duration(), "How long public mail is kept; 0: for ever."),
    )
    public_per_inbox: int = field(
        default=0,
        metadata=_about(count(), "How many messages a public inbox keeps; 0: any number."),
    )
    tombstones: int = field(
        default=30 * _DAY,
        metadata=_about(duration(), "How long the UIDs of deleted messages are remembered."),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """What web pages may do."""

    origins: tuple[str, ...] = field(
        default=(),
        metadata=_about(
            ORIGINS,
            "Other sites whose pages may open a WebSocket, such as https://app.example:8443;"
            " the server's own may.",
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """Load balancers in front of mailcap."""

    networks: tuple[Network, ...] = field(
        default=(),
        metadata=_about(
            NETWORKS, "Those who begin each connection with a PROXY header (version 1 or 2)."
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Shutdown:
    """How mailcap stops."""

    timeout: int = field(
        default=10,
        metadata=_about(
            duration(), "How long clients may take to finish what they began.", live=True
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings in force.  All paths are absolute; times are seconds, sizes octets."""

    data_dir: Path
    listen: Listen = Listen()
    server: Server = Server()
    storage: Storage = Storage()
    tls: TLS = TLS()
    authentication: Authentication = Authentication()
    accounts: Accounts = Accounts()
    limits: Limits = Limits()  # noqa: RUF009  frozen, though in another file
    queue: Queue = Queue()
    metrics: Metrics = Metrics()
    retention: Retention = Retention()
    web: Web = Web()
    throttling: Throttling = Throttling()  # noqa: RUF009  frozen, though in another file
    proxy: Proxy = Proxy()
    shutdown: Shutdown = Shutdown()

    @property
    def database(self) -> DatabaseURL:
        """The database's URL: the one that is set, or that of the data folder."""
        return self.storage.url or DatabaseURL(f"sqlite:///{self.data_dir}/mailcap.db")

    @property
    def host_name(self) -> str:
        """The server's name: the one that is set, or the machine's."""
        return self.server.name or socket.gethostname()
