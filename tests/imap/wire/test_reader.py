"""From octets to commands: framing, literals and every limit."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcap.imap.wire import commands as c
from mailcap.imap.wire.events import (
    Done,
    Dropped,
    LineTooLong,
    LiteralAnnounced,
    Malformed,
    Response,
    TooBig,
)
from mailcap.imap.wire.reader import RESPONSE_LIMIT, Event, Reader

MESSAGE_LIMIT = 100_000


def reader(**settings: int) -> Reader:
    return Reader(message_limit=MESSAGE_LIMIT, **settings)


def events(source: Reader, *pieces: bytes) -> list[Event]:
    """Return all events, letting every literal come."""
    found: list[Event] = []
    for piece in pieces:
        source.receive_data(piece)
        while (event := source.next_event()) is not None:
            found.append(event)
    return found


NOOP = c.Noop("a")


def test_lines_end_with_cr_lf_or_a_bare_lf() -> None:
    assert events(reader(), b"a NOOP\r\na NOOP\na NO", b"OP", b"\r", b"\n") == [NOOP] * 3


def test_a_literal_is_announced_once_and_waited_for() -> None:
    source = reader()
    assert events(source, b"a LOGIN {1}\r\n") == [LiteralAnnounced("a")]
    assert events(source, b"x {1}\r\n") == [LiteralAnnounced("a")]
    assert events(source, b"y") == []
    assert events(source, b"\r\n") == [c.Login("a", "x", "y")]


def test_a_literal_that_nobody_waits_for() -> None:
    assert events(reader(), b"a LOGIN {1+}\r\nx {1+}\r\ny\r\n") == [c.Login("a", "x", "y")]


def test_nothing_in_a_literal_ends_a_command() -> None:
    source = reader()
    assert events(source, b"a LOGIN x {15+}\r\na\r\nb NOOP {9}\r\n\r\n") == [
        c.Login("a", "x", "a\r\nb NOOP {9}\r\n")
    ]


def test_a_message_and_its_size() -> None:
    source = reader()
    assert events(source, b"a APPEND x (\\Seen) {5}\r\n") == [LiteralAnnounced("a", 5)]
    assert source.in_message
    assert events(source, b"hi\r\n") == []
    assert source.in_message
    assert events(source, b"!") == []
    assert not source.in_message
    (append,) = events(source, b"\r\n")
    assert append == c.Append("a", "x", (c.NewMessage(b"hi\r\n!", ("\\Seen",)),))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"a APPEND {1}\r\n", False),
        (b"a APPEND {1+}\r\nx {1}\r\n", True),
        (b"a APPEND x {1+}\r\ny () {1}\r\n", True),
        (b"a append x UTF8 (~{1}\r\n", True),
        (b"a REPLACE 4 {1}\r\n", False),
        (b"a REPLACE 4 x {1}\r\n", True),
        (b"a UID REPLACE 4 x {1}\r\n", True),
        (b"a LOGIN APPEND {1}\r\n", False),
        (b"a SEARCH TEXT {1}\r\n", False),
    ],
)
def test_what_is_a_message(line: bytes, message: bool) -> None:
    assert events(reader(), line) == [LiteralAnnounced("a", 1 if message else None)]


def test_a_message_may_be_larger_than_a_command() -> None:
    body = b"x" * 90_000
    source = reader(command_limit=100)
    (append,) = events(source, b"a APPEND x {90000+}\r\n", body, b" {90000+}\r\n" + body + b"\r\n")
    assert isinstance(append, c.Append)
    assert [message.octets for message in append.messages] == [body, body]


def test_a_literal_that_is_too_large_is_refused_before_it_comes() -> None:
    source = reader(command_limit=100)
    assert events(source, b"a LOGIN x {200}\r\n") == [TooBig("a", coming=False)]
    assert events(source, b"a APPEND x {100001}\r\n") == [TooBig("a", coming=False)]
    assert events(source, b"a NOOP\r\n") == [NOOP]


@pytest.mark.parametrize("line", [b"a LOGIN x {200+}\r\n", b"a APPEND x {100001+}\r\n"])
def test_behind_a_literal_that_comes_anyway_nothing_is_read(line: bytes) -> None:
    source = reader(command_limit=100)
    assert events(source, line, b"a NOOP\r\n" * 99) == [TooBig("a", coming=True)]
    assert source.held == 0


def test_small_literals_count_together() -> None:
    source = reader(command_limit=1000)
    found = events(source, b"a LOGIN", *[b" {9+}\r\n123456789"] * 200)
    assert len(found) == 1
    assert isinstance(found[0], TooBig | LineTooLong)
    assert source.held == 0


def test_a_line_that_is_too_long_ends_everything() -> None:
    source = reader(command_limit=1000)
    found = events(source, b"a NOOP", *[b" " * 100] * 20, b"\r\na NOOP\r\n")
    assert found == [LineTooLong()]
    assert source.held == 0


def test_limits_change() -> None:
    source = reader(command_limit=50)
    source.command_limit = 500
    assert events(source, b"a LOGIN x " + b"y" * 400 + b"\r\n") == [c.Login("a", "x", "y" * 400)]


def test_the_client_is_refused() -> None:
    source = reader()
    assert events(source, b"a APPEND x {5}\r\n") == [LiteralAnnounced("a", 5)]
    source.abandon()
    assert events(source, b"a NOOP\r\n") == [NOOP]


def test_a_message_that_is_given_up() -> None:
    source = reader()
    source.receive_data(b"b APPEND x {50000}\r\n" + b"x" * 20_000)
    assert source.next_event() == LiteralAnnounced("b", 50_000)
    assert source.next_event() is None
    source.drop_message()
    assert source.held == 0
    assert events(source, b"a NOOP\r\n" * 3750) == []
    assert source.held == 0
    assert events(source, b"\r\na NOOP\r\n") == [Dropped("b"), NOOP]


def test_answers_of_an_authentication() -> None:
    source = reader(command_limit=10)
    source.expect_response()
    assert events(source, b"x" * 5000) == []
    assert events(source, b"{5}\r\na NOOP\r\n") == [Response(b"x" * 5000 + b"{5}"), NOOP]
    source.expect_response()
    assert events(source, b"y" * (RESPONSE_LIMIT + 1)) == [LineTooLong()]


def test_the_end_of_idle() -> None:
    source = reader()
    source.expect_done()
    assert events(source, b"done\r\na NOOP\r\n") == [Done(), NOOP]
    source.expect_done()
    assert events(source, b"a NOOP\r\n") == [Malformed("*", "DONE is missing")]


def test_starttls_forgets() -> None:
    source = reader()
    events(source, b"a APPEND x {5}\r\nab")
    source.discard()
    assert source.held == 0
    assert events(source, b"a NOOP\r\n") == [NOOP]


def test_what_is_malformed() -> None:
    found = events(reader(), b"\r\nxyz\r\na FOO\r\na SEARCH CHARSET x ALL\r\n")
    assert [(one.tag, one.charset) for one in found if isinstance(one, Malformed)] == [
        ("*", False),
        ("xyz", False),
        ("a", False),
        ("a", True),
    ]


SESSION = (
    b"a LOGIN {1}\r\nx {1+}\r\ny\r\nb APPEND z () {7}\r\na\r\nb\r\n \r\nc NOOP\nFOO\r\n"
    b"d APPEND {1+}\r\nz {3}\r\nabc {2+}\r\nde\r\ne LOGOUT\r\n"
)


@given(st.lists(st.integers(0, len(SESSION)), max_size=20).map(sorted))
def test_any_split_gives_the_same_events(cuts: list[int]) -> None:
    ends = [0, *cuts, len(SESSION)]
    pieces = [SESSION[start:end] for start, end in pairwise(ends)]
    assert events(reader(), *pieces) == events(reader(), SESSION)


WORDS = st.lists(
    st.sampled_from(
        [
            b"a ",
            b"APPEND ",
            b"x ",
            b"{3}",
            b"{3+}",
            b"~{3}",
            b"{999999999}",
            b"\r\n",
            b"\n",
            b"abc",
            b'"',
        ]
    )
    | st.binary(max_size=5)
)


@given(WORDS, st.sampled_from([20, 8192]))
def test_any_octets_give_events_and_nothing_else(pieces: list[bytes], limit: int) -> None:
    source = reader(command_limit=limit)
    for number, piece in enumerate(pieces):
        source.receive_data(piece)
        while (event := source.next_event()) is not None:
            if isinstance(event, LiteralAnnounced) and number % 3 == 0:
                source.abandon()
        if number % 5 == 4:
            source.drop_message()
        assert source.held == source.waiting <= limit + MESSAGE_LIMIT + 64


def test_many_literals_cost_no_more_than_their_octets() -> None:
    source = Reader(message_limit=MESSAGE_LIMIT, command_limit=65_536)
    begin = time.process_time()
    found = events(source, b"a SEARCH", *[b" TEXT {1}\r\nx"] * 900, b"\r\n")
    assert isinstance(found[-1], c.Search)
    assert time.process_time() - begin < 2


def test_a_line_that_comes_octet_by_octet_takes_linear_time() -> None:
    source = Reader(message_limit=MESSAGE_LIMIT, command_limit=65_536)
    begin = time.process_time()
    for _ in range(60_000):
        source.receive_data(b"x")
        assert source.next_event() is None
    assert time.process_time() - begin < 3
