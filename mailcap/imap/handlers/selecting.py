"""Opening and leaving mailboxes (RFC 9051 sections 6.3.2, 6.3.3, 6.4.1 and 6.4.2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mailcap.imap.desk import Desk, State
from mailcap.imap.handlers.states import LOGGED_IN, Completion, Handler, Pieces
from mailcap.imap.replies import BadRequest
from mailcap.imap.selected import Selected
from mailcap.imap.untagged import flagged, highest_modseq, keywords, ranges
from mailcap.imap.updates import Flagged, Keywords
from mailcap.imap.wire import commands
from mailcap.imap.wire.commands import Resync
from mailcap.imap.wire.encoding import line

_AT_ONCE = 200


async def _select(desk: Desk, command: commands.Select, completion: Completion) -> Pieces:
    if command.qresync and not desk.qresync:
        raise BadRequest("ENABLE QRESYNC first")
    if desk.selected is not None:
        desk.deselect()
        yield b"* OK [CLOSED] The mailbox is closed\r\n"
    if command.condstore:
        desk.enable("CONDSTORE")
    selected = await desk.select(command.mailbox, read_only=command.read_only)
    for piece in _described(desk, selected, asked_for=command.mailbox):
        yield piece
    resync = command.qresync
    if resync is not None and resync.uid_validity == selected.status.uid_validity:
        async for piece in _missed(desk, selected, resync):
            yield piece
    completion.text = f"{'EXAMINE' if command.read_only else 'SELECT'} completed"
    completion.code = b"READ-ONLY" if command.read_only else b"READ-WRITE"


def _described(desk: Desk, selected: Selected, *, asked_for: str) -> Iterator[bytes]:
    """Yield what the client has to know of a mailbox that it has just selected."""
    view, status = selected.view, selected.status
    yield from keywords(Keywords(view.keywords()), read_only=selected.read_only)
    yield b"* %d EXISTS\r\n" % len(view)
    if not desk.rev2:
        yield b"* %d RECENT\r\n" % view.count_recent()
        first = view.first_unseen()
        if first is not None:
            yield line(b"*", b"OK", b"[UNSEEN %d]" % first, b"First unseen")
    yield line(b"*", b"OK", b"[UIDVALIDITY %d]" % status.uid_validity, b"UIDs are valid")
    yield line(b"*", b"OK", b"[UIDNEXT %d]" % view.uid_next, b"Next UID")
    yield highest_modseq(selected.view)
    yield line(b"*", b"OK", b"[MAILBOXID (%b)]" % status.mailbox_id.encode(), b"The same for ever")
    if desk.rev2:
        yield _listed(desk, selected, asked_for)


def _listed(desk: Desk, selected: Selected, asked_for: str) -> bytes:
    """Return LIST with the name by which the mailbox is shown (RFC 9051 section 6.3.2)."""
    words = [b"*", b"LIST", b"()", b'"/"', desk.mailbox_name(selected.name)]
    if selected.name != asked_for:
        words.append(b'("OLDNAME" (%b))' % desk.mailbox_name(asked_for))
    return line(*words)


async def _missed(desk: Desk, selected: Selected, resync: Resync) -> Pieces:
    """Yield what has happened since the client was here last (RFC 7162 section 3.2.5)."""
    view = selected.view
    changes = await desk.backend.store.changes(
        desk.who.account, selected.id, since_modseq=resync.modseq, since_uid=view.uid_next
    )
    if vanished := view.vanished_earlier(changes, resync.known_uids):
        yield line(b"*", b"VANISHED", b"(EARLIER)", ranges(vanished))
    candidates = view.candidates()
    chosen = candidates.changed_since(resync.modseq + 1)
    if resync.known_uids is not None:
        chosen &= candidates.among(view.by_uid(resync.known_uids).spans)
    lines = []
    for number, uid, state, modseq in view.messages(candidates.spans(chosen)):
        recent = view.is_recent(uid)
        lines.append(flagged(Flagged(number, uid, view.table[state], modseq, recent)))
        if len(lines) >= _AT_ONCE:
            yield b"".join(lines)
            lines.clear()
    yield b"".join(lines)


async def _close(desk: Desk, _: commands.Close, __: Completion) -> None:
    selected = desk.mailbox
    if not selected.read_only:
        await desk.backend.store.expunge(desk.who.account, selected.id, None)
    desk.deselect()


async def _unselect(desk: Desk, _: commands.Unselect, __: Completion) -> None:
    desk.deselect()


async def _check(_: Desk, __: commands.Check, ___: Completion) -> None:
    """Do nothing: what was acknowledged is on disk."""


HANDLERS: Mapping[type[commands.Command], Handler] = {
    commands.Select: Handler("SELECT", LOGGED_IN, _select),
    commands.Close: Handler("CLOSE", State.SELECTED, _close),
    commands.Unselect: Handler("UNSELECT", State.SELECTED, _unselect),
    commands.Check: Handler("CHECK", State.SELECTED, _check),
}
