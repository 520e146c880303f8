"""APPEND (RFC 9051 section 6.3.12, RFC 3502) and REPLACE (RFC 8508)."""

from __future__ import annotations

from collections.abc import Mapping

from mailcap.domain.errors import NotFound
from mailcap.domain.mailboxes import Appended, Placed
from mailcap.imap import flags
from mailcap.imap.desk import Desk, State
from mailcap.imap.handlers.states import LOGGED_IN, Completion, Handler, Pieces
from mailcap.imap.replies import Refused
from mailcap.imap.wire import commands
from mailcap.imap.wire.encoding import line, number_set
from mailcap.mime import headers


async def _append(desk: Desk, command: commands.Append, completion: Completion) -> None:
    target = await desk.backend.mailboxes.open(desk.who, command.mailbox)
    messages = [appended(one) for one in command.messages]
    try:
        placed = await desk.backend.store.append(desk.who.account, target, messages)
    except NotFound as error:
        raise Refused(str(error), "TRYCREATE") from None
    if desk.selected is not None:
        desk.selected.expect_change()
    completion.code = _append_uid(placed)


async def _replace(desk: Desk, command: commands.Replace, _: Completion) -> Pieces:
    selected = desk.writable()
    found = selected.chosen(command.sequence, uid=command.uid)
    uids = selected.view.uids(found.spans)
    if len(uids) != 1:
        raise Refused("REPLACE is for one message, and it has to be there", "NONEXISTENT")
    target = await desk.backend.mailboxes.open(desk.who, command.mailbox)
    try:
        placed = await desk.backend.store.append(
            desk.who.account,
            target,
            [appended(command.message)],
            replacing=(selected.id, uids[0]),
        )
    except NotFound as error:
        raise Refused(str(error), "TRYCREATE") from None
    selected.expect_change()
    # Before the EXPUNGE (RFC 8508 section 3.4).
    yield line(b"*", b"OK", b"[%b]" % _append_uid(placed), b"Replaced")


def _append_uid(placed: Placed) -> bytes:
    return b"APPENDUID %d %b" % (placed.uid_validity, number_set(placed.uids))


def appended(message: commands.NewMessage) -> Appended:
    """Return a message as the store takes it."""
    if not message.octets:  # which cancels the command (RFC 3502)
        raise Refused("A message has at least one octet")
    marks, keywords = flags.meant(message.flags)
    end = headers.split(message.octets)
    return Appended(
        header=message.octets[:end],
        rest=message.octets[end:],
        marks=marks,
        keywords=keywords,
        internal_date=message.internal_date,
    )


HANDLERS: Mapping[type[commands.Command], Handler] = {
    commands.Append: Handler("APPEND", LOGGED_IN, _append),
    commands.Replace: Handler("REPLACE", State.SELECTED, _replace),
}
