"""Choosing messages by what is known of all of them, without asking the store (SEARCH)."""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterable, Iterator
from itertools import compress

from mailcap.domain.mailboxes import State
from mailcap.imap.columns import Columns

# Messages as one number, whose octets, the lowest first, are 1 for each that is meant:
# & and | do what they say, and `Candidates.everything` ^ mask is NOT.  A hundred times
# faster than sets.
Mask = int

_ONES = re.compile(rb"\x01+")


class Candidates:
    r"""The messages that a client knows of and that are there: *there* has 1 for them.

    Good for one command: `MailboxView.updates` may change their positions.  *recent* are
    the spans of those that are ``\Recent``.
    """

    def __init__(self, rows: Columns, there: bytes, recent: Iterable[range]) -> None:
        self._rows = rows
        self._told = len(there)
        self._recent = recent
        self.everything: Mask = int.from_bytes(there, "little")

    # Keys of SEARCH

    def where(self, holds: Callable[[State], object]) -> Mask:
        """Return the messages whose state fulfils *holds*, which is asked once a state."""
        return int.from_bytes(self._rows.where(holds)[: self._told], "little") & self.everything

    def changed_since(self, modseq: int) -> Mask:
        """Return the messages with that modification sequence or a higher one."""
        return self._mask(map(modseq.__le__, self._rows.modseqs))

    def recent(self) -> Mask:
        r"""Return the messages that are ``\Recent``."""
        return self.among(self._recent)

    def among(self, spans: Iterable[range]) -> Mask:
        """Return the messages of *spans*."""
        octets = bytearray(self._told)
        for span in spans:
            octets[span.start : span.stop] = b"\1" * len(span)
        return int.from_bytes(octets, "little") & self.everything

    def with_uids(self, uids: Iterable[int]) -> Mask:
        """Return the messages with those UIDs: what the store has found."""
        octets = bytearray(self._told)
        guess = 0
        for uid in uids:
            position = self._rows.position_of(uid, guess)
            if position is not None and position < self._told:
                octets[position] = 1
                guess = position + 1
        return int.from_bytes(octets, "little") & self.everything

    def _mask(self, flags: Iterator[bool]) -> Mask:
        return int.from_bytes(bytes(flags), "little") & self.everything

    # Results

    def spans(self, mask: Mask) -> list[range]:
        """Return the positions of the chosen messages."""
        return [range(*found.span()) for found in _ONES.finditer(self._octets(mask))]

    def uids(self, mask: Mask) -> array[int]:
        """Return their UIDs, rising."""
        return array("I", compress(self._rows.uids, self._octets(mask)))

    def numbers(self, mask: Mask) -> array[int]:
        """Return their sequence numbers, rising."""
        return array("I", compress(range(1, self._told + 1), self._octets(mask)))

    def highest_modseq(self, mask: Mask) -> int:
        """Return the highest of their modification sequences (RFC 7162 section 3.1.5)."""
        return max(compress(self._rows.modseqs, self._octets(mask)), default=0)

    def _octets(self, mask: Mask) -> bytes:
        return mask.to_bytes(self._told, "little")
