"""What SORT compares: RFC 5256 section 3, RFC 5957."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcap.imap.message.sorting import keys, sent
from mailcap.mime import headers


def fields(*lines: str) -> headers.Fields:
    return headers.parse("\r\n".join((*lines, "", "")).encode())


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("Thu, 01 Jan 1970 00:00:10 +0000", 10),
        ("Thu, 01 Jan 1970 01:00:10 +0100", 10),
        ("1 Jan 1970 00:00:10", 10),
        ("Wed, 17 Jul 1996 02:23:25 -0700 (PDT)", 837595405),
        ("yesterday", None),
        ("Thu, 99 Jan 1970 00:00:00 +0000", None),
        ("", None),
    ],
)
def test_when_it_was_sent(date: str, expected: int | None) -> None:
    assert sent(fields(f"Date: {date}")) == expected


def test_no_date() -> None:
    assert sent(fields()) is None


def test_everything_else() -> None:
    found = keys(
        fields(
            "From: =?utf-8?q?=C3=84rger?= <Zoe@x.test>, b@x.test",
            "To: Friends: a@x.test;",
            "Cc: CC@x.test",
            "Subject: Re: HELLO",
        )
    )
    assert (found.subject, found.from_, found.to, found.cc) == ("hello", "zoe", "friends", "cc")
    assert (found.display_from, found.display_to) == ("ärger", "friends")


def test_an_address_without_a_name_is_shown_itself() -> None:
    assert keys(fields("From: A@x.test")).display_from == "a@x.test"


def test_nothing_to_compare() -> None:
    found = keys(fields())
    assert (found.sent, found.subject, found.from_, found.display_to) == (None, "", "", "")


@given(st.binary(max_size=300))
def test_anything_has_keys(header: bytes) -> None:
    keys(headers.parse(b"Date: " + header))
    keys(headers.parse(b"From: " + header))
