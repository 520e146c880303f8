"""The mailbox that a session has selected: its view, kept in step with the store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mailcap.domain.errors import NotFound
from mailcap.domain.mailboxes import MailboxKey, MailboxStatus
from mailcap.imap.backend import Backend, Watching
from mailcap.imap.replies import BadRequest
from mailcap.imap.untagged import told
from mailcap.imap.updates import OwnChange
from mailcap.imap.view import Found, MailboxView
from mailcap.imap.wire.sequence_set import STAR, SequenceSet


class Watch:
    """Learns whether a mailbox may have changed, and then calls *on_change*."""

    def __init__(self, hub: Watching, on_change: Callable[[], None]) -> None:
        self.has_changed = True
        self.mailbox: int | None = None
        self._hub = hub
        self._on_change = on_change
        self.end: Callable[[], None] = lambda: None

    def begin(self, mailbox: int, *, has_changed: bool) -> None:
        """Watch that mailbox, and no other one."""
        self.end()
        self.mailbox = mailbox
        self.has_changed = has_changed
        self.end = self._hub.watch(mailbox, self._changed, kind="imap")

    def _changed(self) -> None:
        self.has_changed = True
        self._on_change()


class Selected:
    r"""A mailbox as *viewer*, the number of an account, has it open, by its *name*.

    `view` changes only when `sync` or `tell` are called; *watch* says when there is a reason
    for it.  With *claims_recent* the session is one that may be the
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
        watch: Watch,
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
        self._watch = watch

    def close(self) -> None:
        """Let go of the mailbox."""
        self._watch.end()

    def forget_recent(self) -> None:
        r"""Know of no ``\Recent`` from here on (IMAP4rev2)."""
        self._claims_recent = False
        self.view.forget_recent()

    def expect_change(self) -> None:
        """Know that the mailbox has changed: this session has done it."""
        self._watch.has_changed = True

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
        if not self._watch.has_changed:
            return
        self._watch.has_changed = False
        try:
            await self._catch_up(own)
        except Exception:
            self._watch.has_changed = True  # it is still to be looked at
            raise

    async def _catch_up(self, own: OwnChange | None) -> None:
        view = self.view
        before = view.uid_next
        changes = await self._backend.store.changes(
            self._viewer, self.id, since_modseq=view.highest_modseq, since_uid=view.uid_next
        )
        if changes.complete:
            view.absorb(changes, own=own)
        else:
            snapshot = await self._backend.store.snapshot(self._viewer, self.key)
            if snapshot.status.id != self.id:
                raise NotFound("The mailbox has another name.")
            view.replace(snapshot)
        if self._claims_recent and view.uid_next > before:
            end = view.uid_next
            view.claim(await self._backend.known.claim_recent(self.id, below=end), end)

    def tell(self, *, expunges: bool, flags: bool = True) -> Iterator[bytes]:
        """Yield what the client does not know yet; see `MailboxView.updates`."""
        for update in self.view.updates(expunges=expunges, flags=flags):
            yield from told(update, read_only=self.read_only)


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
    watch = Watch(backend.hub, on_change)
    try:
        return await _open(backend, viewer, key, name, wishes=wishes, watch=watch)
    except Exception:
        watch.end()
        raise


async def _open(
    backend: Backend, viewer: int, key: MailboxKey, name: str, *, wishes: Wishes, watch: Watch
) -> Selected:
    known = backend.known
    expected = known.id_of(viewer, key)
    if expected is not None:
        watch.begin(expected, has_changed=False)
    snapshot = await known.snapshot(viewer, key)
    status = snapshot.status
    assert status.id is not None
    if status.id != expected:  # what came since it was read nobody has told us
        watch.begin(status.id, has_changed=True)
    claims_recent = wishes.recent and not wishes.read_only
    recent_from = known.first_recent(snapshot) if wishes.recent else None
    if claims_recent and known.first_recent(snapshot) < status.uid_next:
        recent_from = await known.claim_recent(status.id, below=status.uid_next)
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
        watch=watch,
    )
