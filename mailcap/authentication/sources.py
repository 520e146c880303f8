"""Where logins come from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from mailcap.domain.networks import LOOPBACK, Network, block_of, parse_host

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
            address = parse_host(peer)
        except ValueError:
            return Source(peer)
        return Source(block_of(address), trusted=any(address in net for net in self._trusted))
