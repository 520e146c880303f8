"""Dates, in both directions."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcap.imap.wire.dates import date_time, parse_date, parse_date_time


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("17-Jul-1996 02:44:25 -0700", 837596665000),
        (" 1-Jan-1970 00:00:00 +0000", 0),
        ("01-jan-1970 01:00:00 +0100", 0),
        ("31-Dec-1969 23:59:59 +0000", 0),
        ("31-Dec-9999 23:59:59 -9959", 253402300799999),
        ("01-Jan-0001 00:00:00 +9959", 0),
    ],
)
def test_date_time(text: str, milliseconds: int) -> None:
    assert parse_date_time(text) == milliseconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "17-Jul-1996",
        "17-Foo-1996 02:44:25 -0700",
        "32-Jul-1996 02:44:25 -0700",
        "17-Jul-1996 25:44:25 -0700",
        "17-Jul-1996 02:44:25 -0799",
        "17-Jul-1996 02:44:25",
        "1-Jan-0000 00:00:00 +0000",
    ],
)
def test_what_is_no_date(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        parse_date_time(text)


def test_a_date_alone() -> None:
    assert parse_date("1-Feb-1994") == parse_date("01-feb-1994") == date(1994, 2, 1)


@given(st.integers(0, 253_402_300_799))
def test_a_moment_comes_back(seconds: int) -> None:
    assert parse_date_time(date_time(seconds * 1000).decode().strip('"')) == seconds * 1000


def test_moments_that_no_calendar_has() -> None:
    assert date_time(-5) == b'" 1-Jan-1970 00:00:00 +0000"'
    assert date_time(10**18) == b'"31-Dec-9999 23:59:59 +0000"'
