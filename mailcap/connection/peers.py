"""Who is at the other end: addresses, and networks of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from mailcap.domain.networks import Network, parse_host

_LOCAL = "127.0.0.1"
_KNOWN = 4096


def host_of(address: Any) -> str:
    """Return the IP address of a Twisted *address*.

    An IPv4 address that IPv6 has wrapped is unwrapped.  Who comes through a UNIX
    socket is on this machine, and is called by its loopback address.
    """
    host = getattr(address, "host", None)
    return _unwrapped(host) if host else _LOCAL


@lru_cache(maxsize=_KNOWN)
def _unwrapped(host: str) -> str:
    return str(parse_host(host))


def is_loopback(host: str) -> bool:
    """Whether *host*, an IP address, is this machine."""
    return parse_host(host).is_loopback


@dataclass(frozen=True, slots=True)
class Networks:
    """Networks of which something is true."""

    networks: tuple[Network, ...] = ()

    def __contains__(self, host: str) -> bool:
        """Whether *host*, an IP address, is in one of them."""
        address = parse_host(host)
        return any(address in network for network in self.networks)


@dataclass(frozen=True, slots=True)
class ProxyNetworks(Networks):
    """Those whose connections begin with a PROXY header."""
