"""NOTIFY (RFC 5465), and what it has the server tell by itself."""

from __future__ import annotations

from collections.abc import Mapping

from mailcap.domain.errors import Failure
from mailcap.imap import replies
from mailcap.imap.desk import Desk
from mailcap.imap.fetching import Answers
from mailcap.imap.handlers.fetching import items_told
from mailcap.imap.handlers.listing import attributes
from mailcap.imap.handlers.mailboxes import status_of
from mailcap.imap.handlers.states import LOGGED_IN, Completion, Handler, Pieces
from mailcap.imap.notify import EVENTS, Overflow, Relisted
from mailcap.imap.replies import Refused
from mailcap.imap.wire import commands
from mailcap.imap.wire.commands import Attribute, Notify
from mailcap.imap.wire.encoding import line, listed

_KNOWN = frozenset(event.upper() for event in EVENTS)
_LARGEST_UID = 2**32 - 1
_LISTED = commands.List("", "", (), returned=frozenset({"SUBSCRIBED"}), extended=True)


async def _notify(desk: Desk, command: Notify, _: Completion) -> Pieces:
    if any(not group.events <= _KNOWN for group in command.groups):
        raise Refused("Not all of these events are known", f"BADEVENT ({' '.join(EVENTS)})")
    if any(Attribute.MODSEQ in group.items for group in command.groups):
        for piece in desk.enable_condstore():
            yield piece
    if not command.groups:
        desk.notify.clear()
        return
    await desk.notify.begin(desk.who, command.groups)
    if command.status:
        yield await _statuses(desk, anew=True)


async def news(desk: Desk) -> Pieces:
    """Yield what is new of mailboxes that are not selected, as far as NOTIFY asks for it."""
    if not desk.notify.is_set:
        return
    try:
        if changed := await _statuses(desk):
            yield changed
        for one in await desk.notify.relisted(desk.who):
            yield _list(desk, one)
    except Overflow as error:
        desk.notify.clear()
        yield replies.ok("*", str(error), error.code.encode())
    except Failure:
        return  # it can wait until there is more


async def fetched(desk: Desk, *, behind: int) -> Pieces:
    """Yield what NOTIFY asks for of messages with UIDs *behind* that one.

    They are not seen by that, whatever part of them is sent: nobody may be there to read.
    """
    asked = desk.notify.selected
    if asked is None or not asked.items or desk.mailbox.view.last_uid <= behind:
        return
    found = desk.mailbox.view.by_uid([(behind + 1, _LARGEST_UID)])
    items = items_told(desk, asked.items, uid=True)
    try:
        async for piece in Answers(desk.backend, desk.who.account, desk.mailbox, items).of(
            found.spans
        ):
            yield piece
    except Refused as error:
        yield replies.no("*", str(error), error.code)
    except Failure as error:
        yield replies.refusal("*", error)


async def _statuses(desk: Desk, *, anew: bool = False) -> bytes:
    """Return STATUS of the mailboxes that have changed, of all *anew*."""
    items = ["MESSAGES", "UIDNEXT", "UIDVALIDITY", "UNSEEN"]
    if desk.condstore:
        items.append("HIGHESTMODSEQ")
    changed = await desk.notify.changed(
        desk.who,
        selected=None if desk.selected is None else desk.selected.id,
        modseq=desk.condstore,
        anew=anew,
    )
    return b"".join([status_of(desk, name, status, items) for name, status in changed])


def _list(desk: Desk, one: Relisted) -> bytes:
    """Return LIST; of a mailbox with a new name also the old one (RFC 5465 section 5.4)."""
    words = [b"*", b"LIST", listed(attributes(desk, _LISTED, one.listed)), b'"/"']
    words.append(desk.mailbox_name(one.listed.name))
    if one.before is not None:
        words.append(b'("OLDNAME" (%b))' % desk.mailbox_name(one.before))
    return line(*words)


HANDLERS: Mapping[type[commands.Command], Handler] = {
    Notify: Handler("NOTIFY", LOGGED_IN, _notify),
}
