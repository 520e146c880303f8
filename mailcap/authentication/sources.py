"""Where logins come from."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

LOOPBACK: tuple[Network, ...] = (
    ipaddress.ip_network("127.0.0.0/8"),
    ipaddress.ip_network("::1/128"),
)

_IPV4_PREFIX = 24
_IPV6_PREFIX = 64  # what a single customer gets
_KNOWN_PEERS = 4096


@dataclass(frozen=True, slots=True)
class Source:
    """A *block* of addresses that its user cannot easily leave, and whether it is *trusted*."""

    block: str
    trusted: bool = False


class Sources:
    """Tells the source of a peer; those in *trusted* networks are trusted."""

    def __init__(self, trusted: Iterable[Network] = LOOPBACK) -> None:
        self._trusted = tuple(trusted)
        self.of = lru_cache(maxsize=_KNOWN_PEERS)(self._of)

    def _of(self, peer: str) -> Source:
        """Return the source of the IP address *peer* (of a UNIX socket, of any text)."""
        try:
            address = ipaddress.ip_address(peer)
        except ValueError:
            return Source(peer)
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        prefix = _IPV4_PREFIX if address.version == 4 else _IPV6_PREFIX  # noqa: PLR2004
        host_bits = address.max_prefixlen - prefix
        first = type(address)(int(address) >> host_bits << host_bits)
        return Source(f"{first}/{prefix}", trusted=any(address in net for net in self._trusted))
