"""What may stand in a query."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcap.domain.errors import InvalidValue
from mailcap.domain.identifiers import new_base
from mailcap.web.api.parameters import (
    is_message_id,
    read_id,
    read_limit,
    read_switch,
    read_until,
)
from mailcap.web.api.shapes import iso_time

NOON = 1_709_208_000_000  # 2024-02-29T12:00:00Z
END_OF_DAY = 1_709_251_199_999


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2024-02-29T12:00:00Z", NOON),
        ("2024-02-29T12:00:00.000Z", NOON),
        ("2024-02-29T12:00:00", NOON),
        ("2024-02-29 12:00:00", NOON),
        ("2024-02-29T12:00", NOON),
        ("2024-02-29T14:00:00+02:00", NOON),
        ("2024-02-29T14:00:00 02:00", NOON),
        ("2024-02-29T08:30:00-03:30", NOON),
        ("2024-02-29T12:00:00.007Z", NOON + 7),
        ("2024-02-29T12:00:00.0079Z", NOON + 7),
        ("2024-02-29T12:00:00.007999+00:00", NOON + 7),
        ("2024-02-29", END_OF_DAY),
        ("20240229", END_OF_DAY),
        ("1969-12-31", -1),
        ("0001-01-01T00:00:00+14:00", -62_135_647_200_000),
        ("9999-12-31", 253_402_300_799_999),
    ],
)
def test_points_in_time(text, wanted):
    assert read_until(text) == wanted


@given(st.datetimes(), st.integers(-840, 840))
def test_times_as_servers_and_clients_write_them(moment, minutes):
    offset = timezone(timedelta(minutes=minutes))
    local = moment.replace(tzinfo=offset)
    milliseconds = (local - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    assert read_until(local.isoformat()) == milliseconds
    utc = moment.replace(microsecond=moment.microsecond // 1000 * 1000, tzinfo=UTC)
    text = utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert iso_time(read_until(text)) == text


@given(st.text())
def test_any_text_is_a_time_or_refused(text):
    with suppress(InvalidValue):
        assert isinstance(read_until(text), int)


@pytest.mark.parametrize(
    "text",
    ["", "x", "now", "2024", "2024-02", "2024-02-30", "24-02-29", "12:00", "1709208000",
     "2024-02-29T25:00:00Z", "2024-02-29T12:00:00Q", "2024-02-29T12:00:00+25:00", "2024-02-29T",
     "+275760-09-13T00:00:00.000Z", "Thu Feb 29 2024", "\0"],
)  # fmt: skip
def test_what_is_no_time(text):
    with pytest.raises(InvalidValue):
        read_until(text)


@pytest.mark.parametrize(("text", "wanted"), [("0", 0), ("1", 1), ("020", 20), ("1000", 1000)])
def test_limits(text, wanted):
    assert read_limit(text) == wanted


@pytest.mark.parametrize(
    "text", ["", "-1", "1001", "1.5", "1e2", "0x1", " 1", "1 ", "+1", "\u0661", "1_0", "9" * 5000]
)
def test_what_is_no_limit(text):
    with pytest.raises(InvalidValue):
        read_limit(text)


@given(st.floats(0, 2**38), st.integers(0, 999))
def test_our_own_ids(now, index):
    text = f"{new_base(now)}-{index}"
    assert is_message_id(text)
    assert read_id(text) == text


@pytest.mark.parametrize("text", ["", "a b", "a/b", "é", "a\0", "a\n", "x" * 65, "a.b", "'"])
def test_what_is_no_id(text):
    assert not is_message_id(text)
    with pytest.raises(InvalidValue):
        read_id(text)


@pytest.mark.parametrize(
    ("text", "wanted"), [("1", True), ("true", True), ("True", True), ("0", False), ("", False),
                         ("false", False), ("2", False), ("yes", False)],
)  # fmt: skip
def test_switches(text, wanted):
    assert read_switch(text) is wanted
