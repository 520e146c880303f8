"""Mailboxes as the port describes them; what is long is done in pieces."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from typing import TypeVar

from mailcap.domain.errors import Failure, NotFound
from mailcap.domain.identifiers import new_base
from mailcap.domain.mailbox_store import Sift
from mailcap.domain.mailboxes import FlagChange, MailboxKey, Placed, Row, Want
from mailcap.store import (
    appending,
    bodies,
    copies,
    expunging,
    fetching,
    flags,
    folders,
    maildrops,
    moves,
    quota,
    recent,
    snapshots,
    subscriptions,
)
from mailcap.store.operations import Operations, looking, reading, repeating, writing, writing_now
from mailcap.store.selection import Chosen

T = TypeVar("T")

# Messages in one transaction: intake waits for it, and it for the disk.
_AT_ONCE = 1000
_PIECE = 2**17  # octets of a stored body


class MailboxOperations(Operations):
    """Fulfils `mailcap.domain.mailbox_store.MailboxStore`."""

    status = looking(snapshots.status)
    snapshot = looking(snapshots.snapshot)
    changes = looking(snapshots.changes)
    maildrop = looking(maildrops.maildrop)
    rows = looking(fetching.rows)
    save_views = writing(fetching.save_views)
    names = reading(folders.names)
    inboxes = reading(subscriptions.inboxes)
    claim_recent = writing(recent.claim_recent)
    append = writing_now(appending.append)
    ensure = writing(folders.ensure)
    create = writing(folders.create)
    rename = writing(folders.rename)
    subscribe = writing(subscriptions.subscribe)
    usage = reading(quota.usage)
    subscriptions = reading(subscriptions.subscribed)  # hides the module from here on
    _delete_some = repeating(folders.delete_some)
    _clear_some = repeating(folders.clear_some)

    async def pieces(self, body: int, start: int) -> AsyncIterator[bytes]:
        """See the port."""
        place, unpacking = 0, None
        while found := await self.database.look(bodies.stored, body, place, _PIECE):
            codec, octets = found
            if not octets:
                return
            place += len(octets)
            unpacking = unpacking or bodies.Unpacking(codec)
            for piece in unpacking.take(octets):
                if start < len(piece):
                    yield piece[start:] if start else piece
                start = max(0, start - len(piece))

    async def collect(
        self,
        viewer: int,
        mailbox: int,
        uids: Sequence[int],
        want: Want,
        look: Callable[[Row], T | None],
        *,
        sift: Sift | None = None,
    ) -> list[T]:
        """See the port."""
        found: list[T] = []
        while uids:
            made, uids = await self.database.look(
                fetching.collect, Chosen(viewer, mailbox, uids), want, look, sift
            )
            found += made
        return found

    async def change_flags(
        self,
        viewer: int,
        mailbox: int,
        uids: Sequence[int],
        change: FlagChange,
        *,
        unchanged_since: int | None = None,
    ) -> list[int]:
        """See the port."""
        left: list[int] = []
        for some in self._pieces(uids):
            left += await self.database.write(
                flags.change_flags,
                self.now(),
                Chosen(viewer, mailbox, some),
                change,
                unchanged_since=unchanged_since,
            )
        return left

    async def expunge(self, viewer: int, mailbox: int, uids: Sequence[int] | None) -> list[int]:
        """See the port."""
        if uids is None:
            uids = await self.database.read(expunging.marked, viewer, mailbox)
        gone: list[int] = []
        for some in self._pieces(uids):
            chosen = Chosen(viewer, mailbox, some)
            gone += await self.database.write(expunging.expunge, self.now(), chosen)
        return gone

    def remove(self, viewer: int, mailbox: int, uids: Sequence[int]) -> Awaitable[int]:
        """See the port."""
        return self.database.write(maildrops.remove, self.now(), Chosen(viewer, mailbox, uids))

    async def copy(
        self, viewer: int, source: int, uids: Sequence[int], target: MailboxKey
    ) -> Placed:
        """See the port."""
        placing = _Placing(new_base(self.now() / 1000))
        try:
            return await self._place(placing, copies.copy, Chosen(viewer, source, uids), target)
        except Exception:
            with suppress(Failure):
                for ids in self._pieces([f"{placing.base}-{n}" for n in range(placing.begun)]):
                    await self.database.write(copies.undo, self.now(), ids)
            raise

    async def move(
        self, viewer: int, source: int, uids: Sequence[int], target: MailboxKey
    ) -> Placed:
        """See the port."""
        placing = _Placing(new_base(self.now() / 1000))
        try:
            return await self._place(placing, moves.move, Chosen(viewer, source, uids), target)
        except Exception:
            base, moved = new_base(self.now() / 1000), placing.uids
            with suppress(Failure):
                for first in range(0, len(moved), _AT_ONCE):
                    await self.database.write(
                        moves.move_back,
                        self.now(),
                        Chosen(viewer, source, moved[first : first + _AT_ONCE]),
                        target,
                        base=base,
                        first=first,
                    )
            raise

    async def delete_mailbox(self, viewer: int, key: MailboxKey) -> None:
        """See the port."""
        await self._delete_some(viewer, key)

    async def clear(self, viewer: int, inbox: str) -> None:
        """See the port."""
        await self._clear_some(viewer, inbox)

    async def _place(
        self,
        placing: _Placing,
        work: Callable[..., Placed],
        chosen: Chosen,
        target: MailboxKey,
    ) -> Placed:
        """Copy or move messages piece by piece, noting in *placing* what has been done."""
        for some in self._pieces(chosen.uids):
            first, placing.begun = placing.begun, placing.begun + len(some)
            placing.add(
                await self.database.write(
                    work,
                    self.now(),
                    chosen._replace(uids=some),
                    target,
                    base=placing.base,
                    first=first,
                )
            )
        return Placed(placing.uid_validity, placing.sources, placing.uids)

    def _pieces(self, items: Sequence[T]) -> Iterator[Sequence[T]]:
        """Yield *items* in pieces for a transaction each, and pause in between.

        Of no items there is one empty piece.
        """
        yield items[:_AT_ONCE]
        for start in range(_AT_ONCE, len(items), _AT_ONCE):
            self.pause()
            yield items[start : start + _AT_ONCE]


class _Placing:
    """How far a copy or move has come: *begun* messages, of which *uids* were placed.

    The ids of new messages are *base* with a counter.
    """

    def __init__(self, base: str) -> None:
        self.base = base
        self.begun = 0
        self.uid_validity = 0
        self.sources: list[int] = []
        self.uids: list[int] = []

    def add(self, placed: Placed) -> None:
        """Take in what one piece has done."""
        if not placed.uids:
            return
        if self.uid_validity not in (0, placed.uid_validity):
            raise NotFound("The mailbox was replaced by another one meanwhile.")
        self.uid_validity = placed.uid_validity
        self.sources += placed.sources
        self.uids += placed.uids
