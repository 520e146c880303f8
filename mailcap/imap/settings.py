"""What one IMAP listener is told about itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from mailcap.connection.settings import ListenerSettings

Role = Literal["imap", "imaps"]


@dataclass(frozen=True, slots=True, kw_only=True)
class IMAPSettings(ListenerSettings):
    """The settings of a listener.  Sizes are octets, times seconds.

    *role*: ``imaps`` has TLS from the first octet.  *errors* are counted from the last
    command that succeeded on.
    """

    SECURE: ClassVar[str] = "imaps"

    role: Role = "imap"
    message_size: int = 25 * 2**20
    idle_seconds: float = 1800
    login_seconds: float = 60
