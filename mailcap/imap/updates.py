"""What is to be told to a client of its mailbox, without being asked for."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from mailcap.domain.mailboxes import FlagChange, How, State
from mailcap.imap.columns import Range


@dataclass(frozen=True, slots=True)
class Keywords:
    """FLAGS: all keywords that the mailbox is said to have (RFC 9051 section 7.3.5)."""

    words: Sequence[str]


@dataclass(frozen=True, slots=True)
class Expunge:
    """EXPUNGE of each of *numbers*, falling, in ranges of neighbours.

    Told in this order each number is true: an EXPUNGE lowers those above it only.
    """

    numbers: Sequence[range]


@dataclass(frozen=True, slots=True)
class Vanished:
    """VANISHED (RFC 7162 section 3.2.10), in place of `Expunge` with QRESYNC."""

    uids: Sequence[Range]


@dataclass(frozen=True, slots=True)
class Exists:
    """EXISTS."""

    count: int


@dataclass(frozen=True, slots=True)
class Recent:
    """RECENT (RFC 3501 only)."""

    count: int


@dataclass(frozen=True, slots=True)
class Flagged:
    """FETCH with FLAGS, UID and MODSEQ.

    *state* is None if the client knows the flags, *modseq* if it has not asked for any.
    """

    number: int
    uid: int
    state: State | None
    modseq: int | None
    recent: bool


Update = Keywords | Expunge | Vanished | Exists | Recent | Flagged


@dataclass(frozen=True, slots=True)
class OwnChange:
    """What the client has done to the messages with those *uids*, by STORE with .SILENT."""

    uids: AbstractSet[int]
    change: FlagChange

    def explains(self, before: State, after: State) -> bool:
        """Whether the change makes *after* of *before*, so that there is no news in it."""
        marks, words = self.change.marks, _names(self.change.keywords)
        if self.change.how is How.ADD:
            marks, words = before.marks | marks, _names(before.keywords) | words
        elif self.change.how is How.REMOVE:
            marks, words = before.marks & ~marks, _names(before.keywords) - words
        return (marks, words) == (after.marks, _names(after.keywords))


def _names(words: Sequence[str]) -> frozenset[str]:
    return frozenset(word.lower() for word in words)
