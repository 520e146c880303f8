"""What a client has been told: which number means which message, and what is deleted."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from itertools import chain

from mailcap.domain.mailboxes import Maildrop

_AT_ONCE = 1_000  # lines


class NoSuchMessage(Exception):
    """No message has that number, or it was deleted by this session."""


class Numbers:
    """The messages of a maildrop, from 1 on, as they were at the login.

    Thirteen octets a message, whatever becomes of it elsewhere.  `count` and `octets` are
    of those that the session has not deleted.
    """

    def __init__(self, maildrop: Maildrop) -> None:
        self.uids: array[int] = maildrop.uids
        self._octets = maildrop.octets
        self._uid_validity = maildrop.uid_validity
        self._deleted = bytearray(len(self.uids))
        self._count_all()

    def __len__(self) -> int:
        """How many numbers there are."""
        return len(self.uids)

    def size(self, number: int) -> int:
        """Return how many octets a message has.  Raises `NoSuchMessage`."""
        return self._octets[self.place(number)]

    def unique_id(self, number: int) -> str:
        """Return the unique id of a message, for ever its own.  Raises `NoSuchMessage`."""
        return f"{self._uid_validity}.{self.uids[self.place(number)]}"

    def place(self, number: int) -> int:
        """Return where a message is in `uids`.  Raises `NoSuchMessage`."""
        if not 0 < number <= len(self.uids) or self._deleted[number - 1]:
            raise NoSuchMessage
        return number - 1

    def delete(self, number: int) -> None:
        """Mark a message as deleted.  Raises `NoSuchMessage`."""
        place = self.place(number)
        self._deleted[place] = 1
        self.count -= 1
        self.octets -= self._octets[place]

    def reset(self) -> None:
        """Mark no message as deleted."""
        self._deleted = bytearray(len(self.uids))
        self._count_all()

    def deleted(self) -> list[int]:
        """Return the UIDs of what is marked, rising."""
        return [uid for uid, gone in zip(self.uids, self._deleted, strict=True) if gone]

    def sizes(self) -> Iterator[bytes]:
        """Yield the lines of LIST, some at a time."""
        return self._lines(b"%d %d\r\n", self._octets)

    def unique_ids(self) -> Iterator[bytes]:
        """Yield the lines of UIDL, some at a time."""
        return self._lines(b"%%d %d.%%d\r\n" % self._uid_validity, self.uids)

    def _lines(self, form: bytes, column: array[int]) -> Iterator[bytes]:
        for start in range(0, len(column), _AT_ONCE):
            places = range(start, min(start + _AT_ONCE, len(column)))
            left = [place for place in places if not self._deleted[place]]
            pairs = ((place + 1, column[place]) for place in left)
            yield form * len(left) % tuple(chain.from_iterable(pairs))

    def _count_all(self) -> None:
        self.count = len(self.uids)
        self.octets = sum(self._octets)
