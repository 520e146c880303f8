"""Changing, expunging, copying and moving messages (RFC 9051 section 6.4, RFC 7162)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from mailcap.domain.errors import NotFound
from mailcap.domain.mailboxes import FlagChange, How, Placed
from mailcap.imap import flags
from mailcap.imap.desk import Desk, State
from mailcap.imap.handlers.states import Completion, Handler, Pieces
from mailcap.imap.replies import Refused, require_all
from mailcap.imap.updates import OwnChange
from mailcap.imap.wire import commands
from mailcap.imap.wire.encoding import line, number_set

_HOW: Final = {
    commands.How.REPLACE: How.REPLACE,
    commands.How.ADD: How.ADD,
    commands.How.REMOVE: How.REMOVE,
}


async def _store(desk: Desk, command: commands.Store, completion: Completion) -> Pieces:
    selected = desk.writable()
    if command.unchanged_since is not None:
        for piece in desk.enable_condstore():
            yield piece
    await selected.sync()
    found = selected.chosen(command.sequence, uid=command.uid)
    view = selected.view
    uids = view.uids(found.spans)
    marks, keywords = flags.meant(command.flags)
    change = FlagChange(_HOW[command.how], marks, keywords)
    left = await desk.backend.store.change_flags(
        desk.who.account,
        selected.id,
        uids,
        change,
        unchanged_since=command.unchanged_since,
    )
    selected.expect_change()
    changed = set(uids).difference(left)
    await selected.sync(OwnChange(changed, change) if command.silent else None)
    spans = view.by_uid([(uid, uid) for uid in changed]).spans if left else found.spans
    view.tell(spans, flags=not command.silent)
    if left:
        modified = left if command.uid else [view.number_of(uid) for uid in left]
        completion.code = b"MODIFIED %b" % number_set(sorted(modified))
        completion.text = "Some have changed meanwhile"
    require_all(command.uid, lost=found.lost)


async def _expunge(desk: Desk, command: commands.Expunge, _: Completion) -> None:
    selected = desk.writable()
    uids: Sequence[int] | None = None
    if command.uids is not None:
        uids = selected.view.uids(selected.chosen(command.uids, uid=True).spans)
    await desk.backend.store.expunge(desk.who.account, selected.id, uids)
    selected.expect_change()


async def _copy(desk: Desk, command: commands.Copy, completion: Completion) -> Pieces:
    selected = desk.writable() if command.move else desk.mailbox
    backend = desk.backend
    await selected.sync()
    found = selected.chosen(command.sequence, uid=command.uid)
    require_all(command.uid, lost=found.lost)  # all or nothing
    target = await backend.mailboxes.open(desk.who, command.mailbox)
    place = backend.store.move if command.move else backend.store.copy
    try:
        placed = await place(desk.who.account, selected.id, selected.view.uids(found.spans), target)
    except NotFound as error:
        raise Refused(str(error), "TRYCREATE") from None
    selected.expect_change()
    code = _copied(placed)
    if not command.move:
        completion.text, completion.code = "COPY completed", code
    elif code:
        # Before the EXPUNGEs, so that the client knows what became of the messages
        # (RFC 6851 section 4.3).
        yield line(b"*", b"OK", b"[%b]" % code, b"Moved")


def _copied(placed: Placed) -> bytes:
    """Return COPYUID (RFC 4315 section 3), nothing if there was nothing to copy."""
    if not placed.uids:
        return b""
    return b"COPYUID %d %b %b" % (
        placed.uid_validity,
        number_set(placed.sources),
        number_set(placed.uids),
    )


HANDLERS: Mapping[type[commands.Command], Handler] = {
    commands.Store: Handler("STORE", State.SELECTED, _store),
    commands.Expunge: Handler("EXPUNGE", State.SELECTED, _expunge),
    commands.Copy: Handler("MOVE", State.SELECTED, _copy),
}
