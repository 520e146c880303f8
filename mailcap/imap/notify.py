"""What NOTIFY asks for (RFC 5465): who watches which mailboxes, and what has changed.

Mailboxes that come and go are seen when that is done through this server process, by IMAP
and for the same account; what was done elsewhere is seen along with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from mailcap.domain.accounts import Identity
from mailcap.domain.errors import NotFound, NotPermitted
from mailcap.domain.mailboxes import DELIMITER, INBOX, MailboxKey, MailboxStatus
from mailcap.imap.backend import Backend
from mailcap.imap.replies import Refused
from mailcap.imap.selected import Watch
from mailcap.imap.statuses import statuses_of
from mailcap.imap.wire.commands import EventGroup
from mailcap.services.mailbox_lists import Listed

EVENTS = ("MessageNew", "MessageExpunge", "FlagChange", "MailboxName", "SubscriptionChange")
MOST = 200  # mailboxes: each costs a look at the store whenever something comes there
_SELECTED = ("SELECTED", "SELECTED-DELAYED")


class Overflow(Refused):
    """So many mailboxes are not watched."""

    def __init__(self) -> None:
        super().__init__(f"{MOST} mailboxes may be watched", "NOTIFICATIONOVERFLOW")


@dataclass(frozen=True, slots=True)
class Relisted:
    """A name that LIST shows otherwise than before.

    *before* is the mailbox's name until now, if that was another one.
    """

    listed: Listed
    before: str | None = None


class _Watched:
    """A mailbox that was listed, and what its client wants to know of it."""

    def __init__(self, listed: Listed, events: frozenset[str], watch: Watch) -> None:
        self.listed = listed
        self.events = events
        self.watch = watch
        self.known: tuple[int, ...] | None = None

    def is_news(self, status: MailboxStatus, *, modseq: bool) -> bool:
        """Whether *status* says anything new that is wanted; it is known from then on."""
        now = (
            *(status.uid_validity, status.messages, status.uid_next),
            *(status.unseen, status.highest_modseq),
        )
        count = 3 if "FLAGCHANGE" not in self.events else 5 if modseq else 4
        before, self.known = self.known, now
        return before is None or before[:count] != now[:count]


class Notifications:
    """What one client wants to be told; `clear` ends all of it.

    *on_change* is called when there may be something to tell.
    """

    def __init__(self, backend: Backend, on_change: Callable[[], None]) -> None:
        self._backend = backend
        self._on_change = on_change
        self._is_over = False
        self._watched: dict[MailboxKey, _Watched] = {}
        self._stop: Callable[[], None] = lambda: None
        self.clear()

    def clear(self) -> None:
        """Watch nothing any more (NOTIFY NONE)."""
        self.selected: EventGroup | None = None
        self._groups: Sequence[EventGroup] = ()
        self._listing_changed = False
        self._stop()
        self._stop = lambda: None
        self._keep({})

    def end(self) -> None:
        """Watch nothing for ever: the connection is over."""
        self._is_over = True
        self.clear()

    @property
    def is_set(self) -> bool:
        """Whether anything is told without a command."""
        return self.selected is not None or bool(self._groups)

    async def begin(self, who: Identity, groups: Iterable[EventGroup]) -> None:
        """Watch what *groups* say, instead of all that was watched before.

        Raises `Overflow`, and then nothing has changed.
        """
        groups = list(groups)
        others = [group for group in groups if group.which not in _SELECTED]
        missed: list[None] = []  # what is made while this looks
        stop = self._backend.mailboxes.watch(who, lambda: missed.append(None))
        try:
            found = await self._found(who, others)
        finally:
            stop()
        self.clear()
        if self._is_over:
            return
        self._listing_changed = bool(missed)
        self._groups = others
        self.selected = next((one for one in groups if one.which in _SELECTED and one.events), None)
        if others:
            self._stop = self._backend.mailboxes.watch(who, self._relist)
            try:
                await self._watch(who, found)
            except Exception:
                self.clear()
                raise

    # Which mailboxes there are

    async def relisted(self, who: Identity) -> list[Relisted]:
        """Look which mailboxes there are now, if others may be, and return what is new.

        Raises `Overflow` if there are too many of them by now.
        """
        if not self._listing_changed:
            return []
        self._listing_changed = False
        try:
            before = self._watched
            await self._watch(who, await self._found(who, self._groups))
        except Exception:
            self._listing_changed = True  # it is still to be looked at
            raise
        found = _relisted(before, self._watched)
        renamed = {one.before for one in found}
        gone = [
            one
            for key, one in before.items()
            if key not in self._watched and one.listed.name not in renamed
        ]
        return [*await self._left(who, gone), *found]

    async def _left(self, who: Identity, gone: Iterable[_Watched]) -> list[Relisted]:
        """Return what is to be told of those that no group means any more.

        Those that were subscribed to may be there all the same.
        """
        found = []
        for one in gone:
            now = None
            if one.listed.subscribed:
                now = await self._backend.mailboxes.find(who, one.listed.name)
            now = now or _nothing(one.listed)
            if _is_told(one.events, one.listed, now):
                found.append(Relisted(now))
        return found

    def _relist(self) -> None:
        self._listing_changed = True
        self._on_change()

    async def _found(
        self, who: Identity, groups: Iterable[EventGroup]
    ) -> dict[MailboxKey, tuple[Listed, frozenset[str]]]:
        """Return what is to be watched: of each mailbox what the first group says."""
        meant = _Meant(self._backend, who)
        found: dict[MailboxKey, tuple[Listed, frozenset[str]]] = {}
        for group in groups:
            for one in await meant.by(group):
                found.setdefault(one.key, (one, group.events))
        found = {key: (one, events) for key, (one, events) in found.items() if events}
        if len(found) > MOST:
            raise Overflow
        return found

    async def _watch(
        self, who: Identity, found: dict[MailboxKey, tuple[Listed, frozenset[str]]]
    ) -> None:
        """Watch those that are *found*, and no others."""
        keys = [key for key, (one, _) in found.items() if one.exists]
        ids = {}
        for one in await statuses_of(self._backend, who, keys):
            with suppress(NotFound):
                ids[one.key] = one.id or await self._backend.store.ensure(one.key)
        if self._is_over:  # the client has gone meanwhile
            return
        watched = {}
        fresh = []
        for key, (listed, events) in found.items():
            watched[key] = new = _Watched(listed, events, Watch(self._backend.hub, self._on_change))
            old = self._watched.get(key)
            if old is not None and key in ids and old.watch.mailbox == ids[key]:
                new.known = old.known
                new.watch.begin(ids[key], has_changed=old.watch.has_changed)
            elif key in ids:
                new.watch.begin(ids[key], has_changed=False)
                fresh.append(key)
        self._keep(watched)
        # What came before they were watched is not told.
        for status in await statuses_of(self._backend, who, fresh):
            if status.key in self._watched:
                self._watched[status.key].is_news(status, modseq=False)

    def _keep(self, watched: dict[MailboxKey, _Watched]) -> None:
        for one in self._watched.values():
            one.watch.end()
        self._watched = watched

    # What has come

    async def changed(
        self, who: Identity, *, selected: int | None, modseq: bool, anew: bool = False
    ) -> list[tuple[str, MailboxStatus]]:
        """Return name and status of the mailboxes that have changed, or of all *anew*.

        But not of the one that is *selected*.  A change of modification sequences alone is
        one only with *modseq*.
        """
        asked = {}
        for key, one in self._watched.items():
            watch = one.watch
            if watch.mailbox is None or "MESSAGENEW" not in one.events:
                continue
            if watch.mailbox == selected:
                one.known = None  # the client is told in another way
            elif watch.has_changed or anew:
                asked[key] = one
            watch.has_changed = False
        try:
            found = await self._allowed(who, asked)
        except Exception:
            for one in asked.values():
                one.watch.has_changed = True  # it is still to be looked at
            raise
        if len(found) < len(asked):
            self._listing_changed = True  # some are gone
        return [
            (asked[status.key].listed.name, status)
            for status in found
            if asked[status.key].is_news(status, modseq=modseq) or anew
        ]

    async def _allowed(self, who: Identity, keys: Iterable[MailboxKey]) -> list[MailboxStatus]:
        """Return what those mailboxes say that *who* may still open."""
        allowed = []
        for key in keys:
            with suppress(NotPermitted, NotFound):
                await self._backend.mailboxes.require_access(who, key)
                allowed.append(key)
        return await statuses_of(self._backend, who, allowed)


class _Meant:
    """What groups mean for *who*; listings are read once."""

    def __init__(self, backend: Backend, who: Identity) -> None:
        self._mailboxes = backend.mailboxes
        self._who = who
        self._listings: dict[str | None, list[Listed]] = {}
        self._named = 0

    async def by(self, group: EventGroup) -> list[Listed]:
        """Return the mailboxes that *group* means, as far as they are there.

        Raises `Overflow` if too many are named.
        """
        self._named += len(group.names)
        if self._named > MOST:
            raise Overflow
        if group.which == "MAILBOXES":
            named = [await self._mailboxes.find(self._who, name) for name in group.names]
            return [one for one in named if one is not None]
        if group.which == "SUBTREE":
            return [one for name in group.names for one in await self._below(name)]
        listing = await self._listing("")
        if group.which == "INBOXES":
            return [one for one in listing if one.key.name == INBOX]
        if group.which == "SUBSCRIBED":
            return [one for one in listing if one.subscribed]
        return listing

    async def _below(self, name: str) -> list[Listed]:
        """Return the mailbox of that name and all below it."""
        below = f"{name.removesuffix(DELIMITER)}{DELIMITER}" if name else ""
        return [
            one for one in await self._listing(below) if f"{one.name}{DELIMITER}".startswith(below)
        ]

    async def _listing(self, prefix: str) -> list[Listed]:
        owner = (await self._mailboxes.naming(self._who)).owner_in(prefix)
        if owner not in self._listings:
            self._listings[owner] = await self._mailboxes.listing(self._who, prefix)
        return self._listings[owner]


def _relisted(
    before: dict[MailboxKey, _Watched], after: dict[MailboxKey, _Watched]
) -> list[Relisted]:
    """Return what is to be told of mailboxes that are there."""
    names = {
        one.watch.mailbox: one.listed.name
        for key, one in before.items()
        if key not in after or after[key].watch.mailbox != one.watch.mailbox
    }
    found = []
    for key, one in after.items():
        old = before[key].listed if key in before else None
        if _is_told(one.events, old, one.listed):
            name = None if one.watch.mailbox is None else names.get(one.watch.mailbox)
            found.append(Relisted(one.listed, name))
    return found


def _is_told(events: frozenset[str], old: Listed | None, new: Listed) -> bool:
    """Whether one of *events* is that *old* has become *new*."""
    if "MAILBOXNAME" in events and (old is None or _shape(old) != _shape(new)):
        return True
    was_subscribed = old is not None and old.subscribed
    return "SUBSCRIPTIONCHANGE" in events and was_subscribed != new.subscribed


def _shape(listed: Listed) -> tuple[bool, bool]:
    return listed.exists, listed.has_children


def _nothing(listed: Listed) -> Listed:
    return Listed(
        name=listed.name,
        key=listed.key,
        exists=False,
        has_children=False,
        subscribed=False,
        special_use="",
    )
