"""Hashing of new passwords, in turns."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from twisted.internet.defer import Deferred

from mailcap.authentication.sources import Source
from mailcap.authentication.turns import Turns
from mailcap.services.passwords import hash_password


def make_hasher(
    in_thread: Callable[[Callable[[], str]], Deferred[str]],
) -> Callable[[str, str], Deferred[str]]:
    """Return what hashes for an account a password, one at a time; accounts take turns.

    The Deferred fails with `Busy` if too many of the account's wait already.
    """
    # Whoever sets a thousand passwords keeps one thread busy, and logins have theirs.
    turns: Turns[str] = Turns(in_thread, workers=1)

    def hash_for(account: str, password: str) -> Deferred[str]:
        return turns.run(partial(hash_password, password), source=Source(account))

    return hash_for
