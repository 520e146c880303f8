"""What the answers of a server are made with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from mailcap.domain.ports import ArrivalStore, Authenticator
from mailcap.services.accounts import Accounts
from mailcap.services.arrivals import Arrivals
from mailcap.services.mail import Mail
from mailcap.services.statistics import Statistics
from mailcap.services.unified_inbox import UnifiedInbox
from mailcap.services.waiting import Waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """The services behind all requests and WebSockets.

    *accounts* manages them and what they own.  *waiting* holds requests, *arrivals* and
    *arrival_store* tell WebSockets of mail.  *ready* returns when the store can be used,
    and raises `StoreUnavailable` if not; *denied* returns the domains and networks that
    may not send.  Time and threads are those of *reactor*.
    """

    mail: Mail
    authenticator: Authenticator
    accounts: Accounts
    unified: UnifiedInbox
    statistics: Statistics
    waiting: Waiting
    arrivals: Arrivals
    arrival_store: ArrivalStore
    ready: Callable[[], Awaitable[None]]
    reactor: Any
    denied: Callable[[], Sequence[str]] = tuple
