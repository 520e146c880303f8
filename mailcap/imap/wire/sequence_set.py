"""Sequence sets (RFC 9051 section 9): which messages a command is about."""

from __future__ import annotations

import re
from dataclasses import dataclass

STAR = 0  # "*": the largest number in use

_RANGE = re.compile(r"(\*|[0-9]{1,10})(?::(\*|[0-9]{1,10}))?")
_MOST = 2**32 - 1


@dataclass(frozen=True, slots=True)
class SequenceSet:
    """Numbers or UIDs, as ranges in the order they were written.

    *saved* is ``$``: the result of the last SEARCH (RFC 5182).
    """

    ranges: tuple[tuple[int, int], ...] = ()
    saved: bool = False


def parse_sequence_set(text: str) -> SequenceSet:
    """Return the set that *text* means.  Raises `ValueError`."""
    if text == "$":
        return SequenceSet(saved=True)
    return SequenceSet(tuple([_range(piece) for piece in text.split(",")]))


def _range(piece: str) -> tuple[int, int]:
    match = _RANGE.fullmatch(piece)
    if match is None:
        raise ValueError("a sequence set such as 1,3:5,9:* is missing")
    first = _number(match[1])
    return first, first if match[2] is None else _number(match[2])


def _number(text: str) -> int:
    if text == "*":
        return STAR
    number = int(text)
    if not 0 < number <= _MOST:
        raise ValueError(f"{text} is no message number")
    return number
