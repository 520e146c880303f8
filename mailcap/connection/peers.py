"""Who is at the other end: addresses, and networks of them."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

_LOCAL = "127.0.0.1"


def host_of(address: Any) -> str:
    """Return the IP address of a Twisted *address*.

    An IPv4 address that IPv6 has wrapped is unwrapped.  Who comes through a UNIX
    socket is on this machine, and is called by its loopback address.
    """
    host = getattr(address, "host", None)
    return str(_unwrapped(host)) if host else _LOCAL


def is_loopback(host: str) -> bool:
    """Whether *host*, an IP address, is this machine."""
    return _unwrapped(host).is_loopback


@dataclass(frozen=True, slots=True)
class ProxyNetworks:
    """The networks whose connections begin with a PROXY header."""

    networks: tuple[IPv4Network | IPv6Network, ...] = ()

    def __contains__(self, host: str) -> bool:
        """Whether *host*, an IP address, is in one of them."""
        address = _unwrapped(host)
        return any(address in network for network in self.networks)


def _unwrapped(host: str) -> IPv4Address | IPv6Address:
    address = ip_address(host)
    return getattr(address, "ipv4_mapped", None) or address
