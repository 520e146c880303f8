"""How a counting server is set."""

from __future__ import annotations

from dataclasses import dataclass, field

from mailcap.dracula.places import Place
from mailcap.dracula.wire.codec import Codec, released, xxh64

PORT = 3509
SECRET_VARIABLE = "DRACULA_SECRET"  # noqa: S105  a name, not a secret

_HTTP = Place("127.0.0.1", 3510)


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """What all programs that count together know.

    *true_hash*: they are all ours, and sign with xxh64.
    """

    octets: bytes = field(default=b"", repr=False)
    true_hash: bool = False

    @property
    def codec(self) -> Codec:
        """Packets under this secret."""
        return Codec(self.octets, xxh64 if self.true_hash else released)


@dataclass(frozen=True, slots=True, kw_only=True)
class DraculaSettings:
    """Where the server listens, and what it keeps.

    *interface* is for UDP and TCP.  *ttl* is in seconds, *memory* in octets. *peers* are
    the others that count the same; *connections* is how many each of TCP and HTTP may have.
    """

    udp: int = PORT
    tcp: int = PORT
    interface: str = "127.0.0.1"
    http: Place | None = _HTTP
    metrics: Place | None = None
    ttl: int = 60
    memory: int = 256 * 2**20
    peers: tuple[Place, ...] = ()
    own: Place | None = None
    secret: Secret = Secret()
    connections: int = 1000
