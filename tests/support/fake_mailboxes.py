"""A store of mailboxes without messages, in memory: names, owners, subscriptions."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from fakes import MemoryAccounts, outcome
from mailcap.domain.accounts import Identity
from mailcap.domain.errors import AlreadyExists, NotFound
from mailcap.domain.mailboxes import SYSTEM_NAMES, MailboxKey, MailboxStatus
from mailcap.services.accounts import Accounts
from mailcap.services.mailboxes import Mailboxes

HOME = "alice@home.mailcap"
OWN = "own@example.com"
HOSTED = "any@alice.test"
FOREIGN = "private@bob.test"
PUBLIC = "public@example.com"


class MemoryMailboxes:
    """What `mailcap.services.mailboxes` asks of a `MailboxStore`.

    `with_mail` are the addresses that have mail; `asked` counts the questions.
    """

    def __init__(self, accounts: MemoryAccounts) -> None:
        self._accounts = accounts
        self._made: defaultdict[str, set[str]] = defaultdict(set)
        self._subscribed: defaultdict[int, set[MailboxKey]] = defaultdict(set)
        self.with_mail: set[str] = set()
        self.used: dict[int, tuple[int, int]] = {}
        self.asked: list[str] = []

    async def status(self, _viewer: int, keys: Sequence[MailboxKey]) -> list[MailboxStatus]:
        for key in keys:
            self._require(key)
        return [
            MailboxStatus(id=None, key=key, uid_validity=1, uid_next=1, highest_modseq=1)
            for key in keys
        ]

    async def names(self, _viewer: int, *owners: str) -> list[MailboxKey]:
        self.asked.append("names")
        return sorted(MailboxKey(owner, name) for owner in owners for name in self._made[owner])

    async def inboxes(self, viewer: int) -> list[str]:
        self.asked.append("inboxes")
        everybody = list(self._accounts._owners.values())
        homes = {one.account.home_address for one in everybody}
        reserved = {address for one in everybody for address in one.addresses}
        (owner,) = (one for one in everybody if one.account.number == viewer)
        hosted = {one for one in self.with_mail if one.rpartition("@")[2] in owner.domains}
        return sorted(owner.addresses.keys() - homes | hosted - reserved)

    async def subscriptions(self, viewer: int) -> list[MailboxKey]:
        self.asked.append("subscriptions")
        return sorted(self._subscribed[viewer])

    async def create(self, _viewer: int, key: MailboxKey) -> None:
        if key.name in self._made[key.owner]:
            raise AlreadyExists(key.name)
        levels = key.name.split("/")
        names = {"/".join(levels[: end + 1]) for end in range(len(levels))}
        self._made[key.owner] |= names - set(SYSTEM_NAMES)

    async def delete_mailbox(self, _viewer: int, key: MailboxKey) -> None:
        self._require(key)
        self._made[key.owner].remove(key.name)

    async def clear(self, _viewer: int, inbox: str) -> None:
        self.empty(inbox)

    def empty(self, inbox: str) -> None:
        self.with_mail.discard(inbox)
        self._made.pop(inbox, None)

    async def rename(self, _viewer: int, key: MailboxKey, new_name: str) -> None:
        self._require(key)
        if new_name in self._made[key.owner]:
            raise AlreadyExists(new_name)
        moved = {one for one in self._made[key.owner] if f"{one}/".startswith(f"{key.name}/")}
        self._made[key.owner] -= moved
        self._made[key.owner] |= {new_name + one[len(key.name) :] for one in moved}

    async def subscribe(self, viewer: int, key: MailboxKey, *, wanted: bool) -> None:
        if wanted:
            self._subscribed[viewer].add(key)
        else:
            self._subscribed[viewer].discard(key)

    async def usage(self, viewer: int) -> tuple[int, int]:
        return self.used[viewer]

    def _require(self, key: MailboxKey) -> None:
        if key.name not in SYSTEM_NAMES and key.name not in self._made[key.owner]:
            raise NotFound(f"There is no mailbox {key.name}.")


class House:
    """Alice has an address and a domain, Bob another domain."""

    def __init__(self) -> None:
        self.accounts = MemoryAccounts()
        self.store = MemoryMailboxes(self.accounts)
        self.accounts.cleared = self.store.empty
        reservations = Accounts(self.accounts, home_domain="home.mailcap")
        self.mailboxes = Mailboxes(self.store, self.accounts, reservations=reservations)
        numbers = {
            name: outcome(reservations.add_account(name)).number for name in ("alice", "bob")
        }
        self.alice, self.bob = (
            Identity(account=number, account_name=name) for name, number in numbers.items()
        )
        outcome(reservations.reserve_address(OWN, "alice"))
        outcome(reservations.add_domain("alice.test", "alice"))
        outcome(reservations.add_domain("bob.test", "bob"))

    def at(self, inbox: str) -> Identity:
        """Return Alice, who has logged in with an address."""
        return replace(self.alice, inbox=inbox)

    def names(self, owner: str) -> list[str]:
        return [key.name for key in outcome(self.store.names(0, owner))]

    def open(self, who: Identity, name: str) -> MailboxKey:
        return outcome(self.mailboxes.open(who, name))

    def create(self, who: Identity, *names: str) -> None:
        for name in names:
            outcome(self.mailboxes.create(who, name))

    def delete(self, who: Identity, name: str) -> None:
        outcome(self.mailboxes.delete(who, name))

    def rename(self, who: Identity, name: str, new_name: str) -> None:
        outcome(self.mailboxes.rename(who, name, new_name))

    def subscribe(self, who: Identity, *names: str, wanted: bool = True) -> None:
        for name in names:
            outcome(self.mailboxes.subscribe(who, name, wanted=wanted))
