"""A stored message: one body for one recipient, and what is known about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntFlag, StrEnum
from typing import Any

from mailcap.domain.envelope import Envelope


class Folder(StrEnum):
    """A folder as REST names it; each (inbox, folder) is one IMAP mailbox."""

    INBOX = "inbox"
    ALL = "all"
    SENT = "sent"
    SPAM = "spam"
    TRASH = "trash"
    DRAFTS = "drafts"


class Flag(IntFlag):
    r"""System flags that no other field holds.

    ``\Seen`` is `Message.seen` and ``\Flagged`` is `Message.saved_by`.
    """

    ANSWERED = 1
    DELETED = 2
    DRAFT = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A message on its way from end-of-data to the store.

    *header* and *rest* are the body as received, cut behind the empty line that
    ends the header block; *traces* are the lines that mailcap puts in front, one
    entry for each recipient of the envelope.
    """

    base: str
    envelope: Envelope
    received: int  # Unix milliseconds
    header: bytes
    rest: bytes
    traces: Sequence[bytes]

    @property
    def size(self) -> int:
        """The length of the body, without any trace."""
        return len(self.header) + len(self.rest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A stored message without its bytes.

    *number* rises in order of arrival and is never used again; *id* is the one
    that clients see.  *body* names the stored body, which copies share.  *seen*
    is None until somebody says.  Times are Unix milliseconds; *size* counts
    trace and body.  *envelope* and *recipient* hold what SMTP said, as JSON
    objects: facts of the transaction, and of this recipient only.  *summary* is what
    was computed from the body and kept with it, None if nothing was yet.
    """

    number: int
    id: str
    body: int
    inbox: str
    original_inbox: str
    folder: Folder
    received: int
    internal_date: int
    size: int
    seen: bool | None
    flags: Flag
    saved_by: str | None
    labels: tuple[str, ...]
    envelope: Mapping[str, Any] = field(default_factory=dict)
    recipient: Mapping[str, Any] = field(default_factory=dict)
    summary: bytes | None = None

    @property
    def shown_recipient(self) -> str:
        """The address that this copy was sent to, as the sender wrote it."""
        return str(self.recipient.get("rcptTo") or self.original_inbox)

    def __hash__(self) -> int:
        """Hash by number: what was made of a message can be remembered with it."""
        return hash(self.number)


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of a message: its trace, its header block and what follows."""

    trace: bytes
    header: bytes
    rest: bytes

    @property
    def body(self) -> bytes:
        """The message exactly as received, after dot-unstuffing."""
        return self.header + self.rest

    @property
    def raw(self) -> bytes:
        """What is served: the trace, then the body."""
        return self.trace + self.header + self.rest
