"""Mailboxes for whoever has logged in: which there are, and who may do what with them.

The rules are those of IMAP's two modes: an address as login name opens that inbox alone,
an account all that is its own, and every public inbox by its address.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from mailcap.domain.access import require_reader
from mailcap.domain.accounts import Identity
from mailcap.domain.errors import (
    AlreadyExists,
    HasChildren,
    InvalidAddress,
    InvalidValue,
    NotFound,
    NotOwned,
    NotPermitted,
    OverQuota,
    Refused,
)
from mailcap.domain.mailbox_store import MailboxStore
from mailcap.domain.mailboxes import DELIMITER, INBOX, SYSTEM_NAMES, MailboxKey, is_unified
from mailcap.domain.ports import AccountStore
from mailcap.services.accounts import Accounts
from mailcap.services.hub import Hub
from mailcap.services.mailbox_lists import Listed, arranged, system_keys
from mailcap.services.mailbox_names import Naming

# Whether these are still public is looked up one by one whenever they are listed.
_MOST_FOREIGN = 200

_HOMES_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """What an account has and may have (RFC 9208); a limit that is None does not bind."""

    root: str
    messages: int
    octets: int
    message_limit: int | None
    storage_limit: int | None


class Mailboxes:
    """Names become mailboxes here, for *who* asks, as far as that is permitted.

    *reservations* gives addresses to accounts and takes them back.  A name that can be
    none raises `InvalidValue` or `InvalidAddress`.
    """

    def __init__(
        self, store: MailboxStore, accounts: AccountStore, *, reservations: Accounts
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._reservations = reservations
        self._homes: dict[int, str] = {}
        self._listings = Hub()

    async def naming(self, who: Identity) -> Naming:
        """Return how mailboxes are called for *who*; it never changes."""
        home = self._homes.get(who.account)
        if home is None:
            if len(self._homes) >= _HOMES_REMEMBERED:
                self._homes.clear()
            home = (await self._accounts.account(who.account_name)).home_address
            self._homes[who.account] = home
        return Naming(who, home)

    def watch(self, who: Identity, call: Callable[[], None]) -> Callable[[], None]:
        """Call *call* when *who*, or another session of that account, changes a listing.

        That is when mailboxes are made, deleted, renamed or subscribed to through here.
        Returns what ends it.
        """
        return self._listings.watch(who.account, call, kind="imap")

    # Opening

    async def open(self, who: Identity, name: str) -> MailboxKey:
        """Return the mailbox of that name, to read it and to put messages there.

        Whether there is such a user-made mailbox only the store knows.  Raises
        `NotPermitted` if it is another account's.
        """
        key = (await self.naming(who)).resolve(name)
        await self.require_access(who, key)
        return key

    async def require_access(self, who: Identity, key: MailboxKey) -> None:
        """Raise `NotPermitted` unless *who* may open that mailbox, now."""
        if key.owner != (await self.naming(who)).unified:
            owner = await self._accounts.owner_of(key.owner)
            require_reader(who.account, key.owner, owner)

    async def may_expire(self, key: MailboxKey) -> bool:
        """Whether messages of that mailbox may go by themselves: what is owned stays."""
        return is_unified(key) or await self._accounts.owner_of(key.owner) is None

    # Making, deleting, renaming

    async def create(self, who: Identity, name: str) -> None:
        """Make a mailbox and those above it, or reserve an address.

        Raises `AlreadyExists`, `NotPermitted`, `NotOwned` for public inboxes, and what
        `Accounts.reserve_address` and `MailboxStore.create` do.
        """
        name = name.removesuffix(DELIMITER)  # "there will be some below" (RFC 9051 6.3.4)
        naming = await self.naming(who)
        key = naming.resolve(name)
        if naming.is_address(name):
            await self._reservations.reserve_address(key.owner, who.account_name)
            self._listings.changed([who.account])
            return
        await self._require_ownership(who, key)
        if key.name in SYSTEM_NAMES:
            raise AlreadyExists(f"The mailbox {name} is there always.")
        await self._store.create(who.account, key)
        self._listings.changed([who.account])

    async def delete(self, who: Identity, name: str) -> None:
        """Delete a user-made mailbox, or release an own address, with all messages.

        Raises `NotFound`, `NotPermitted`, `NotOwned` for public inboxes, `HasChildren`,
        and `Refused` for what is there always.
        """
        naming = await self.naming(who)
        key = naming.resolve(name)
        await self._require_ownership(who, key)
        if naming.is_address(name) and key.owner != naming.home:
            await self._release(who, key.owner)
            self._listings.changed([who.account])
            return
        if key.name in SYSTEM_NAMES:
            raise Refused(f"The mailbox {name} cannot be deleted.")
        below = key.name + DELIMITER
        made = await self._store.names(who.account, key.owner)
        if any(one.name.startswith(below) for one in made):
            raise HasChildren(f"There are mailboxes below {name}; delete these first.")
        await self._store.delete_mailbox(who.account, key)
        self._listings.changed([who.account])

    async def rename(self, who: Identity, name: str, new_name: str) -> None:
        """Rename a user-made mailbox, and all below it, inside its inbox.

        Raises `NotFound`, `AlreadyExists`, `NotPermitted`, `NotOwned` for public inboxes,
        and `Refused` for what keeps its name for ever.
        """
        naming = await self.naming(who)
        key, new = naming.resolve(name), naming.resolve(new_name.removesuffix(DELIMITER))
        await self._require_ownership(who, key)
        if key.name in SYSTEM_NAMES:
            raise Refused(f"{name} cannot be renamed.")
        if new == key or new.name in SYSTEM_NAMES:
            raise AlreadyExists(f"The mailbox {new_name} is there already.")
        if new.owner != key.owner or new.name.startswith(key.name + DELIMITER):
            raise Refused(f"{name} cannot become {new_name}.")
        await self._store.rename(who.account, key, new.name)
        self._listings.changed([who.account])

    async def _release(self, who: Identity, address: str) -> None:
        """Delete all mail of an own address, so that nobody else finds any, and release it."""
        try:
            await self._reservations.release_address(address, who.account_name, with_messages=True)
        except NotFound:  # it lies in an own domain, and never was reserved
            await self._store.clear(who.account, address)

    async def _require_ownership(self, who: Identity, key: MailboxKey) -> None:
        if key.owner == (await self.naming(who)).unified:
            return
        owner = await self._accounts.owner_of(key.owner)
        require_reader(who.account, key.owner, owner)
        if owner is None:
            raise NotOwned(f"{key.owner} is a public inbox: its mailboxes stay as they are.")

    # Subscribing and listing

    async def subscribe(self, who: Identity, name: str, *, wanted: bool = True) -> None:
        """Subscribe to a mailbox or, if not *wanted*, no longer.

        Raises `NotPermitted`, `NotFound` if there is no such mailbox, `OverQuota`, and
        `Refused` for those that everybody is subscribed to.
        """
        naming = await self.naming(who)
        key = naming.resolve(name)
        if not wanted and naming.is_always_subscribed(key):
            raise Refused(f"Everybody is subscribed to {name}.")
        if wanted:
            await self.require_access(who, key)
            await self._store.status(who.account, [key])
            own = await self._own(who, naming)
            if key.owner not in own:
                subscribed = {key, *await self._store.subscriptions(who.account)}
                if sum(one.owner not in own for one in subscribed) > _MOST_FOREIGN:
                    raise OverQuota(f"Of public inboxes {_MOST_FOREIGN} mailboxes are enough.")
        await self._store.subscribe(who.account, key, wanted=wanted)
        self._listings.changed([who.account])

    async def find(self, who: Identity, name: str) -> Listed | None:
        """Return what LIST shows of exactly that name, None if nothing.

        Also for the address as another name for INBOX, and for public inboxes, which no
        wildcard finds.
        """
        naming = await self.naming(who)
        try:
            key = await self.open(who, name)
        except (InvalidAddress, InvalidValue, NotPermitted):
            return None
        made = await self._store.names(who.account, naming.inbox_of(key))
        subscribed = await self._store.subscriptions(who.account)
        if key.name not in SYSTEM_NAMES and key not in {*made, *subscribed}:
            return None
        shown = arranged(naming, [key, *made], made=made, subscribed=subscribed)
        found = next(one for one in shown if one.key == key and one.name == naming.show(key))
        alias = naming.alias(name)
        return found if alias is None else replace(found, name=alias, has_children=False)

    async def listing(self, who: Identity, prefix: str = "") -> list[Listed]:
        """Return all names that LIST may show with a pattern that begins with *prefix*.

        The prefix is what stands in front of the first wildcard.  With one that names an
        address and what is below it, that is shown, even of a public inbox; otherwise
        the account's own, and what it has subscribed to.
        """
        naming = await self.naming(who)
        subscribed = await self._store.subscriptions(who.account)
        owner = naming.owner_in(prefix)
        if owner is None:
            return await self._list_account(who, naming, subscribed)
        try:
            await self.require_access(who, MailboxKey(owner, INBOX))
        except NotPermitted:
            return []
        made = await self._store.names(who.account, owner)
        subscribed = [key for key in subscribed if key.owner == owner]
        keys = [*system_keys(owner), *made, *subscribed]
        return arranged(naming, keys, made=made, subscribed=subscribed)

    async def _list_account(
        self, who: Identity, naming: Naming, subscribed: Collection[MailboxKey]
    ) -> list[Listed]:
        own = await self._own(who, naming)
        open_to_me = set(own)
        for owner in {key.owner for key in subscribed} - own:
            if await self._accounts.owner_of(owner) is None:
                open_to_me.add(owner)
        subscribed = [key for key in subscribed if key.owner in open_to_me]
        made = await self._store.names(who.account, *sorted(open_to_me - {naming.unified}))
        keys = system_keys(naming.unified)
        keys += [MailboxKey(owner, INBOX) for owner in own - {naming.unified, naming.home}]
        for key in subscribed:
            keys += [key] if key.name != INBOX else system_keys(key.owner)
        keys += [key for key in made if key.owner in own or _is_below_any(key, subscribed)]
        return arranged(naming, keys, made=set(made), subscribed=set(subscribed))

    async def _own(self, who: Identity, naming: Naming) -> set[str]:
        """Return the owners of the mailboxes that LIST shows without a subscription."""
        return {naming.unified, naming.home, *await self._store.inboxes(who.account)}

    # Quota

    async def quota_of(self, who: Identity, name: str) -> Quota | None:
        """Return the quota of that mailbox: its account's, None if nothing limits it.

        Raises `NotPermitted`, and `NotFound` if there is no such mailbox.
        """
        key = await self.open(who, name)
        await self._store.status(who.account, [key])
        is_own = (
            key.owner == (await self.naming(who)).unified
            or await self._accounts.owner_of(key.owner) == who.account
        )
        if not is_own:
            return None
        try:
            return await self.quota(who, who.account_name)
        except NotFound:
            return None

    async def quota(self, who: Identity, root: str) -> Quota:
        """Return what the account *root* has and may have.

        Raises `NotFound` for others, and if it has no limits (RFC 9208 knows no empty
        quota).
        """
        if root != who.account_name:
            raise NotFound(f"There is no quota root {root}.")
        account = await self._accounts.account(root)
        if account.message_limit is None and account.storage_limit is None:
            raise NotFound(f"Nothing limits what {root} keeps.")
        messages, octets = await self._store.usage(who.account)
        return Quota(
            root=root,
            messages=messages,
            octets=octets,
            message_limit=account.message_limit,
            storage_limit=account.storage_limit,
        )


def _is_below_any(key: MailboxKey, others: Collection[MailboxKey]) -> bool:
    """Whether one of *others* is above *key*: INBOX is above all of its inbox."""
    return any(
        key.owner == other.owner
        and (other.name == INBOX or key.name.startswith(other.name + DELIMITER))
        for other in others
    )
