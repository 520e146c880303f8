"""What one IMAP listener is told about itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from mailcap.connection.listening import TLSContext
from mailcap.connection.peers import ProxyNetworks

Role = Literal["imap", "imaps"]
PlaintextAuth = Literal["loopback", "always", "never"]


@dataclass(frozen=True, slots=True, kw_only=True)
class IMAPSettings:
    """The settings of a listener.  Sizes are octets, times seconds.

    *role*: ``imaps`` has TLS from the first octet.  *plaintext_auth* says from where a
    password may come without TLS.  *errors* are counted from the last command that
    succeeded on.  *proxies* begin each connection with a PROXY header.

    Raises `ValueError` for ``imaps`` without *tls*.
    """

    host_name: str
    role: Role = "imap"
    tls: TLSContext | None = None
    plaintext_auth: PlaintextAuth = "loopback"
    message_size: int = 25 * 2**20
    errors: int = 100
    idle_seconds: float = 1800
    login_seconds: float = 60
    proxies: ProxyNetworks = field(default_factory=ProxyNetworks)

    def __post_init__(self) -> None:
        if self.role == "imaps" and self.tls is None:
            raise ValueError("imaps needs TLS")
