"""What one SMTP listener is told about itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from mailcap.connection.settings import ListenerSettings

Role = Literal["smtp", "submission", "submissions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SMTPSettings(ListenerSettings):
    """The settings of a listener.  Sizes are octets, times seconds.

    *role*: ``smtp`` takes mail from anybody, ``submission`` from those who log in,
    ``submissions`` likewise and with TLS from the first octet.  *commands* and *errors*
    are counted from the last message that was accepted on.
    """

    SECURE: ClassVar[str] = "submissions"

    role: Role = "smtp"
    message_size: int = 25 * 2**20
    recipients: int = 1000
    line_length: int = 2048
    commands: int = 100_000
    idle_seconds: float = 300
