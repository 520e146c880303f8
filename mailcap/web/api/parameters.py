"""What may stand in the query of a URL, and what it means."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from mailcap.domain.errors import InvalidValue
from mailcap.web.routing import Parameter

_DEFAULT_LIMIT = 20
_MOST = 1000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_MILLISECOND = timedelta(milliseconds=1)
_DAY = 86_400_000
_NUMBER = re.compile(r"[0-9]{1,9}")
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def is_message_id(text: str) -> bool:
    """Whether *text* could be a message's ``_id``: letters, digits, ``_`` and ``-``."""
    return _ID.fullmatch(text) is not None


def read_until(text: str) -> int:
    """Return a point in time, ISO 8601, in Unix milliseconds.

    Without an offset it is UTC; a bare date stands for the last moment of that day.
    A ``+`` that was not encoded in the query arrives as a space.
    """
    try:
        if day := _bare_date(text):
            return (day.toordinal() - _EPOCH_DAY + 1) * _DAY - 1
        moment = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
    except ValueError:
        raise InvalidValue("this is no date or time as ISO 8601 writes them.") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // _MILLISECOND


def read_limit(text: str) -> int:
    """Return a number of messages."""
    if not _NUMBER.fullmatch(text) or int(text) > _MOST:
        raise InvalidValue(f"this is no whole number from 0 to {_MOST}.")
    return int(text)


def read_id(text: str) -> str:
    """Return a message's ``_id``."""
    if not is_message_id(text):
        raise InvalidValue("this is no _id of a message.")
    return text


def read_switch(text: str) -> bool:
    """Return whether a switch is on: ``1`` and ``true`` are."""
    return text.lower() in {"1", "true"}


def read_true(text: str) -> bool:
    """Return whether *text* is the one word that means yes where much is at stake."""
    return text == "true"


def _bare_date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


UNTIL = Parameter("until", read_until)
BEFORE = Parameter("before", read_id)
LIMIT = Parameter("limit", read_limit, _DEFAULT_LIMIT)
DOWNLOAD = Parameter("download", read_switch, default=False)
