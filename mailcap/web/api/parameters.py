"""What may stand in the query of a URL, and what it means."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from mailcap.domain.errors import InvalidValue
from mailcap.web.routing import Parameter

_DEFAULT_LIMIT = 20
MOST = 1000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_MILLISECOND = timedelta(milliseconds=1)
_DAY = 86_400_000
_LONGEST_WAIT = 300  # seconds
_MOST_AWAITED = 100
_NUMBER = re.compile(r"[0-9]{1,9}")
_SECONDS = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
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


def read_skip(text: str) -> int:
    """Return how many to pass over."""
    if not _NUMBER.fullmatch(text):
        raise InvalidValue("this is no whole number.")
    return int(text)


def read_limit(text: str) -> int:
    """Return a number of messages."""
    if not _NUMBER.fullmatch(text) or int(text) > MOST:
        raise InvalidValue(f"this is no whole number from 0 to {MOST}.")
    return int(text)


def read_since(text: str) -> int:
    """Return a point in time as `read_until`; a bare date is the first moment of that day."""
    return read_until(text) - (_DAY - 1 if _bare_date(text) else 0)


def read_seconds(text: str) -> float:
    """Return for how many seconds a request may wait."""
    if not _SECONDS.fullmatch(text) or float(text) > _LONGEST_WAIT:
        raise InvalidValue(f"this is no number from 0 to {_LONGEST_WAIT}.")
    return float(text)


def read_count(text: str) -> int:
    """Return how many messages are waited for."""
    if not _NUMBER.fullmatch(text) or not 0 < int(text) <= _MOST_AWAITED:
        raise InvalidValue(f"this is no whole number from 1 to {_MOST_AWAITED}.")
    return int(text)


def read_boolean(text: str) -> bool:
    """Return ``true`` or ``false``, in any case; ``1`` and ``0`` are the same."""
    if text.lower() not in _BOOLEANS:
        raise InvalidValue("this is neither true nor false.")
    return _BOOLEANS[text.lower()]


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


_MOMENT = {"type": "string", "anyOf": [{"format": "date-time"}, {"format": "date"}]}
_BOOLEAN = {"type": "boolean"}

UNTIL = Parameter(
    "until",
    read_until,
    schema=_MOMENT,
    help="Received up to this time, inclusive; a bare date means to the end of that UTC day.",
)
BEFORE = Parameter(
    "before",
    read_id,
    schema={"type": "string", "pattern": f"^{_ID.pattern}$"},
    help="Continue exactly behind the message with this _id.",
)
LIMIT = Parameter(
    "limit",
    read_limit,
    _DEFAULT_LIMIT,
    schema={"type": "integer", "minimum": 0, "maximum": MOST, "default": _DEFAULT_LIMIT},
    help="How many messages at most.",
)
DOWNLOAD = Parameter(
    "download",
    read_switch,
    default=False,
    schema={"type": "string"},
    help="1 or true: a browser shall save it.",
)
TIMEOUT = Parameter(
    "timeout",
    read_seconds,
    30.0,
    schema={"type": "number", "minimum": 0, "maximum": _LONGEST_WAIT, "default": 30},
    help="For how many seconds to wait.",
)
SINCE = Parameter(
    "since", read_since, schema=_MOMENT, help="Received from this time on, inclusive."
)
SUBJECT_INCLUDES = Parameter(
    "subject",
    str,
    "",
    spellings=("subjectIncludes",),
    help="The subject has this in it; the case does not matter, and nothing is a pattern.",
)
FROM = Parameter(
    "sender",
    str,
    "",
    spellings=("from",),
    help="The whole address of the sender, in the header or the envelope, in any case.",
)
UNREAD_ONLY = Parameter(
    "unread_only",
    read_boolean,
    default=False,
    spellings=("unreadOnly",),
    schema=_BOOLEAN,
    help="Only messages that nobody has marked as read.",
)
SKIP = Parameter(
    "skip", read_skip, 0, schema={"type": "integer", "minimum": 0}, help="How many to pass over."
)
COUNT = Parameter(
    "count",
    read_count,
    1,
    schema={"type": "integer", "minimum": 1, "maximum": _MOST_AWAITED, "default": 1},
    help="The least number of messages to wait for.",
)
