"""What the parts of the program ask of the store about messages of many inboxes.

See `mailcap.domain.ports` for the other ports.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from mailcap.domain.accounts import Identity
from mailcap.domain.messages import Message

#: Says of the stored text of a message, in JSON inside of JSON, whether to look closer.
Sieve = Callable[[str], bool]


class SurveyStore(Protocol):
    """An account's unified inbox, its stars, and all public mail; newest first.

    The order is that of arrival, in which `Message.number` rises.  What an answer costs
    follows its length, however many messages lie elsewhere.
    """

    def list_unified(
        self, viewer: Identity, *, since: int | None, skip: int, limit: int
    ) -> Awaitable[Sequence[Message]]:
        """Return messages of the unified inbox (folder inbox only), without the first *skip*.

        *since* (Unix milliseconds) is inclusive.  Raises `InvalidValue` if the list would
        be longer than memory allows.
        """

    def count_unread(self, viewer: Identity) -> Awaitable[int]:
        """Return how many of the newest 10,000 in the unified inbox nobody has read."""

    def list_starred(self, viewer: Identity, *, limit: int) -> Awaitable[Sequence[Message]]:
        """Return messages of any inbox that *viewer* has starred.

        Raises `InvalidValue` if the list would be longer than memory allows.
        """

    def walk_unified(
        self, viewer: Identity, *, below: int | None, most: int, sieve: Sieve | None = None
    ) -> Awaitable[tuple[Sequence[Message], int | None]]:
        """Look at the *most* newest of the unified inbox, or the next ones *below* a number.

        Return those that the *sieve* keeps, and the number to go on below, None if there
        was nothing to look at.
        """

    def walk_public(
        self, *, first: int, below: int, most: int, sieve: Sieve | None = None
    ) -> Awaitable[tuple[Sequence[Message], int | None]]:
        """Look at *most* messages from number *first* on, *below* another, the newest.

        Return those that are public and not starred, and that the *sieve* keeps, and the
        number to go on below, None if there was nothing to look at.
        """

    def number_at(self, received: int) -> Awaitable[int]:
        """Return the number with which the messages begin that came at that time (ms)."""
