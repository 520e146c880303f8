"""Networks of IP addresses, and the block that an address belongs to."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Network = IPv4Network | IPv6Network

_IPV4_PREFIX = 24
_IPV6_PREFIX = 64  # what a single customer gets


def parse_host(host: str) -> IPv4Address | IPv6Address:
    """Return the IP address *host*; an IPv4 address that IPv6 has wrapped is unwrapped.

    Raises `ValueError`.
    """
    address = ip_address(host)
    return getattr(address, "ipv4_mapped", None) or address


def block_of(address: IPv4Address | IPv6Address) -> str:
    """Return the block around *address* that its user cannot easily leave, as text."""
    prefix = _IPV4_PREFIX if address.version == 4 else _IPV6_PREFIX  # noqa: PLR2004
    host_bits = address.max_prefixlen - prefix
    first = type(address)(int(address) >> host_bits << host_bits)
    return f"{first}/{prefix}"
