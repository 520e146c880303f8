"""Reading and deleting stored messages."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    func,
    or_,
    select,
    tuple_,
)

from mailcap.domain.access import may_see, require_owner, require_reader
from mailcap.domain.accounts import Identity
from mailcap.domain.errors import NotFound
from mailcap.domain.messages import Content, Flag, Folder, Message
from mailcap.store.bodies import unpack
from mailcap.store.ownership import owner_of
from mailcap.store.removal import remove
from mailcap.store.schema import accounts, bodies, mailboxes, messages

_PURGED_AT_ONCE = 500

_MESSAGES: Select[Any] = (
    select(
        messages.c.number,
        messages.c.id,
        messages.c.body,
        messages.c.inbox,
        messages.c.original_inbox,
        func.coalesce(mailboxes.c.folder, Folder.ALL.value).label("folder"),
        messages.c.received,
        messages.c.internal_date,
        messages.c.size,
        messages.c.bare_lfs,
        messages.c.seen,
        messages.c.flags,
        accounts.c.name.label("saved_by"),
        messages.c.labels,
        bodies.c.envelope,
        messages.c.recipient,
        messages.c.saved_by.label("saver"),
    )
    .join(mailboxes, mailboxes.c.id == messages.c.mailbox)
    .join(bodies, bodies.c.number == messages.c.body)
    .outerjoin(accounts, accounts.c.id == messages.c.saved_by)
)


def list_inbox(
    connection: Connection,
    viewer: Identity,
    inbox: str,
    *,
    until: int | None = None,
    before: str | None = None,
    limit: int,
) -> list[Message]:
    """See `mailcap.domain.ports.MailStore.list_inbox`."""
    require_reader(viewer.account, inbox, owner_of(connection, inbox))
    query = (
        _MESSAGES.where(_visible(viewer, inbox))
        .order_by(messages.c.received.desc(), messages.c.number.desc())
        .limit(bindparam("most", limit))
    )
    if until is not None:
        query = query.where(messages.c.received <= until)
    if before is not None:
        query = query.where(_behind(connection, inbox, before))
    return [_message(row) for row in connection.execute(query)]


def count_inbox(connection: Connection, viewer: Identity, inbox: str) -> int:
    """See `mailcap.domain.ports.MailStore.count_inbox`."""
    require_reader(viewer.account, inbox, owner_of(connection, inbox))
    query = select(func.count()).select_from(messages).where(_visible(viewer, inbox))
    return int(connection.scalar(query) or 0)


def find(connection: Connection, viewer: Identity, inbox: str, message_id: str) -> Message:
    """See `mailcap.domain.ports.MailStore.find`."""
    row = connection.execute(
        _MESSAGES.where(messages.c.id == message_id, messages.c.inbox == inbox)
    ).one_or_none()
    if row is None or not may_see(
        viewer.account, owner=owner_of(connection, inbox), saved_by=row.saver
    ):
        raise NotFound(f"Message not found by id {message_id} and inbox {inbox}")
    return _message(row)


def content(
    connection: Connection, viewer: Identity, inbox: str, message_id: str
) -> tuple[Message, Content]:
    """See `mailcap.domain.ports.MailStore.content`."""
    message = find(connection, viewer, inbox, message_id)
    trace, header, codec, rest = connection.execute(
        select(messages.c.trace, bodies.c.header, bodies.c.codec, bodies.c.rest)
        .join(bodies, bodies.c.number == messages.c.body)
        .where(messages.c.number == message.number)
    ).one()
    return message, Content(bytes(trace), bytes(header), unpack(codec, rest))


def delete(
    connection: Connection, now: int, viewer: Identity, inbox: str, message_id: str
) -> Message:
    """See `mailcap.domain.ports.MailStore.delete`."""
    message = find(connection, viewer, inbox, message_id)
    if not remove(connection, [message.number], now):
        raise NotFound(f"Message not found by id {message_id} and inbox {inbox}")
    return message


def purge(connection: Connection, now: int, viewer: Identity, inbox: str) -> int:
    """Delete some of what a purge takes, and return how many: none when all is done."""
    require_owner(viewer.account, inbox, owner_of(connection, inbox))
    doomed = connection.scalars(
        select(messages.c.number)
        .where(messages.c.inbox == inbox, messages.c.saved_by.is_(None))
        .limit(_PURGED_AT_ONCE)
    ).all()
    return remove(connection, doomed, now) if doomed else 0


def _visible(viewer: Identity, inbox: str) -> ColumnElement[bool]:
    """Return the condition for what the viewer sees of an inbox that it may list."""
    return and_(
        messages.c.inbox == inbox,
        or_(messages.c.saved_by.is_(None), messages.c.saved_by == viewer.account),
    )


def _behind(connection: Connection, inbox: str, message_id: str) -> ColumnElement[bool]:
    """Return the condition that a message is listed behind *message_id*."""
    place = connection.execute(
        select(messages.c.received, messages.c.number).where(
            messages.c.id == message_id, messages.c.inbox == inbox
        )
    ).one_or_none()
    if place is None:
        raise NotFound(f"Message not found by id {message_id} and inbox {inbox}")
    return tuple_(messages.c.received, messages.c.number) < tuple_(*place)


def _message(row: Row[Any]) -> Message:
    return Message(
        number=row.number,
        id=row.id,
        body=row.body,
        inbox=row.inbox,
        original_inbox=row.original_inbox,
        folder=Folder(row.folder),
        received=row.received,
        internal_date=row.internal_date,
        size=row.size,
        bare_lfs=row.bare_lfs,
        seen=row.seen,
        flags=Flag(row.flags),
        saved_by=row.saved_by,
        labels=tuple(json.loads(row.labels)) if row.labels else (),
        envelope=json.loads(row.envelope),
        recipient=json.loads(row.recipient),
    )
