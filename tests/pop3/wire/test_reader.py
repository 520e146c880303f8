"""From octets to commands: any split, any octets, and every limit."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcap.connection.lines import AUTH_LINE
from mailcap.pop3.wire import commands as c
from mailcap.pop3.wire.reader import COMMAND_LINE, Reader


def events(reader: Reader, *pieces: bytes) -> list[c.Command]:
    found = []
    for piece in pieces:
        reader.receive_data(piece)
        while (event := reader.next_event()) is not None:
            found.append(event)
    return found


def test_lines_end_in_crlf_or_lf():
    assert events(Reader(), b"STAT\r\nRETR 1\nNO", b"OP\r", b"\nQUIT") == [
        c.Stat(),
        c.Retr(1),
        c.Noop(),
    ]


def test_a_response_is_one_line():
    reader = Reader()
    reader.receive_data(b"AUTH PLAIN\r\nSTAT\r\nSTAT\r\n")
    assert reader.next_event() == c.Auth("PLAIN")
    reader.expect_response()
    assert [reader.next_event() for _ in range(3)] == [c.AuthResponse(b"STAT"), c.Stat(), None]


def test_discard_forgets_all():
    reader = Reader()
    reader.receive_data(b"x" * 300 + b"STA")
    assert reader.next_event() is None
    reader.discard()
    assert (reader.waiting, reader.held) == (0, 0)
    assert events(reader, b"NOOP\r\n") == [c.Noop()]


@pytest.mark.parametrize(
    ("start", "limit"), [(b"NOOP ", COMMAND_LINE), (b"auth PLAIN ", AUTH_LINE)]
)
@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_a_line_may_have_so_many_octets_and_no_more(start, limit, size):
    def cut(line: bytes) -> list[bytes]:
        return [line[at : at + size] for at in range(0, len(line), size)]

    longest = start + b"x" * (limit - len(start) - 2) + b"\r\n"
    assert len(longest) == limit
    assert c.LineTooLong() not in events(Reader(), *cut(longest))
    over = start + b"x" * (limit - len(start) - 1) + b"\r\n"
    assert events(Reader(), *cut(over + b"STAT\r\n")) == [c.LineTooLong(), c.Stat()]


def test_a_response_may_be_long_too():
    reader = Reader()
    reader.expect_response()
    longest = b"x" * (AUTH_LINE - 2)
    assert events(reader, longest + b"\r\n") == [c.AuthResponse(longest)]
    reader.expect_response()
    assert events(reader, longest + b"x\r\nSTAT\r\n") == [c.LineTooLong(), c.Stat()]


def test_what_is_too_long_is_not_kept():
    reader = Reader()
    for _ in range(1000):
        assert events(reader, b"x" * 1000) == []
        assert reader.held < 2 * COMMAND_LINE
    assert events(reader, b"QUIT\r\n") == [c.LineTooLong()]


lines = st.lists(
    st.sampled_from([b"STAT\r\n", b"RETR 1\n", b"LIST\r\n", b"PASS x y\r\n", b"\r\n", b"\n\n"])
    | st.integers(COMMAND_LINE - 4, COMMAND_LINE + 4).map(lambda n: b"x" * n + b"\r\n")
    | st.binary(max_size=10),
).map(b"".join)


@given(lines, st.sets(st.integers(0, 2000)))
def test_any_split_gives_the_same(octets, cuts):
    places = sorted({0, *(cut % (len(octets) + 1) for cut in cuts), len(octets)})
    split = events(Reader(), *(octets[a:b] for a, b in pairwise(places)))
    assert split == events(Reader(), octets)
