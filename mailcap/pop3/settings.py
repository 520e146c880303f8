"""What one POP3 listener is told about itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from mailcap.connection.settings import ListenerSettings

Role = Literal["pop3", "pop3s"]


@dataclass(frozen=True, slots=True, kw_only=True)
class POP3Settings(ListenerSettings):
    """The settings of a listener.  Times are seconds.

    *role*: ``pop3s`` has TLS from the first octet.  *errors* are counted from the last
    command that succeeded on.  *public_age* is how long public mail is kept, 0 for ever.
    """

    SECURE: ClassVar[str] = "pop3s"

    role: Role = "pop3"
    idle_seconds: float = 600
    login_seconds: float = 60
    public_age: float = 30 * 86400
