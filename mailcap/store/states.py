r"""Flags and keywords, and the columns of a message that hold them.

``\Seen`` is `seen` (NULL until somebody says), ``\Flagged`` is `saved_by`, the other
system flags are bits of `flags`.  Keywords are those of the `labels` that are IMAP
atoms; the others are known to REST alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import and_, bindparam, case, or_

from mailcap.domain.errors import InvalidValue
from mailcap.domain.mailboxes import FlagChange, How, Mark
from mailcap.domain.messages import Flag
from mailcap.store.schema import messages

MOST_LABELS = 100  # of a message
LABEL_OCTETS = 64

# RFC 9051 section 9: flag-keyword is an atom, without its specials and controls.
_ATOM = re.compile(r"[!#$&'+,./0-9:;<=>?@A-Z\[^_`a-z|}~-]+")
_BITS = {
    Mark.ANSWERED: Flag.ANSWERED,
    Mark.DELETED: Flag.DELETED,
    Mark.DRAFT: Flag.DRAFT,
}

_flags = messages.c.flags
# The `Mark` of a message.  Both numberings have the same order, which saves cases.
MARKS = (
    case((messages.c.seen, int(Mark.SEEN)), else_=0)
    + _flags.bitwise_and(int(Flag.ANSWERED)) * (Mark.ANSWERED // Flag.ANSWERED)
    + case((messages.c.saved_by.is_not(None), int(Mark.FLAGGED)), else_=0)
    + _flags.bitwise_and(int(Flag.DELETED | Flag.DRAFT)) * (Mark.DELETED // Flag.DELETED)
)
# What the account `viewer` may see: not what others have starred.
VISIBLE = or_(messages.c.saved_by.is_(None), messages.c.saved_by == bindparam("viewer"))
DELETED = and_(_flags.bitwise_and(int(Flag.DELETED)) != 0)


class Columns(NamedTuple):
    """The state of a message as its row has it."""

    seen: bool | None
    flags: int
    labels: str | None
    saved_by: int | None

    def changed(self, change: FlagChange, viewer: int) -> Columns:
        """Return what they are when *viewer* has made that change.

        Raises `InvalidValue` if there are too many labels.
        """
        before = self.marks()
        after = _MARKS[change.how](before, change.marks)
        seen, starred = bool(after & Mark.SEEN), bool(after & Mark.FLAGGED)
        return Columns(
            seen=self.seen if seen == bool(self.seen) else seen,
            flags=sum(bit for mark, bit in _BITS.items() if after & mark),
            labels=changed_labels(self.labels, change.how, change.keywords),
            saved_by=(self.saved_by or viewer) if starred else None,
        )

    def marks(self) -> Mark:
        """Return the system flags."""
        found = Mark.SEEN if self.seen else Mark(0)
        if self.saved_by is not None:
            found |= Mark.FLAGGED
        for mark, bit in _BITS.items():
            if self.flags & bit:
                found |= mark
        return found


NEW = Columns(seen=None, flags=0, labels=None, saved_by=None)

_MARKS = {
    How.REPLACE: lambda _before, marks: marks,
    How.ADD: lambda before, marks: before | marks,
    How.REMOVE: lambda before, marks: before & ~marks,
}


@lru_cache(maxsize=512)
def keywords(labels: str) -> tuple[str, ...]:
    """Return those of the labels, which are JSON, that are keywords."""
    return tuple(label for label in json.loads(labels) if is_keyword(label))


def is_keyword(label: str) -> bool:
    """Whether IMAP can say that label."""
    return len(label) <= LABEL_OCTETS and _ATOM.fullmatch(label) is not None


@lru_cache(maxsize=256)
def changed_labels(labels: str | None, how: How, given: Sequence[str]) -> str | None:
    """Return the labels, which are JSON, after a change of keywords.

    They are compared without case, and stay as they were first spelt.  Raises
    `InvalidValue` over 100 labels, or 64 octets each.
    """
    for label in given:
        if not 1 <= len(label.encode(errors="replace")) <= LABEL_OCTETS:
            raise InvalidValue(f"A keyword has 1 to {LABEL_OCTETS} octets.")
    old: list[str] = json.loads(labels) if labels else []
    names = {label.casefold() for label in given}
    if how is How.REMOVE:
        new = [label for label in old if label.casefold() not in names]
    else:
        kept = {
            label.casefold(): label
            for label in old
            if how is How.ADD or not is_keyword(label) or label.casefold() in names
        }
        for label in given:
            kept.setdefault(label.casefold(), label)
        new = list(kept.values())
    if len(new) > max(MOST_LABELS, len(old)):
        raise InvalidValue(f"A message has at most {MOST_LABELS} keywords.")
    return json.dumps(new, separators=(",", ":")) if new else None
