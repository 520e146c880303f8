"""Blocks of addresses that somebody cannot easily leave."""

from __future__ import annotations

from functools import lru_cache

from mailcap.domain import networks

_KNOWN = 4096


@lru_cache(maxsize=_KNOWN)
def block_of(host: str) -> str:
    """Return the /24 or /64 that *host*, an IP address, belongs to."""
    return networks.block_of(networks.parse_host(host))
