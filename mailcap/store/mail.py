"""Reading and deleting stored messages."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any, cast

from sqlalchemy import Connection, Select, and_, bindparam, func, select, tuple_

from mailcap.domain.access import may_see, require_owner, require_reader
from mailcap.domain.accounts import Identity
from mailcap.domain.errors import InvalidValue, NotFound
from mailcap.domain.messages import Content, Flag, Folder, Message
from mailcap.store.bodies import unpack
from mailcap.store.dialect import Prepared, among
from mailcap.store.lines import in_hex, line, lines
from mailcap.store.ownership import Directory, owner_of
from mailcap.store.remembered import Remembered
from mailcap.store.removal import remove
from mailcap.store.schema import accounts, addresses, bodies, domains, mailboxes, messages, views
from mailcap.store.states import VISIBLE

# Where a message is in a list: when it was received, and its number.
Place = tuple[int, int]

PURGED_AT_ONCE = 500
_LISTED_AT_ONCE = 100
# A list of the longest summaries known would have more than a GiB.
_MOST_LISTED = 32 * 2**20  # octets of summaries
_END: Place = (2**63 - 1, 2**63 - 1)  # no message is listed before that place

# What a `Message` needs, in the order of its fields.
_FIELDS = [field.name for field in fields(Message)]
MESSAGE = line(
    messages.c.number,
    messages.c.id,
    messages.c.body,
    messages.c.inbox,
    messages.c.original_inbox,
    mailboxes.c.folder,
    messages.c.received,
    messages.c.internal_date,
    messages.c.size,
    messages.c.seen,
    messages.c.flags,
    accounts.c.name,
    messages.c.labels,
    bodies.c.envelope,
    messages.c.recipient,
    views.c.summary,
)
_KEPT = views.alias("kept")
# Says which message it is, everywhere and for ever, and all of it that can change.
VERSION = line(
    messages.c.id,
    messages.c.mailbox,
    messages.c.seen,
    messages.c.flags,
    messages.c.saved_by,
    messages.c.labels,
    # A summary begins with a version, too.  It is no join, so that PostgreSQL looks at
    # those of the page only, even as long as it has no statistics of the tables.
    in_hex(
        select(func.substr(_KEPT.c.summary, 1, 24))
        .where(_KEPT.c.body == messages.c.body)
        .scalar_subquery()
    ),
)
# Whoever waits for mail lists the same messages again and again.
_remembered: Remembered[str, Message] = Remembered(4096)
_LONGEST_REMEMBERED = 2048  # octets of a summary: some have more than a MiB

# As `mailcap.store.ownership` has it, in the statement that needs it.
_OWNER = func.coalesce(
    select(addresses.c.account_id)
    .where(addresses.c.address == bindparam("inbox"))
    .scalar_subquery(),
    select(domains.c.account_id)
    .where(domains.c.name == bindparam("domain"), domains.c.is_private)
    .scalar_subquery(),
)
_HERE_VISIBLE = and_(messages.c.inbox == bindparam("inbox"), VISIBLE)
_HERE = and_(messages.c.id == bindparam("id"), messages.c.inbox == bindparam("inbox"))


def joined(query: Select[Any]) -> Select[Any]:
    """Return *query* with the tables that `MESSAGE` needs."""
    return (
        query.select_from(messages)
        .join(mailboxes, mailboxes.c.id == messages.c.mailbox)
        .join(bodies, bodies.c.number == messages.c.body)
        .outerjoin(views, views.c.body == messages.c.body)
        .outerjoin(accounts, accounts.c.id == messages.c.saved_by)
    )


_PAGE = (
    select(VERSION.label("version"))
    .where(
        _HERE_VISIBLE,
        tuple_(messages.c.received, messages.c.number)
        < tuple_(bindparam("received"), bindparam("number")),
    )
    .order_by(messages.c.received.desc(), messages.c.number.desc())
    .limit(bindparam("most"))
    .subquery()
)
_LIST = Prepared(select(_OWNER, select(lines(_PAGE.c.version)).scalar_subquery()))
_READ = Prepared(joined(select(messages.c.id, VERSION, MESSAGE)).where(among(messages.c.id, "ids")))
_PLACE = Prepared(select(messages.c.received, messages.c.number).where(_HERE, VISIBLE))
_COUNT = Prepared(
    select(
        _OWNER, select(func.count()).select_from(messages).where(_HERE_VISIBLE).scalar_subquery()
    )
)
_FIND = Prepared(joined(select(_OWNER, messages.c.saved_by, MESSAGE)).where(_HERE))
_CONTENT = Prepared(
    joined(
        select(
            *(_OWNER, messages.c.saved_by, MESSAGE),
            *(messages.c.trace, bodies.c.header, bodies.c.codec, bodies.c.rest),
        )
    ).where(_HERE)
)


def first_place(until: int | None) -> Place:
    """Return the place behind which a list begins; *until* is inclusive."""
    return _END if until is None else (until, _END[1])


def place_of(message: Message) -> Place:
    """Return where in its list a message is."""
    return message.received, message.number


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
    start = first_place(until)
    if before is not None:
        start = min(start, _place(connection, viewer, inbox, before))

    def page(last: Message | None, most: int) -> str | None:
        place = place_of(last) if last else start
        ((owner, text),) = _LIST.execute(
            connection,
            **_inbox(inbox),
            viewer=viewer.account,
            received=place[0],
            number=place[1],
            most=most,
        )
        require_reader(viewer.account, inbox, owner)
        return cast("str | None", text)

    return in_pages(connection, limit, page)


def in_pages(
    connection: Connection, limit: int, page: Callable[[Message | None, int], str | None]
) -> list[Message]:
    """Return up to *limit* messages.

    *page* is given the last one found and a number, and returns the lines of `VERSION` of
    at most so many that follow.  Raises `InvalidValue` for more than memory allows.
    """
    found: list[Message] = []
    room = _MOST_LISTED
    while True:
        most = min(limit - len(found), _LISTED_AT_ONCE)
        text = page(found[-1] if found else None, most)
        versions = text.split("\n") if text else []
        some = _messages(connection, versions)
        found += some
        if len(versions) < most or len(found) == limit or not some:
            return found
        room -= sum([len(message.summary or b"") for message in some])
        if room < 0:
            raise InvalidValue("These messages make too long a list; ask for fewer at a time.")


def count_inbox(connection: Connection, viewer: Identity, inbox: str) -> int:
    """See `mailcap.domain.ports.MailStore.count_inbox`."""
    ((owner, count),) = _COUNT.execute(connection, **_inbox(inbox), viewer=viewer.account)
    require_reader(viewer.account, inbox, owner)
    return int(count)


def find(connection: Connection, viewer: Identity, inbox: str, message_id: str) -> Message:
    """See `mailcap.domain.ports.MailStore.find`."""
    return _find(_FIND, connection, viewer, inbox, message_id)[0]


def content(
    connection: Connection, viewer: Identity, inbox: str, message_id: str
) -> tuple[Message, Content]:
    """See `mailcap.domain.ports.MailStore.content`."""
    message, (trace, header, codec, rest) = _find(_CONTENT, connection, viewer, inbox, message_id)
    return message, Content(bytes(trace), bytes(header), unpack(codec, rest))


def delete(
    connection: Connection, now: int, viewer: Identity, inbox: str, message_id: str
) -> Message:
    """See `mailcap.domain.ports.MailStore.delete`."""
    message = find(connection, viewer, inbox, message_id)
    if not remove(connection, [message.number], now):
        raise _not_found(inbox, message_id)
    return message


def purge(connection: Connection, now: int, viewer: Identity, inbox: str) -> int:
    """Delete some of what a purge takes, and return how many: none when all is done."""
    require_owner(viewer.account, inbox, Directory(connection, [inbox]).purger(inbox))
    doomed = connection.scalars(
        select(messages.c.number)
        .where(messages.c.inbox == inbox, messages.c.saved_by.is_(None))
        .limit(PURGED_AT_ONCE)
    ).all()
    return remove(connection, doomed, now) if doomed else 0


def _find(
    query: Prepared, connection: Connection, viewer: Identity, inbox: str, message_id: str
) -> tuple[Message, Sequence[Any]]:
    """Return a message that *viewer* may see, and what else *query* selects."""
    rows = query.execute(connection, **_inbox(inbox), id=message_id)
    if not rows or not may_see(viewer.account, owner=rows[0][0], saved_by=rows[0][1]):
        raise _not_found(inbox, message_id)
    return message_of(rows[0][2]), rows[0][3:]


def _place(
    connection: Connection, viewer: Identity, inbox: str, message_id: str
) -> tuple[int, int]:
    """Return where in its list a message is."""
    require_reader(viewer.account, inbox, owner_of(connection, inbox))
    rows = _PLACE.execute(connection, inbox=inbox, viewer=viewer.account, id=message_id)
    if not rows:
        raise _not_found(inbox, message_id)
    return rows[0][0], rows[0][1]


def _inbox(inbox: str) -> dict[str, str]:
    """Return the parameters that `_OWNER` needs."""
    return {"inbox": inbox, "domain": inbox.rpartition("@")[2]}


def _not_found(inbox: str, message_id: str) -> NotFound:
    return NotFound(f"Message not found by id {message_id} and inbox {inbox}")


def _messages(connection: Connection, versions: Sequence[str]) -> list[Message]:
    """Return the messages that these *versions* tell of."""
    known = {version: _remembered.get(version) for version in versions}
    missing = {json.loads(version)[0]: version for version in versions if not known[version]}
    if missing:
        for message_id, version, text in _READ.execute(connection, ids=missing):
            message = known[missing[message_id]] = message_of(text)
            if len(message.summary or b"") <= _LONGEST_REMEMBERED:
                _remembered.put(version, message)
    return [message for message in known.values() if message]  # some may be gone by now


def number_of(text: str) -> int:
    """Return the number of the message that a line of `MESSAGE` means."""
    return int(text[1 : text.index(",")])


def message_of(text: str) -> Message:
    """Return the message that a line of `MESSAGE` means."""
    found = dict(zip(_FIELDS, json.loads(text), strict=True))
    found["folder"] = Folder(found["folder"] or Folder.ALL)  # None: a user made the mailbox
    found["seen"] = None if found["seen"] is None else bool(found["seen"])
    found["flags"] = Flag(found["flags"])
    found["labels"] = tuple(json.loads(found["labels"] or "[]"))
    found["envelope"] = json.loads(found["envelope"])
    found["recipient"] = json.loads(found["recipient"])
    found["summary"] = found["summary"] and found["summary"].encode()
    return Message(**found)
