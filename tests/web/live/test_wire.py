"""The framing: any bytes, in any pieces, and never more in memory than allowed."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Ping, Pong, TextMessage

from mailcap.web.live.wire import LONGEST, Closed, Pinged, Wire, text_frame

MASK = b"\x01\x02\x03\x04"


def masked(first: int, payload: bytes, *, length: int | None = None) -> bytes:
    """Return a client's frame that announces *length* octets."""
    size = len(payload) if length is None else length
    if size < 126:
        head = struct.pack("!BB", first, 0x80 | size)
    elif size < 65536:
        head = struct.pack("!BBH", first, 0x80 | 126, size)
    else:
        head = struct.pack("!BBQ", first, 0x80 | 127, size)
    return head + MASK + bytes(each ^ MASK[n % 4] for n, each in enumerate(payload))


def closed_with(events) -> int | None:
    """Return the code with which the last event closes."""
    if not events or not isinstance(events[-1], Closed):
        return None
    client = Connection(ConnectionType.CLIENT)
    client.receive_data(events[-1].answer)
    (event,) = client.events()
    assert isinstance(event, CloseConnection)
    return int(event.code)


def receive(*pieces: bytes) -> list:
    wire, found = Wire(), []
    for piece in pieces:
        found += wire.receive_data(piece)
    return found


@given(data=st.binary(max_size=300), cut=st.integers(0, 300))
def test_any_bytes_in_any_pieces(data, cut):
    assert receive(data) == receive(data[:cut], data[cut:])


VALID = st.lists(
    st.one_of(
        st.builds(TextMessage, st.text(max_size=50)),
        st.builds(BytesMessage, st.binary(max_size=200)),
        st.builds(Ping, st.binary(max_size=125)),
        st.builds(Pong, st.binary(max_size=125)),
    ),
    max_size=8,
)


@given(messages=VALID, size=st.integers(1, 64))
def test_what_clients_say_is_ignored_but_pings(messages, size):
    client = Connection(ConnectionType.CLIENT)
    data = b"".join(client.send(message) for message in messages)
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    found = receive(*pieces)
    assert all(isinstance(event, Pinged) for event in found)
    assert len(found) == sum(isinstance(message, Ping) for message in messages)


def test_a_ping_is_answered_with_what_it_says():
    (pinged,) = receive(masked(0x89, b"here?"))
    client = Connection(ConnectionType.CLIENT)
    client.receive_data(pinged.answer)
    assert list(client.events()) == [Pong(b"here?")]


@pytest.mark.parametrize("first", [0x81, 0x82])
def test_64_kib_are_allowed_and_no_octet_more(first):
    assert receive(masked(first, b"x" * LONGEST)) == []
    assert closed_with(receive(masked(first, b"x" * (LONGEST + 1)))) == 1009


def test_the_limit_is_of_a_message_in_however_many_frames():
    pieces = [masked(0x01, b"x" * 40_000), masked(0x80, b"x" * 25_536)]
    assert receive(*pieces, *pieces) == []
    pieces[1] = masked(0x00, b"x" * 25_537)
    assert closed_with(receive(*pieces)) == 1009


def test_octets_count_not_characters():
    text = ("ß" * (LONGEST // 2)).encode()
    assert receive(masked(0x81, text)) == []
    assert closed_with(receive(masked(0x81, text + b"x"))) == 1009


def test_a_long_frame_is_refused_before_it_is_there():
    wire = Wire()
    assert list(wire.receive_data(masked(0x82, b"", length=2**40))) == []
    sent = 0
    while not (found := list(wire.receive_data(b"x" * 1000))):
        sent += 1000
    assert closed_with(found) == 1009
    assert sent <= LONGEST
    assert list(wire.receive_data(b"x" * 10_000)) == []


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\x81\x01x", 1002),  # not masked
        (masked(0xC1, b"x"), 1002),  # compressed
        (masked(0x83, b"x"), 1002),  # no such opcode
        (masked(0x80, b"x"), 1002),  # goes on with nothing
        (masked(0x81, b"\xff"), 1007),  # no UTF-8
        (masked(0x89, b"x" * 126), 1002),  # too long for a ping
        (masked(0x88, b""), 1000),
        (masked(0x88, struct.pack("!H", 1001)), 1001),
        (masked(0x88, struct.pack("!H", 1006)), 1002),
    ],
)
def test_the_end(data, code):
    assert closed_with(receive(data)) == code


def test_nothing_is_sent_behind_a_close():
    wire = Wire()
    assert wire.close(1001)
    assert wire.ping() == wire.close(1000) == b""
    assert list(wire.receive_data(masked(0x89, b""))) == []
    assert not wire.is_closed
    (closed,) = wire.receive_data(masked(0x88, struct.pack("!H", 1001)))
    assert closed == Closed(b"")
    assert wire.is_closed


@given(st.text(max_size=300))
def test_a_text_frame_is_one_message(text):
    client = Connection(ConnectionType.CLIENT)
    client.receive_data(text_frame(text))
    assert list(client.events()) == [TextMessage(text, message_finished=True)]
