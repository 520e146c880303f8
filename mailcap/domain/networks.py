"""Networks of IP addresses, and the block that an address belongs to."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

Network = IPv4Network | IPv6Network

LOOPBACK: Final[tuple[Network, ...]] = (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128"))

_IPV4_PREFIX = 24
_IPV6_PREFIX = 64  # what a single customer gets
_IPV6_SITE_PREFIX = 48  # what one gets who asks for more (RFC 6177)
_KNOWN = 4096


def parse_host(host: str) -> IPv4Address | IPv6Address:
    """Return the IP address *host*; an IPv4 address that IPv6 has wrapped is unwrapped.

    Raises `ValueError`.
    """
    address = ip_address(host)
    return getattr(address, "ipv4_mapped", None) or address


def block_of(address: IPv4Address | IPv6Address) -> str:
    """Return the block around *address* that its user cannot easily leave, as text."""
    return _around(address, _IPV6_PREFIX)


@lru_cache(maxsize=_KNOWN)
def site_of(host: str) -> str:
    """Return the /24 or /48 around *host*, an IP address: what shares places with others.

    It is wider than `block_of`, since a place has to be divided between few, and a site
    has 65,536 blocks.
    """
    return _around(parse_host(host), _IPV6_SITE_PREFIX)


def _around(address: IPv4Address | IPv6Address, ipv6_prefix: int) -> str:
    prefix = _IPV4_PREFIX if address.version == 4 else ipv6_prefix  # noqa: PLR2004
    host_bits = address.max_prefixlen - prefix
    first = type(address)(int(address) >> host_bits << host_bits)
    return f"{first}/{prefix}"
