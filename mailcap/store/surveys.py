"""Looking at the messages of many inboxes: an account's unified inbox, and all public mail.

Messages are numbered as they arrive, so that the newest are those with the highest
numbers, and those of a time are found by halving.
"""

from __future__ import annotations

from sqlalchemy import Connection, Select, bindparam, func, or_, select

from mailcap.domain.accounts import Identity
from mailcap.domain.mailboxes import INBOX, unified_owner
from mailcap.domain.messages import Message
from mailcap.domain.survey_store import Sieve
from mailcap.store.dialect import Prepared
from mailcap.store.lines import lines
from mailcap.store.mail import MESSAGE, VERSION, in_pages, joined, message_of, number_of
from mailcap.store.ownership import Directory
from mailcap.store.schema import entries, messages, views
from mailcap.store.schema import mailboxes as boxes_table

_MOST_COUNTED = 10_000
_MOST_OCTETS = 2**22  # of summaries

_unified = (
    select(boxes_table.c.id)
    .where(boxes_table.c.owner == bindparam("owner"), boxes_table.c.name == INBOX)
    .scalar_subquery()
)
_newest = (
    select(entries.c.message.label("number"))
    .where(entries.c.mailbox == _unified)
    .order_by(entries.c.message.desc())
)
_listed = (
    _newest.where(entries.c.message >= bindparam("first"), entries.c.message < bindparam("below"))
    .limit(bindparam("most"))
    .offset(bindparam("skip"))
    .subquery()
)
_listed_versions = (
    select(VERSION.label("line"))
    .join(_listed, _listed.c.number == messages.c.number)
    .order_by(messages.c.number.desc())
    .subquery()
)
_LIST = Prepared(select(lines(_listed_versions.c.line)))

_counted = _newest.limit(_MOST_COUNTED).subquery()
_UNREAD = Prepared(
    select(func.count())
    .select_from(_counted)
    .join(messages, messages.c.number == _counted.c.number)
    .where(messages.c.seen.is_not(True))
)

_starred = (
    select(VERSION.label("line"))
    .where(
        messages.c.saved_by == bindparam("viewer"),
        messages.c.number < bindparam("below"),
    )
    .order_by(messages.c.number.desc())
    .limit(bindparam("most"))
    .subquery()
)
_STARRED = Prepared(select(lines(_starred.c.line)))


def _whole(numbers: Select[tuple[int]]) -> Prepared:
    """Return the statement that reads messages of some *numbers*, in falling order.

    So many as their summaries, which may have some MiB each, leave room for; at least one.
    """
    some = numbers.subquery()
    octets = func.coalesce(func.length(views.c.summary), 0)
    sized = (
        select(
            some.c.number,
            func.sum(octets).over(order_by=some.c.number.desc()).label("total"),
            func.row_number().over(order_by=some.c.number.desc()).label("place"),
        )
        .join(messages, messages.c.number == some.c.number)
        .outerjoin(views, views.c.body == messages.c.body)
        .subquery()
    )
    read = (
        joined(select(MESSAGE.label("line")))
        .join(sized, sized.c.number == messages.c.number)
        .where(or_(sized.c.total <= _MOST_OCTETS, sized.c.place == 1))
        .order_by(messages.c.number.desc())
        .subquery()
    )
    return Prepared(select(lines(read.c.line)))


_WALK_UNIFIED = _whole(
    _newest.where(entries.c.message < bindparam("below")).limit(bindparam("most"))
)
_WALK_ALL = _whole(
    select(messages.c.number)
    .where(messages.c.number >= bindparam("first"), messages.c.number < bindparam("below"))
    .order_by(messages.c.number.desc())
    .limit(bindparam("most"))
)
_LAST = Prepared(select(func.max(messages.c.number)))
_NEXT = Prepared(
    select(messages.c.number, messages.c.received)
    .where(messages.c.number >= bindparam("first"))
    .order_by(messages.c.number)
    .limit(1)
)
_END = 2**63 - 1  # no message has that number


def list_unified(
    connection: Connection, viewer: Identity, *, since: int | None, skip: int, limit: int
) -> list[Message]:
    """See `mailcap.domain.survey_store.SurveyStore.list_unified`."""
    first = 0 if since is None else number_at(connection, since)

    def page(last: Message | None, most: int) -> str | None:
        ((text,),) = _LIST.execute(
            connection,
            owner=unified_owner(viewer.account),
            first=first,
            below=last.number if last else _END,
            skip=0 if last else skip,
            most=most,
        )
        return text and str(text)

    return in_pages(connection, limit, page)


def count_unread(connection: Connection, viewer: Identity) -> int:
    """See `mailcap.domain.survey_store.SurveyStore.count_unread`."""
    ((count,),) = _UNREAD.execute(connection, owner=unified_owner(viewer.account))
    return int(count)


def list_starred(connection: Connection, viewer: Identity, *, limit: int) -> list[Message]:
    """See `mailcap.domain.survey_store.SurveyStore.list_starred`."""

    def page(last: Message | None, most: int) -> str | None:
        ((text,),) = _STARRED.execute(
            connection, viewer=viewer.account, below=last.number if last else _END, most=most
        )
        return text and str(text)

    return in_pages(connection, limit, page)


def walk_unified(
    connection: Connection,
    viewer: Identity,
    *,
    below: int | None,
    most: int,
    sieve: Sieve | None = None,
) -> tuple[list[Message], int | None]:
    """See `mailcap.domain.survey_store.SurveyStore.walk_unified`."""
    return _messages(
        connection,
        _WALK_UNIFIED,
        sieve,
        owner=unified_owner(viewer.account),
        below=_END if below is None else below,
        most=most,
    )


def walk_public(
    connection: Connection, *, first: int, below: int, most: int, sieve: Sieve | None = None
) -> tuple[list[Message], int | None]:
    """See `mailcap.domain.survey_store.SurveyStore.walk_public`."""
    found, end = _messages(connection, _WALK_ALL, sieve, first=first, below=below, most=most)
    directory = Directory(connection, {message.inbox for message in found})
    public = [
        message
        for message in found
        if message.saved_by is None and directory.owner(message.inbox) is None
    ]
    return public, end


def number_at(connection: Connection, received: int) -> int:
    """See `mailcap.domain.survey_store.SurveyStore.number_at`."""
    ((last,),) = _LAST.execute(connection)
    low, high = 0, (last or 0) + 1
    while low < high:
        middle = (low + high) // 2
        rows = _NEXT.execute(connection, first=middle)
        if rows and rows[0][1] < received:
            low = rows[0][0] + 1
        else:
            high = middle
    return low


def _messages(
    connection: Connection, statement: Prepared, sieve: Sieve | None, **parameters: object
) -> tuple[list[Message], int | None]:
    """Return the messages that *sieve* keeps, and the number of the last that was there."""
    ((text,),) = statement.execute(connection, **parameters)
    if not text:
        return [], None
    found = text.split("\n")
    return [message_of(line) for line in filter(sieve, found)], number_of(found[-1])
