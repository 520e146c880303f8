"""What every listener is told about itself, and what follows from it for a connection."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from mailcap.connection.listening import TLSContext
from mailcap.connection.peers import ProxyNetworks, is_loopback
from mailcap.domain.envelope import Connection

PlaintextAuth = Literal["loopback", "always", "never"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenerSettings:
    """The settings that listeners of all protocols have.

    *tls* makes the server's side of TLS connections; without it STARTTLS is not offered.
    *plaintext_auth* says from where a password may come without TLS.  *errors* of one
    client are too many.  *proxies* begin each connection with a PROXY header.

    Raises `ValueError` for the role with TLS from the first octet, `SECURE`, without *tls*.
    """

    SECURE: ClassVar[str]

    host_name: str
    role: str
    tls: TLSContext | None = None
    plaintext_auth: PlaintextAuth = "loopback"
    errors: int = 100
    proxies: ProxyNetworks = field(default_factory=ProxyNetworks)

    def __post_init__(self) -> None:
        if self.role == self.SECURE and self.tls is None:
            raise ValueError(f"{self.role} needs TLS")

    @property
    def tls_at_once(self) -> TLSContext | None:
        """What makes TLS from the first octet, if that is how connections begin."""
        return self.tls if self.role == self.SECURE else None

    def offers_tls(self, connection: Connection) -> bool:
        """Whether STARTTLS would be obeyed on *connection*."""
        return self.tls is not None and connection.tls is None

    def allows_login(self, connection: Connection) -> bool:
        """Whether a password may come over *connection*."""
        return (
            connection.tls is not None
            or self.plaintext_auth == "always"
            or (self.plaintext_auth == "loopback" and is_loopback(connection.peer))
        )
