"""What a search asks that only the store can answer, message by message."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from email.utils import parsedate_tz
from typing import Any, Final, NamedTuple

from mailcap.domain.mailbox_store import Sift
from mailcap.domain.mailboxes import Row, Want
from mailcap.imap.items import thread_id
from mailcap.imap.message.matching import BodyText, HeaderText
from mailcap.imap.wire import keys
from mailcap.imap.wire.dates import LATEST
from mailcap.imap.wire.keys import Key, When
from mailcap.mime import headers

Test = Callable[[Row], bool]


class Criterion(NamedTuple):
    """What has to be read of a message, and what says whether it is meant.

    *sift* may tell from many header blocks at once which can be; see
    `mailcap.domain.mailbox_store.Sift`.
    """

    want: Want
    test: Test
    sift: Sift | None = None


_OF_TRACE = frozenset({"return-path", "received"})
_MAX_DATE = 200  # characters
_COMPARE: Final[Mapping[str, Callable[[date, date], bool]]] = {
    "<": operator.lt,
    "=": operator.eq,
    ">=": operator.ge,
}


def criterion(key: Key, *, now: float) -> Criterion:
    """Return how to find the messages that *key* means.

    *key* is of one of the kinds in `CRITERIA`; *now* is in Unix seconds.
    """
    return CRITERIA[type(key)](key, now)


def _header(key: keys.HeaderHas, _: float) -> Criterion:
    field = HeaderText(key.name, key.text)
    if key.name in _OF_TRACE:
        want = Want.TRACE | Want.HEADER
        return Criterion(want, lambda row: field.found_in(row.trace + row.header))
    return Criterion(Want.HEADER, lambda row: field.found_in(row.header), field.sift)


def _text(key: keys.TextHas, _: float) -> Criterion:
    words = BodyText(key.text, header=key.header)
    return Criterion(Want.CONTENT, lambda row: words.found_in(row.header, row.rest or b""))


def _sized(key: keys.Sized, _: float) -> Criterion:
    compare = operator.gt if key.larger else operator.lt
    return Criterion(Want.SIZE, lambda row: compare(row.size, key.octets))


def _within(key: keys.Within, now: float) -> Criterion:
    first = (now - key.seconds) * 1000
    return Criterion(Want.INTERNAL_DATE, lambda row: (row.internal_date >= first) is key.younger)


def _dated(key: keys.Dated, _: float) -> Criterion:
    compare, day = _COMPARE[key.how], key.day
    if key.when is When.SENT:
        return Criterion(Want.INTERNAL_DATE | Want.HEADER, lambda row: compare(_sent(row), day))
    if key.when is When.SAVED:
        return Criterion(Want.SAVED, lambda row: compare(_day(row.saved), day))
    return Criterion(Want.INTERNAL_DATE, lambda row: compare(_day(row.internal_date), day))


def _object_id(key: keys.ObjectId, _: float) -> Criterion:
    if not key.thread:
        return Criterion(Want.EMAIL_ID, lambda row: row.email_id == key.value)
    wanted = b"(%b)" % key.value.encode()
    return Criterion(Want.HEADER, lambda row: thread_id(row.header) == wanted)


def _sent(row: Row) -> date:
    """Return the day that the Date field names, in its own zone; without one, the internal."""
    value = headers.parse(row.header).get("date")
    parsed = parsedate_tz(value[:_MAX_DATE]) if value else None
    try:
        return date(*parsed[:3]) if parsed else _day(row.internal_date)
    except (ValueError, OverflowError, TypeError):
        return _day(row.internal_date)


def _day(milliseconds: int) -> date:
    return datetime.fromtimestamp(max(0, min(milliseconds, LATEST)) / 1000, UTC).date()


CRITERIA: Final[Mapping[type, Callable[[Any, float], Criterion]]] = {
    keys.HeaderHas: _header,
    keys.TextHas: _text,
    keys.Sized: _sized,
    keys.Within: _within,
    keys.Dated: _dated,
    keys.ObjectId: _object_id,
}
