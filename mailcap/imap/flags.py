"""Flags as they are written (RFC 9051 section 2.3.2)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

from mailcap.domain.mailboxes import Mark, State
from mailcap.imap.replies import BadRequest

_NAMES: Final = {
    Mark.ANSWERED: rb"\Answered",
    Mark.FLAGGED: rb"\Flagged",
    Mark.DELETED: rb"\Deleted",
    Mark.SEEN: rb"\Seen",
    Mark.DRAFT: rb"\Draft",
}
_MARKS: Final = {name.decode().upper(): mark for mark, name in _NAMES.items()}
_RECENT = r"\RECENT"
SYSTEM_FLAGS: Final = tuple(_NAMES.values())


@lru_cache(maxsize=4096)
def written(state: State, *, recent: bool = False) -> bytes:
    """Return the flags of a message, in parentheses."""
    names = [name for mark, name in _NAMES.items() if state.marks & mark]
    names += [word.encode() for word in state.keywords]
    if recent:
        names.append(rb"\Recent")
    return b"(%b)" % b" ".join(names)


def known(keywords: Sequence[str]) -> bytes:
    """Return the flags that messages of a mailbox may have, in parentheses."""
    return b"(%b)" % b" ".join([*SYSTEM_FLAGS, *[word.encode() for word in keywords]])


def settable(keywords: Sequence[str], *, read_only: bool) -> bytes:
    """Return what PERMANENTFLAGS says: clients may make keywords."""
    if read_only:
        return b"()"
    return b"(%b)" % b" ".join([*SYSTEM_FLAGS, *[word.encode() for word in keywords], rb"\*"])


def meant(names: Iterable[str]) -> tuple[Mark, tuple[str, ...]]:
    r"""Return the system flags and keywords that a client has named.

    ``\Recent`` is nobody's to set, and passed over.  Raises `BadRequest` for other names
    with a backslash: clients make no system flags.
    """
    marks, keywords = Mark(0), []
    for name in names:
        folded = name.upper()
        if not name.startswith("\\"):
            keywords.append(name)
        elif folded in _MARKS:
            marks |= _MARKS[folded]
        elif folded != _RECENT:
            raise BadRequest(f"There is no system flag {name}")
    return marks, tuple(dict.fromkeys(keywords))
