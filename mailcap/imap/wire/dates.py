"""Dates: date-time of APPEND and INTERNALDATE, date of SEARCH (RFC 9051 section 9)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NUMBERS = {month.upper(): number for number, month in enumerate(_MONTHS, 1)}
_DATE = re.compile(r"([ 0-9]?[0-9])-([A-Za-z]{3})-([0-9]{4})")
_TIME = re.compile(r" ([0-9]{2}):([0-9]{2}):([0-9]{2}) ([+-])([0-9]{2})([0-9]{2})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = 253_402_300_799_999  # the last millisecond of the year 9999


def parse_date(text: str) -> date:
    """Return a date such as ``1-Feb-1994``.  Raises `ValueError`."""
    match = _DATE.fullmatch(text)
    if match is None:
        raise ValueError("a date such as 1-Feb-1994 is missing")
    return _date(match)


def parse_date_time(text: str) -> int:
    """Return the Unix milliseconds of ``17-Jul-1996 02:44:25 -0700``.  Raises `ValueError`.

    What lies before 1970 or behind 9999 becomes the first or last moment between.
    """
    match = _DATE.match(text)
    clock = _TIME.fullmatch(text, match.end()) if match else None
    if match is None or clock is None:
        raise ValueError("a date and time such as 17-Jul-1996 02:44:25 -0700 is missing")
    hours, minutes = int(clock[5]), int(clock[6])
    if minutes > 59:  # noqa: PLR2004
        raise ValueError("a time zone has at most 59 minutes")
    zone = timedelta(hours=hours, minutes=minutes) * (-1 if clock[4] == "-" else 1)
    day = _date(match)
    second = min(int(clock[3]), 59)  # a leap second is one of ours
    moment = datetime(
        day.year, day.month, day.day, int(clock[1]), int(clock[2]), second, tzinfo=UTC
    )
    return max(0, min((moment - _EPOCH - zone) // timedelta(milliseconds=1), LATEST))


def date_time(milliseconds: int) -> bytes:
    """Return Unix *milliseconds* as a date-time, in quotes."""
    moment = _EPOCH + timedelta(milliseconds=max(0, min(milliseconds, LATEST)))
    month = _MONTHS[moment.month - 1]
    return f'"{moment.day:2}-{month}-{moment.year:04} {moment:%H:%M:%S} +0000"'.encode()


def _date(match: re.Match[str]) -> date:
    month = _NUMBERS.get(match[2].upper())
    if month is None:
        raise ValueError(f"{match[2]} is no month")
    return date(int(match[3]), month, int(match[1]))
