"""Questions to the store whose answers are good for a second."""

from __future__ import annotations

from twisted.internet.interfaces import IReactorTime

from mailcap.authentication.expiring import Expiring
from mailcap.domain.accounts import Identity
from mailcap.domain.ports import AccountStore
from mailcap.services.keys import digest

REMEMBERED_SECONDS = 1.0  # what is removed stops working within this time
_MOST = 10_000


class Lookups:
    """Asks *store* who holds a key and who owns an inbox.

    An answer is remembered for a second: asking costs some 400 microseconds, and a
    busy client logs in again and again.  Unknown keys are never remembered, so that
    guesses drive out nothing and a new key works at once.
    """

    def __init__(self, store: AccountStore, clock: IReactorTime) -> None:
        self._store = store
        self._clock = clock
        self._holders: Expiring[bytes, Identity] = Expiring(lifetime=REMEMBERED_SECONDS, most=_MOST)
        self._owners: Expiring[str, tuple[int | None]] = Expiring(
            lifetime=REMEMBERED_SECONDS, most=_MOST
        )

    def remembered(self, wanted: bytes) -> Identity | None:
        """Return who holds the key with that `digest`, if that was asked lately."""
        return self._holders.get(wanted, self._clock.seconds())

    # The second counts from before the look-up, which may see an older state.

    async def key_holder(self, secret: str) -> Identity | None:
        """Return who holds the key *secret*, None if it is no key."""
        wanted, now = digest(secret), self._clock.seconds()
        holder = self._holders.get(wanted, now)
        if holder is None:
            holder = await self._store.key_holder(wanted)
            if holder is not None:
                self._holders.put(wanted, holder, now)
        return holder

    async def owner_of(self, inbox: str) -> int | None:
        """Return the number of the account that owns *inbox*, None if it is public."""
        now = self._clock.seconds()
        known = self._owners.get(inbox, now)
        if known is None:
            known = (await self._store.owner_of(inbox),)
            self._owners.put(inbox, known, now)
        return known[0]
