"""Changing one message that is named by its inbox and id, as IMAP sessions would."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection, bindparam, select

from mailcap.domain.accounts import Identity
from mailcap.domain.mailboxes import FlagChange, How, MailboxKey, Mark
from mailcap.domain.messages import Folder, Message
from mailcap.store import mail, moves
from mailcap.store.dialect import Prepared, lock_ownership
from mailcap.store.flags import change_flags
from mailcap.store.mailboxes import SYSTEM_MAILBOXES, Boxes
from mailcap.store.schema import entries, messages
from mailcap.store.selection import Chosen, showing_mailboxes

_ENTRY = Prepared(
    select(entries.c.mailbox, entries.c.uid)
    .join(messages, messages.c.number == entries.c.message)
    .where(entries.c.message == bindparam("number"), entries.c.mailbox == messages.c.mailbox)
)


def change(
    connection: Connection,
    now: int,
    viewer: Identity,
    inbox: str,
    message_id: str,
    *,
    flags: FlagChange,
) -> Message:
    """See `mailcap.domain.ports.MailStore.change`."""
    _, chosen = _hold(connection, viewer, inbox, message_id)
    change_flags(connection, now, chosen, flags)
    return mail.find(connection, viewer, inbox, message_id)


def toggle_star(
    connection: Connection, now: int, viewer: Identity, inbox: str, message_id: str
) -> Message:
    """See `mailcap.domain.ports.MailStore.toggle_star`."""
    message, chosen = _hold(connection, viewer, inbox, message_id)
    how = How.ADD if message.saved_by is None else How.REMOVE
    change_flags(connection, now, chosen, FlagChange(how, Mark.FLAGGED))
    # It may be another's from now on, who has reserved the inbox.
    return replace(message, saved_by=None if message.saved_by else viewer.account_name)


def refile(
    connection: Connection,
    now: int,
    viewer: Identity,
    inbox: str,
    message_id: str,
    *,
    folder: Folder,
) -> Message:
    """See `mailcap.domain.ports.MailStore.refile`."""
    message, chosen = _hold(connection, viewer, inbox, message_id)
    if message.folder is not folder:
        target = MailboxKey(inbox, SYSTEM_MAILBOXES[folder])
        moves.move(connection, now, chosen, target, base="", first=0)  # no id is made in an inbox
    return replace(message, folder=folder)


def _hold(
    connection: Connection, viewer: Identity, inbox: str, message_id: str
) -> tuple[Message, Chosen]:
    """Return a message that *viewer* may change, and where it lies.

    Until the commit nobody else changes or moves it, or who owns it.
    """
    lock_ownership(connection, exclusive=False)
    boxes = Boxes(connection)
    while True:
        message = mail.find(connection, viewer, inbox, message_id)
        # What was found without locks may have changed until they were there.
        if not boxes.lock(showing_mailboxes(connection, [message.number])):
            break
    ((mailbox, uid),) = _ENTRY.execute(connection, number=message.number)
    return message, Chosen(viewer.account, mailbox, [uid])
