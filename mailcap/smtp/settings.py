"""What one SMTP listener is told about itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from mailcap.connection.listening import TLSContext
from mailcap.connection.peers import ProxyNetworks, is_loopback
from mailcap.domain.envelope import Connection

Role = Literal["smtp", "submission", "submissions"]
PlaintextAuth = Literal["loopback", "always", "never"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SMTPSettings:
    """The settings of a listener.  Sizes are octets, times seconds.

    *role*: ``smtp`` takes mail from anybody, ``submission`` from those who log in,
    ``submissions`` likewise and with TLS from the first octet.  *plaintext_auth* says
    from where a password may come without TLS.  *tls* makes the server's side of TLS
    connections; without it STARTTLS is not offered.  *commands* and *errors* are
    counted from the last message that was accepted on.  *proxies* begin each
    connection with a PROXY header.

    Raises `ValueError` for ``submissions`` without *tls*.
    """

    host_name: str
    role: Role = "smtp"
    tls: TLSContext | None = None
    plaintext_auth: PlaintextAuth = "loopback"
    message_size: int = 25 * 2**20
    recipients: int = 1000
    line_length: int = 2048
    commands: int = 100_000
    errors: int = 100
    idle_seconds: float = 300
    proxies: ProxyNetworks = field(default_factory=ProxyNetworks)

    def __post_init__(self) -> None:
        if self.role == "submissions" and self.tls is None:
            raise ValueError("submissions needs TLS")

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
