"""Messages on their way out: what a client undoes is what was stored, wherever it is cut."""

import re
import time
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailcap.pop3.wire.multiline import FirstLines, Stuffing
from mailcap.store.bodies import count_crlf_added

odd = st.lists(
    st.sampled_from([b"\r", b"\n", b".", b"\r\n", b"\r\n.", b"\n.\n", b"a", b"\0", b"\xff"])
    | st.binary(max_size=3)
).map(b"".join)
cuts = st.sets(st.integers(0, 200))


def sent(*pieces: bytes) -> bytes:
    stuffing = Stuffing()
    return b"".join([*map(stuffing.piece, pieces), stuffing.end()])


def received(octets: bytes) -> bytes:
    """Return what a client makes of an answer, which has to end exactly at its end."""
    lines = octets.split(b"\r\n")
    end = lines.index(b".")
    assert lines[end + 1 :] == [b""]
    return b"".join(line.removeprefix(b".") + b"\r\n" for line in lines[:end])


def expected(octets: bytes) -> bytes:
    """Return *octets* with every line ended by CRLF."""
    whole = re.sub(rb"(?<!\r)\n", b"\r\n", octets)
    return whole if not whole or whole.endswith(b"\n") else whole + b"\r\n"


def split(octets: bytes, places: set[int]) -> list[bytes]:
    chosen = sorted({0, *(place % (len(octets) + 1) for place in places), len(octets)})
    return [octets[a:b] for a, b in pairwise(chosen)]


@pytest.mark.parametrize(
    ("octets", "wire"),
    [
        (b"", b".\r\n"),
        (b"a", b"a\r\n.\r\n"),
        (b"a\n", b"a\r\n.\r\n"),
        (b"a\r", b"a\r\r\n.\r\n"),
        (b".", b"..\r\n.\r\n"),
        (b"..\r\n", b"...\r\n.\r\n"),
        (b"a\n.\n+OK fake", b"a\r\n..\r\n+OK fake\r\n.\r\n"),
        (b"a\r.\r\nb\0\xff", b"a\r.\r\nb\0\xff\r\n.\r\n"),
    ],
)
def test_lines_and_dots(octets, wire):
    assert sent(octets) == wire
    assert sent(*(octets[at : at + 1] for at in range(len(octets)))) == wire


@given(odd, cuts)
@example(b"a\r\n.\r\nb", {2})
@example(b"a\n.\n+OK fake\r\n", {1, 2})
def test_any_octets_in_any_pieces(octets, places):
    wire = sent(*split(octets, places))
    assert wire == sent(octets)
    assert received(wire) == expected(octets)
    assert b"\n" not in wire.replace(b"\r\n", b"")


@given(odd)
def test_what_is_added_is_counted(octets):
    cut = octets.find(b"\n") + 1 or len(octets)
    added = count_crlf_added(octets[:cut], octets[cut:])
    assert len(expected(octets)) == len(octets) + added


@given(odd, st.integers(0, 10), cuts)
def test_so_many_lines(octets, lines, places):
    first = FirstLines(lines)
    some = b"".join(map(first.piece, split(octets, places)))
    assert some == b"".join(re.findall(rb"[^\n]*\n|[^\n]+\Z", octets)[:lines])


@pytest.mark.parametrize("piece", [b"\n", b".", b"\n.", b"\r", b"\r\n.", b"a\n"])
def test_odd_mail_takes_no_longer_than_any_other(piece):
    began = time.perf_counter()
    sent(piece * (2**20 // len(piece)))
    FirstLines(2**19).piece(piece * (2**20 // len(piece)))
    assert time.perf_counter() - began < 2
