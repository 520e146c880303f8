"""What was seen of mailboxes lately, so that the next session need not read all of them."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace

from mailcap.domain.errors import NotFound
from mailcap.domain.mailbox_store import MailboxStore
from mailcap.domain.mailboxes import MailboxKey, Snapshot
from mailcap.imap.view import MailboxView

_MOST_MESSAGES = 1_000_000  # 16 octets each
_MOST_MAILBOXES = 10_000


class Known:
    """Snapshots of mailboxes, each brought up to date by what has changed since.

    Those that were asked for last are kept, as far as *most_messages* allow.
    """

    def __init__(self, store: MailboxStore, *, most_messages: int = _MOST_MESSAGES) -> None:
        self._store = store
        self._most = most_messages
        self._kept: OrderedDict[tuple[int, MailboxKey], Snapshot] = OrderedDict()
        self._messages = 0
        self._claimed: OrderedDict[int, int] = OrderedDict()

    async def snapshot(self, viewer: int, key: MailboxKey) -> Snapshot:
        """Return the mailbox with all its messages, as it is now.

        Its numbers are true, and of its counts that of messages; a mailbox that never had
        mail gets an id, to be watched by.  Raises `NotFound` if there is no such user-made
        mailbox.
        """
        known = self._kept.get((viewer, key))
        found = None if known is None else await self._brought_up(viewer, known)
        if found is None:
            found = await self._store.snapshot(viewer, key)
        if found.status.id is None:
            await self._store.ensure(key)
            found = await self._store.snapshot(viewer, key)
        self._keep(viewer, found)
        return found

    def id_of(self, viewer: int, key: MailboxKey) -> int | None:
        """Return the id that the mailbox had when it was seen last, None if nobody knows."""
        known = self._kept.get((viewer, key))
        return None if known is None else known.status.id

    async def claim_recent(self, mailbox: int, *, below: int) -> int:
        """Return the first UID below *below* that nobody has claimed before.

        See `MailboxStore.claim_recent`.  Of many sessions that hear of a message at once,
        the first one asks the store; it has it, whatever becomes of the question.
        """
        if self._claimed.get(mailbox, 0) >= below:
            return below
        self._claimed[mailbox] = below
        self._claimed.move_to_end(mailbox)
        if len(self._claimed) > _MOST_MAILBOXES:
            self._claimed.popitem(last=False)
        return await self._store.claim_recent(mailbox, below=below)

    def first_recent(self, snapshot: Snapshot) -> int:
        r"""Return the first UID that nobody has claimed, as far as is known (EXAMINE)."""
        assert snapshot.status.id is not None
        return max(snapshot.status.first_recent_uid, self._claimed.get(snapshot.status.id, 0))

    async def _brought_up(self, viewer: int, known: Snapshot) -> Snapshot | None:
        """Return *known* as it is now, None if it has to be read anew."""
        status = known.status
        assert status.id is not None
        try:
            changes = await self._store.changes(
                viewer,
                status.id,
                since_modseq=status.highest_modseq,
                since_uid=status.uid_next,
                named=status.key,
            )
        except NotFound:
            return None
        if not changes.complete:
            return None
        rows = known.rows
        if changes.rows.uids or changes.vanished:
            view = MailboxView(known)
            view.absorb(changes)
            rows = view.rows()
        return Snapshot(
            status=replace(
                status,
                uid_next=changes.uid_next,
                highest_modseq=changes.highest_modseq,
                messages=len(rows.uids),
            ),
            rows=rows,
        )

    def _keep(self, viewer: int, found: Snapshot) -> None:
        """Keep *found* in place of what is older."""
        place = (viewer, found.status.key)
        before = self._kept.pop(place, None)
        self._messages += len(found.rows.uids) - (len(before.rows.uids) if before else 0)
        self._kept[place] = found
        while self._messages > self._most or len(self._kept) > _MOST_MAILBOXES:
            _, oldest = self._kept.popitem(last=False)
            self._messages -= len(oldest.rows.uids)
