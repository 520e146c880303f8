"""Mailboxes as IMAP and POP3 see them: names, numbers, and what changed in them.

A mailbox is an inbox's own (its owner is the folded address) or a unified one (its owner
is ``#<account number>``); see `mailcap.domain.access` for which messages these show.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, IntFlag, auto
from typing import NamedTuple

INBOX = "INBOX"
DELIMITER = "/"
# The mailboxes that each owner has without making them: beside INBOX those with a
# special use (RFC 6154), by which they are called.
SPECIAL_USES = ("Sent", "Drafts", "Junk", "Trash", "Archive")
SYSTEM_NAMES = (INBOX, *SPECIAL_USES)


class MailboxKey(NamedTuple):
    """What names a mailbox: ``INBOX``, ``Sent`` and so on, or a user-made path.

    User-made paths have levels separated by ``/`` and are plain Unicode.
    """

    owner: str
    name: str


def unified_owner(account: int) -> str:
    """Return the owner of the unified mailboxes of *account*: no address lacks an ``@``."""
    return f"#{account}"


def is_unified(key: MailboxKey) -> bool:
    """Whether *key* names a unified mailbox."""
    return key.owner.startswith("#")


class Mark(IntFlag):
    r"""The system flags of a message in one number.

    ``\Seen`` is REST's `read`, ``\Flagged`` its star.
    """

    SEEN = 1
    ANSWERED = 2
    FLAGGED = 4
    DELETED = 8
    DRAFT = 16


_NO_MARKS = Mark(0)


class State(NamedTuple):
    """All flags of a message: system flags, and keywords in the spelling kept."""

    marks: Mark = _NO_MARKS
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxStatus:
    """What a mailbox says of itself; *id* is None if it has no row (and so no mail).

    *mailbox_id* is the MAILBOXID of RFC 8474, which survives a RENAME.  *recent* and
    *unseen* are counts; *size*, and *deleted_size* of those marked as deleted, are in
    octets.
    """

    id: int | None
    key: MailboxKey
    uid_validity: int
    uid_next: int
    highest_modseq: int
    first_recent_uid: int = 1
    messages: int = 0
    unseen: int = 0
    deleted: int = 0
    recent: int = 0
    size: int = 0
    deleted_size: int = 0
    mailbox_id: str = ""


@dataclass(frozen=True, slots=True)
class Rows:
    """Messages of a mailbox, rising by UID, in three arrays of the same length.

    ``states[i]`` is an index into *table*.  16 octets a message, whatever their number.
    """

    uids: array[int] = field(default_factory=lambda: array("I"))
    states: array[int] = field(default_factory=lambda: array("I"))
    modseqs: array[int] = field(default_factory=lambda: array("Q"))
    table: Sequence[State] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A mailbox at one moment: its numbers and all messages that the viewer may see."""

    status: MailboxStatus
    rows: Rows


@dataclass(frozen=True, slots=True)
class Maildrop:
    """A mailbox at one moment as POP3 sees it: its messages, rising by UID.

    *mailbox* is its id, None if it has no row (and so no mail).  *octets* are the sizes
    that messages have when every line ends in CRLF; ``octets[i]`` is that of ``uids[i]``.
    12 octets a message, whatever their number.
    """

    mailbox: int | None
    uid_validity: int = 0
    uids: array[int] = field(default_factory=lambda: array("I"))
    octets: array[int] = field(default_factory=lambda: array("Q"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What happened in a mailbox behind a modification sequence.

    *rows* are messages that came or changed, *vanished* are inclusive ranges of UIDs that
    are gone, rising.  *complete* is False if notes of older expunges were dropped
    already, so that *vanished* may lack some: whoever asked must compare all UIDs.
    """

    rows: Rows
    vanished: Sequence[tuple[int, int]]
    uid_next: int
    highest_modseq: int
    complete: bool = True


class Want(IntFlag):
    """What is wanted of each message, beside its UID."""

    EMAIL_ID = 1
    INTERNAL_DATE = 2
    SAVED = 4
    SIZE = 8
    ENVELOPE = 16  # the header block is read if no ENVELOPE is cached
    STRUCTURE = 32  # the whole body is read if no BODYSTRUCTURE is cached
    TRACE = 64
    HEADER = 128
    CONTENT = 256  # header block and the rest


class Row(NamedTuple):
    """One message of a mailbox, as much of it as `Want` asked for.

    *email_id* is the message's public id, *body* the number that views are kept by.  Times
    are Unix milliseconds; *size* is RFC822.SIZE.  *envelope* and *structure* are what was
    cached, b"" if nothing was and then *header* or *rest* is there to compute it from.
    *rest* is None if it is too large to be read at once: see `MailboxStore.pieces`.
    """

    uid: int
    body: int = 0
    email_id: str = ""
    internal_date: int = 0
    saved: int = 0
    size: int = 0
    envelope: bytes = b""
    structure: bytes = b""
    trace: bytes = b""
    header: bytes = b""
    rest: bytes | None = b""


class How(Enum):
    """What a STORE does with the flags that it names."""

    REPLACE = auto()
    ADD = auto()
    REMOVE = auto()


@dataclass(frozen=True, slots=True)
class FlagChange:
    """A change of flags: the same for all messages of a command."""

    how: How
    marks: Mark = _NO_MARKS
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Appended:
    """A message that a client stores by itself.  *internal_date* is None for now."""

    header: bytes
    rest: bytes
    marks: Mark = _NO_MARKS
    keywords: tuple[str, ...] = ()
    internal_date: int | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """Where messages have gone: COPYUID and APPENDUID (RFC 4315 section 3).

    *sources* (empty for APPEND) and *uids* are of the same length and order.  If they
    are empty, *uid_validity* means nothing.
    """

    uid_validity: int
    sources: Sequence[int]
    uids: Sequence[int]
