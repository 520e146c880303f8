"""What the sessions of a server work with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mailcap.connection.in_flight import InFlight
from mailcap.domain.mailbox_store import MailboxStore, MaildropLocks
from mailcap.domain.ports import Authenticator
from mailcap.services.hub import Hub
from mailcap.services.mailboxes import Mailboxes


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """The services behind all sessions.

    *ahead* counts what is read before a client asks for it.  *now* gives Unix seconds.
    """

    authenticator: Authenticator
    mailboxes: Mailboxes
    store: MailboxStore
    locks: MaildropLocks
    hub: Hub
    ahead: InFlight
    now: Callable[[], float]
