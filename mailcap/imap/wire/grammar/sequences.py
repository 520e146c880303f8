"""Sequence sets in commands."""

from __future__ import annotations

from mailcap.imap.wire.lexer import Bad, Lexer
from mailcap.imap.wire.sequence_set import STAR, SequenceSet, parse_sequence_set


def sequence_set(lexer: Lexer) -> SequenceSet:
    """sequence-set, or ``$``."""
    try:
        return parse_sequence_set(lexer.word(b"0123456789:,*$"))
    except ValueError as error:
        raise Bad(str(error)) from None


def known_uids(lexer: Lexer) -> tuple[tuple[int, int], ...]:
    """known-uids (RFC 7162 section 7): a set of UIDs without ``*``."""
    found = sequence_set(lexer)
    if found.saved or any(STAR in ends for ends in found.ranges):
        raise Bad("known UIDs are numbers")
    return tuple([(min(ends), max(ends)) for ends in found.ranges])
