"""What the operator allows, how much of it, and what is forbidden."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Final, NamedTuple

from mailcap.domain.networks import Network, block_of, parse_host


class Kind(StrEnum):
    """What messages are counted by; the values name settings, namespaces and metrics."""

    ADDRESS = "address"  # of the client
    BLOCK = "block"  # around that address
    DOMAIN = "domain"  # registrable, of HELO, MAIL FROM, From or Reply-To
    INBOX = "inbox"
    RECIPIENT_DOMAIN = "recipient_domain"
    ACCOUNT = "account"  # that owns the inbox, or has logged in


Limits = Mapping[Kind, int]  # messages within a window; 0, or none at all: any number


class Parties:
    """Senders or recipients: addresses, and `domains` with all that is below them."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        names = frozenset(names)
        self._addresses = frozenset(name for name in names if "@" in name)
        self.domains = names - self._addresses

    def __bool__(self) -> bool:
        return bool(self._addresses or self.domains)

    def __contains__(self, inbox: str) -> bool:
        """Whether *inbox*, a folded address, is one of them."""
        if inbox in self._addresses:
            return True
        domain = inbox.rpartition("@")[2] if self.domains else ""
        while domain:
            if domain in self.domains:
                return True
            domain = domain.partition(".")[2]
        return False


NOBODY: Final = Parties()


class Peer(NamedTuple):
    """A client by its IP address.

    It is *trusted*, or *denied*; what is *free* needs not be looked at any further.
    """

    block: str
    trusted: bool
    denied: bool
    free: bool


@dataclass(frozen=True, kw_only=True)
class Rules:
    """The rules in force.  Times are seconds.

    What exceeds one of *limits* (those of `public` mail, or of `owned`) is answered
    later, by up to *longest_delay*, and from a quarter more on refused.  At most
    *delayed* replies are held back at a time.
    """

    public: Limits = field(default_factory=dict)
    owned: Limits = field(default_factory=dict)
    window: float = 60.0
    longest_delay: float = 1.0
    delayed: int = 1000
    trusted_networks: Collection[Network] = ()
    allowed_senders: Parties = NOBODY
    allowed_recipients: Parties = NOBODY
    denied_networks: Collection[Network] = ()
    denied_senders: Parties = NOBODY

    @cached_property
    def ceiling(self) -> Limits:
        """What is too much for public and for owned mail alike."""
        both = ((kind, limit, self.public.get(kind)) for kind, limit in self.owned.items())
        return {kind: max(owned, public) for kind, owned, public in both if owned and public}

    def judge(self, host: str) -> Peer:
        """Return what is to be thought of the client at *host*, an IP address."""
        address = parse_host(host)
        trusted = any(address in network for network in self.trusted_networks)
        denied = any(address in network for network in self.denied_networks)
        free = trusted and not (denied or self.denied_senders)
        return Peer(block_of(address), trusted, denied, free)
