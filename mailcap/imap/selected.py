"""The mailbox that a session has selected: its view, kept in step with the store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mailcap.domain.mailboxes import MailboxKey, MailboxStatus
from mailcap.imap.backend import Backend
from mailcap.imap.replies import BadRequest
from mailcap.imap.untagged import told
from mailcap.imap.updates import OwnChange
from mailcap.imap.view import Found, MailboxView
from mailcap.imap.wire.sequence_set import STAR, SequenceSet


class Selected:
    r"""A mailbox as *viewer*, the number of an account, has it open, by its *name*.

    `view` changes only when `sync` or `tell` are called.  *on_change* is called when the
    mailbox may have changed.  With *claims_recent* the session is one that may be the
    first to be told of a message (``\Recent``).
    """

    def __init__(
        self,
        backend: Backend,
        viewer: int,
        name: str,
        status: MailboxStatus,
        *,
        view: MailboxView,
        read_only: bool,
        claims_recent: bool,
        on_change: Callable[[], None],
    ) -> None:
        assert status.id is not None
        self.id = status.id
        self.key = status.key
        self.name = name
        self.status = status
        self.view = view
        self.read_only = read_only
        self._backend = backend
        self._viewer = viewer
        self._claims_recent = claims_recent
        self._on_change = on_change
        # What was committed since the snapshot nobody has told us.
        self._may_have_changed = True
        self._stop = backend.hub.watch(self.id, self._changed)

    def close(self) -> None:
        """Let go of the mailbox."""
        self._stop()

    def expect_change(self) -> None:
        """Know that the mailbox has changed: this session has done it."""
        self._may_have_changed = True

    def chosen(self, sequence: SequenceSet, *, uid: bool) -> Found:
        """Return the messages that the client means.

        Raises `BadRequest` for numbers that no message has; but ``*`` and what leads up to
        it are nothing, and no mistake, where there are no messages.
        """
        view = self.view
        if sequence.saved:
            return view.by_uid(view.saved)
        if uid:
            return view.by_uid(sequence.ranges)
        if not len(view) and all(STAR in ends for ends in sequence.ranges):
            return Found([], lost=False)
        try:
            return view.by_number(sequence.ranges)
        except ValueError as error:
            raise BadRequest(str(error)) from None

    async def sync(self, own: OwnChange | None = None) -> None:
        """Take in what has happened, if anything has.

        *own* is what this session has done itself.  Raises `NotFound` if the mailbox is
        gone.
        """
        if not self._may_have_changed:
            return
        self._may_have_changed = False
        view = self.view
        before = view.uid_next
        changes = await self._backend.store.changes(
            self._viewer, self.id, since_modseq=view.highest_modseq, since_uid=view.uid_next
        )
        if changes.complete:
            view.absorb(changes, own=own)
        else:
            view.replace(await self._backend.store.snapshot(self._viewer, self.key))
        if self._claims_recent and view.uid_next > before:
            end = view.uid_next
            view.claim(await self._backend.store.claim_recent(self.id, below=end), end)

    def tell(self, *, expunges: bool) -> Iterator[bytes]:
        """Yield what the client does not know yet; see `MailboxView.updates`."""
        for update in self.view.updates(expunges=expunges):
            yield from told(update, read_only=self.read_only)

    def _changed(self) -> None:
        self._may_have_changed = True
        self._on_change()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    r"""How a session wants a mailbox: *recent* where the client knows ``\Recent``."""

    read_only: bool
    recent: bool
    condstore: bool
    qresync: bool


async def open_mailbox(
    backend: Backend,
    viewer: int,
    key: MailboxKey,
    name: str,
    *,
    wishes: Wishes,
    on_change: Callable[[], None],
) -> Selected:
    """Open a mailbox; see `Selected`.  Raises `NotFound` if it is none of those there."""
    snapshot = await backend.store.snapshot(viewer, key)
    if snapshot.status.id is None:  # it never had mail: with an id it can be watched
        await backend.store.ensure(key)
        snapshot = await backend.store.snapshot(viewer, key)
    status = snapshot.status
    assert status.id is not None
    claims_recent = wishes.recent and not wishes.read_only
    recent_from = status.first_recent_uid if wishes.recent else None
    if claims_recent and status.first_recent_uid < status.uid_next:
        recent_from = await backend.store.claim_recent(status.id, below=status.uid_next)
    view = MailboxView(
        snapshot,
        recent_from=recent_from,
        condstore=wishes.condstore,
        qresync=wishes.qresync,
    )
    return Selected(
        backend,
        viewer,
        name,
        status,
        view=view,
        read_only=wishes.read_only,
        claims_recent=claims_recent,
        on_change=on_change,
    )
