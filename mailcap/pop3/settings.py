"""What one POP3 listener is told about itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from mailcap.connection.listening import TLSContext
from mailcap.connection.peers import ProxyNetworks

Role = Literal["pop3", "pop3s"]
PlaintextAuth = Literal["loopback", "always", "never"]


@dataclass(frozen=True, slots=True, kw_only=True)
class POP3Settings:
    """The settings of a listener.  Times are seconds.

    *role*: ``pop3s`` has TLS from the first octet.  *plaintext_auth* says from where a
    password may come without TLS.  *errors* are counted from the last command that
    succeeded on.  *public_age* is how long public mail is kept, 0 for ever.  *proxies*
    begin each connection with a PROXY header.

    Raises `ValueError` for ``pop3s`` without *tls*.
    """

    host_name: str
    role: Role = "pop3"
    tls: TLSContext | None = None
    plaintext_auth: PlaintextAuth = "loopback"
    errors: int = 100
    idle_seconds: float = 600
    login_seconds: float = 60
    public_age: float = 30 * 86400
    proxies: ProxyNetworks = field(default_factory=ProxyNetworks)

    def __post_init__(self) -> None:
        if self.role == "pop3s" and self.tls is None:
            raise ValueError("pop3s needs TLS")
