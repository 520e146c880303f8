"""What the sessions of a server work with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from mailcap.connection.compression import Places
from mailcap.domain.mailbox_store import MailboxStore
from mailcap.domain.ports import Authenticator
from mailcap.imap.known import Known
from mailcap.services.mailboxes import Mailboxes


class Watching(Protocol):
    """Who tells that a mailbox may have changed: see `mailcap.services.hub.Hub`."""

    def watch(
        self, mailbox: int, call: Callable[[], None], *, kind: Literal["imap"]
    ) -> Callable[[], None]:
        """Call *call* whenever the mailbox may have changed; return what ends that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """The services behind all sessions.

    *compressed* counts the sessions with COMPRESS.  *elsewhere* runs a function where its
    computing holds up nobody, *now* gives Unix seconds.
    """

    authenticator: Authenticator
    mailboxes: Mailboxes
    store: MailboxStore
    known: Known
    compressed: Places
    hub: Watching
    elsewhere: Callable[..., Awaitable[Any]]
    now: Callable[[], float]
