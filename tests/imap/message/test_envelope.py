"""ENVELOPE: RFC 9051 section 7.5.2, and headers as people really write them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcap.imap.message.envelope import envelope

MRC = b'("Terry Gray" NIL "gray" "cac.washington.edu")'


def header(*lines: str) -> bytes:
    return "\r\n".join((*lines, "", "")).encode()


def test_the_example_of_the_rfc() -> None:
    found = envelope(
        header(
            "Date: Wed, 17 Jul 1996 02:23:25 -0700 (PDT)",
            "From: Terry Gray <gray@cac.washington.edu>",
            "Subject: IMAP4rev2 WG mtg summary and minutes",
            "To: imap@cac.washington.edu",
            "cc: minutes@CNRI.Reston.VA.US, John Klensin <KLENSIN@MIT.EDU>",
            "Message-Id: <B27397-0100000@cac.washington.edu>",
        )
    )
    assert found == (
        b'("Wed, 17 Jul 1996 02:23:25 -0700 (PDT)" "IMAP4rev2 WG mtg summary and minutes" '
        b"(" + MRC + b") (" + MRC + b") (" + MRC + b") "
        b'((NIL NIL "imap" "cac.washington.edu")) '
        b'((NIL NIL "minutes" "CNRI.Reston.VA.US")("John Klensin" NIL "KLENSIN" "MIT.EDU")) '
        b'NIL NIL "<B27397-0100000@cac.washington.edu>")'
    )


def test_nothing_at_all() -> None:
    assert envelope(b"") == b"(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)"


def test_a_group_has_a_beginning_and_an_end() -> None:
    found = envelope(header("To: Friends: a@b.test, c@d.test;"))
    assert (
        b'((NIL NIL "Friends" NIL)(NIL NIL "a" "b.test")(NIL NIL "c" "d.test")(NIL NIL NIL NIL))'
    ) in found


@pytest.mark.parametrize("name", ["Sender", "Reply-To"])
def test_a_sender_of_its_own(name: str) -> None:
    found = envelope(header("From: a@b.test", f"{name}: c@d.test"))
    assert found.count(b'"a"') == 2
    assert found.count(b'"c"') == 1


def test_an_empty_sender_is_the_author() -> None:
    assert envelope(header("From: a@b.test", "Reply-To:")).count(b'"a"') == 3


def test_quotes_and_backslashes_are_escaped() -> None:
    assert rb'"say \"hi\" \\o/"' in envelope(header(r'Subject: say "hi" \o/'))


def test_encoded_words_stay_as_they_were_sent() -> None:
    assert b'"=?utf-8?q?Gr=C3=BC=C3=9Fe?="' in envelope(
        header("Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=")
    )


def test_what_is_not_ascii_is_a_literal() -> None:
    assert "{7}\r\nGrüße".encode() in envelope(header("Subject: Grüße"))


def test_a_long_value_is_a_literal() -> None:
    assert b"{1001}\r\nxxx" in envelope(header("Subject: " + "x" * 1001))


def strings_removed(octets: bytes) -> bytes:
    """Take away literals, then quoted strings."""
    found = b""
    while match := re.search(rb"\{(\d+)\}\r\n|\"(?:[^\"\\\r\n]|\\[\"\\])*\"", octets):
        found += octets[: match.start()] + b"s"
        octets = octets[match.end() + int(match[1] or 0) :]
    return found + octets


ADDRESSES = rb"(?:NIL|\((?:\((?:s|NIL) (?:s|NIL) (?:s|NIL) (?:s|NIL)\)|NIL)+\))"
SHAPE = re.compile(rb"\((?:s|NIL) (?:s|NIL)(?: " + ADDRESSES + rb"){6} (?:s|NIL) (?:s|NIL)\)")
NAMES = st.sampled_from(
    [b"From", b"Sender", b"Reply-To", b"To", b"Cc", b"Subject", b"Date", b"Message-Id"]
)
NASTY = st.lists(
    st.sampled_from(
        [
            b'"',
            b"\\",
            b"<",
            b">",
            b"(",
            b")",
            b"@",
            b",",
            b";",
            b":",
            b"\0",
            b"\xff",
            b"a",
            b" ",
            b"{3}",
        ]
    )
).map(b"".join)


@given(st.lists(st.tuples(NAMES, NASTY | st.binary(max_size=40))))
def test_any_header_has_a_valid_envelope(fields: list[tuple[bytes, bytes]]) -> None:
    found = envelope(b"".join(b"%b: %b\r\n" % field for field in fields) + b"\r\n")
    assert SHAPE.fullmatch(strings_removed(found)), found
    assert b"\0" not in found
