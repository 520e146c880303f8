import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mailcap.connection.lines import AUTH_LINE
from mailcap.smtp.wire.commands import Auth, Bdat, Data, LineTooLong, Noop, Quit, StartTLS
from mailcap.smtp.wire.events import AuthResponse, Chunk, Event, Flood, Message
from mailcap.smtp.wire.reader import Reader

LINES = 64
LIMIT = 100


class Client:
    """Feeds a reader, and tells it what comes next as a session without scruples would."""

    def __init__(self, line_limit: int = LINES, message_limit: int = LIMIT) -> None:
        self.reader = Reader(line_limit=line_limit, message_limit=message_limit)

    def send(self, *pieces: bytes) -> list[Event]:
        events: list[Event] = []
        for piece in pieces:
            self.reader.receive_data(piece)
            while (event := self.reader.next_event()) is not None:
                events.append(event)
                self._obey(event)
        return events

    def _obey(self, event: Event) -> None:
        match event:
            case Data():
                self.reader.expect_data()
            case Bdat(size, last):
                self.reader.expect_chunk(size, last=last)
            case Auth():
                self.reader.expect_response()
            case StartTLS():
                self.reader.discard()


def send(*pieces: bytes, **limits: int) -> list[Event]:
    return Client(**limits).send(*pieces)


def data(octets: bytes, **limits: int) -> list[Event]:
    """Return the events behind DATA."""
    data, *events = send(b"DATA\r\n" + octets, **limits)
    assert data == Data()
    return events


# Lines


def test_commands_one_by_one():
    client = Client()
    assert client.send(b"NOOP\r\nQU") == [Noop()]
    assert client.send(b"IT\r") == []
    assert client.send(b"\n") == [Quit()]
    assert client.reader.held == 0


def test_a_bare_lf_ends_a_command():
    assert send(b"NOOP\nQUIT\n") == [Noop(), Quit()]


@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
def test_a_line_may_be_as_long_as_its_limit(end):
    longest = b"NOOP ".ljust(LINES - len(end), b"x") + end
    assert len(longest) == LINES
    assert send(longest) == [Noop()]
    assert send(*(longest[at : at + 1] for at in range(LINES))) == [Noop()]


@pytest.mark.parametrize("length", [LINES + 1, LINES + 2, 10 * LINES, 100_000])
@pytest.mark.parametrize("size", [1, 7, LINES - 1, LINES, LINES + 1, 10**6])
def test_an_overlong_line_is_one_event_and_its_rest_no_command(length, size):
    octets = b"QUIT\r".ljust(length - 2, b"Q") + b"\r\nNOOP\r\n"
    client = Client()
    events = []
    for at in range(0, len(octets), size):
        events += client.send(octets[at : at + size])
        assert client.reader.held <= LINES + size
    assert events == [LineTooLong(), Noop()]


def test_a_login_may_be_longer():
    longest = b"auth PLAIN ".ljust(AUTH_LINE - 2, b"A") + b"\r\n"
    assert [type(event) for event in send(longest)] == [Auth]
    assert [type(event) for event in send(longest[:5000], longest[5000:])] == [Auth]
    assert send(b"A" + longest) == [LineTooLong()]
    assert send(longest[:-2] + b"A\r\n") == [LineTooLong()]


def test_a_response_may_be_longer():
    longest = b"A" * (AUTH_LINE - 2)
    client = Client()
    client.send(b"AUTH PLAIN\r\n")
    assert client.send(longest, b"\r\nNOOP\r\n") == [AuthResponse(longest), Noop()]
    client.send(b"AUTH PLAIN\r\n")
    assert client.send(longest, b"A\r\nNOOP\r\n") == [LineTooLong(), Noop()]


def test_a_response_is_no_command():
    client = Client()
    client.send(b"AUTH LOGIN\r\n")
    assert client.send(b"QUIT\r\n") == [AuthResponse(b"QUIT")]


def test_what_came_with_starttls_is_forgotten():
    client = Client()
    assert client.send(b"STARTTLS\r\nQUIT\r\nNO") == [StartTLS()]
    assert client.reader.held == 0
    assert client.send(b"NOOP\r\n") == [Noop()]


# DATA


@pytest.mark.parametrize(
    ("octets", "body"),
    [
        (b".\r\n", b""),
        (b"\r\n.\r\n", b"\r\n"),
        (b"a\r\n.\r\n", b"a\r\n"),
        (b"..\r\n.\r\n", b".\r\n"),
        (b"...\r\n.\r\n", b"..\r\n"),
        (b".a\r\n.\r\n", b"a\r\n"),
        (b"a\r\n..\r\n.b\r\n..c\r\n.\r\n", b"a\r\n.\r\nb\r\n.c\r\n"),
        (b"a.\r\n.\r\n", b"a.\r\n"),
        (b"\r\r\n.\r\n", b"\r\r\n"),
        (b"a\r\n\r\n\r\n.\r\n", b"a\r\n\r\n\r\n"),
        (b"\0\xff\x80\r\n.\r\n", b"\0\xff\x80\r\n"),
    ],
)
def test_a_message(octets, body):
    expected = [Message(body, len(body)), Quit()]
    assert data(octets + b"QUIT\r\n") == expected
    pieces = (octets[at : at + 1] for at in range(len(octets)))
    assert send(b"DATA\r\n", *pieces, b"QUIT\r\n") == [Data(), *expected]


@pytest.mark.parametrize(
    "end",
    [
        b"\n.\n",
        b"\r\n.\n",
        b"\n.\r\n",
        b"\r.\r",
        b"\r\n.\r",
        b"\r.\r\n",
        b"\r\n.\r\r\n",
        b"\r.\n",
        b"\n.\r",
        b"\n\n.\r\n",
        b"\r\n\0.\r\n",
        b"\r\n.\0\r\n",
        b"\r\n. \r\n",
        b"\r\n .\r\n",
        b"\r\n\xc2\x85.\r\n",
        b"\n.\r\r\n",
        b".\n",
        b".\r",
    ],
)
def test_nothing_else_ends_a_message(end):
    smuggled = b"hello" + end + b"MAIL FROM:<evil@example.test>\r\nRCPT TO:<b@c.test>\r\nDATA\r\n"
    body = smuggled.replace(b"\r\n.", b"\r\n")
    assert data(smuggled + b".\r\nQUIT\r\n", message_limit=1000) == [
        Message(body, len(body)),
        Quit(),
    ]


def test_an_end_at_the_very_beginning_must_be_complete_too():
    for octets in (b".\n", b".\r", b".", b"\n.\r\n", b"\r.\r\n"):
        assert data(octets) == []
    assert data(b".\nx\r\n.\r\n") == [Message(b"\nx\r\n", 4)]


@pytest.mark.parametrize("dots", [0, 1, 63, 64, 65, 500])
def test_many_octets_and_some_dots(dots):
    text = (b"a.b" * dots + b"x" * 20_000 + b"\r\n..c\r\n") * 3
    body = text.replace(b"\r\n.", b"\r\n")
    events = data(text + b".\r\n", message_limit=10**6)
    assert events == [Message(body, len(body))]


@pytest.mark.parametrize("size", [1, 2, 3, 1000, 16_385, 65_536])
def test_a_message_in_pieces(size):
    text = b"..a\r\n.b\r\n\r\n..\r\n" + b"x" * 20_000 + b"\r\n.\r\r\n..\r\n"
    body = (b"\r\n" + text).replace(b"\r\n.", b"\r\n")[2:]
    octets = text + b".\r\nQUIT\r\n"
    pieces = [octets[at : at + size] for at in range(0, len(octets), size)]
    assert send(b"DATA\r\n", *pieces, message_limit=10**6) == [
        Data(),
        Message(body, len(body)),
        Quit(),
    ]


def test_whether_a_message_is_arriving():
    client = Client()
    assert not client.reader.in_message
    client.send(b"DATA\r\nabc")
    assert client.reader.in_message
    client.send(b"\r\n.\r\n")
    assert not client.reader.in_message
    client.send(b"BDAT 5\r\nabc")
    assert client.reader.in_message
    client.send(b"de")
    assert not client.reader.in_message


# BDAT


def test_chunks():
    octets = b"BDAT 5\r\nab\r\n.BDAT 3\r\n\r\n.BDAT 4 LAST\r\n\r\n\n\0QUIT\r\n"
    expected = [
        Bdat(5, last=False),
        Chunk(5, kept=True),
        Bdat(3, last=False),
        Chunk(8, kept=True),
        Bdat(4, last=True),
        Message(b"ab\r\n.\r\n.\r\n\n\0", 12),
        Quit(),
    ]
    assert send(octets) == expected
    assert send(*(octets[at : at + 1] for at in range(len(octets)))) == expected


def test_a_last_chunk_may_be_empty():
    assert send(b"BDAT 0 LAST\r\n") == [Bdat(0, last=True), Message(b"", 0)]
    assert send(b"BDAT 0\r\nBDAT 0 LAST\r\n")[1::2] == [Chunk(0, kept=True), Message(b"", 0)]


def test_the_next_message_begins_anew():
    assert send(b"BDAT 1 LAST\r\naBDAT 1 LAST\r\nb")[1::2] == [Message(b"a", 1), Message(b"b", 1)]


# Limits


def test_a_message_may_be_as_large_as_the_limit():
    text = b"x" * (LIMIT - 2) + b"\r\n"
    assert data(text + b".\r\n") == [Message(text, LIMIT)]
    assert send(b"BDAT 100 LAST\r\n" + text)[1:] == [Message(text, LIMIT)]


def test_dots_for_transparency_do_not_count():
    text = b"..\r\n" * 33  # 99 octets without them
    assert data(text + b".\r\n") == [Message(b".\r\n" * 33, 99)]
    pieces = [text[at : at + 1] for at in range(len(text))]
    assert send(b"DATA\r\n", *pieces, b".\r\n")[1:] == [Message(b".\r\n" * 33, 99)]


@pytest.mark.parametrize("size", [1, 3, 50, 1000])
def test_what_is_too_much_is_thrown_away_as_it_comes(size):
    text = b"x" * (4 * LIMIT - 2) + b"\r\n"
    client = Client()
    events = client.send(b"DATA\r\n")
    for at in range(0, len(text), size):
        events += client.send(text[at : at + size])
        assert client.reader.held <= LIMIT + 5
    assert events + client.send(b".\r\nQUIT\r\n") == [Data(), Message(None, 4 * LIMIT), Quit()]


@pytest.mark.parametrize("size", [1, 3, 50, 1000])
def test_a_flood_ends_everything(size):
    text = b"DATA\r\n" + b"x" * (4 * LIMIT - 1) + b"\r\n.\r\nQUIT\r\n"
    client = Client()
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    assert client.send(*pieces) == [Data(), Flood()]
    assert client.send(b"QUIT\r\n") == []
    assert client.reader.held == 0


def test_a_chunk_that_will_be_too_much_is_not_kept():
    client = Client()
    client.send(b"BDAT 60\r\n" + b"x" * 60, b"BDAT 41\r\n")
    assert client.reader.held == 0
    assert client.send(b"x" * 41) == [Chunk(101, kept=False)]
    assert client.send(b"BDAT 1 LAST\r\nx")[1:] == [Message(None, 102)]


def test_a_flood_of_chunks():
    client = Client()
    assert client.send(b"BDAT 100000000000\r\n", b"x" * 400)[1:] == []
    assert client.send(b"x") == [Flood()]
    assert send(b"BDAT 401\r\n" + b"x" * 401 + b"NOOP\r\n")[1:] == [Flood()]


def test_a_message_may_be_dropped_half_way():
    client = Client()
    client.send(b"DATA\r\n" + b"x" * 50)
    client.reader.drop_message()
    assert client.reader.held <= 4
    assert client.send(b"yy\r\n.\r\nDATA\r\na\r\n.\r\n") == [
        Message(None, 54),
        Data(),
        Message(b"a\r\n", 3),
    ]


def test_a_hundred_megabytes_cost_no_more_than_the_limit():
    limit, piece = 25 * 2**20, b"x" * 65_535 + b"\n"
    client = Client(message_limit=limit)
    client.send(b"DATA\r\n")
    tracemalloc.start()
    for _ in range(100_000_000 // len(piece)):
        assert client.send(piece) == []
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert client.reader.held < 5
    assert most < 1.2 * limit + 4 * len(piece)
    assert client.send(b"\r\n.\r\nNOOP\r\n")[1:] == [Noop()]


def test_a_message_at_the_limit_is_not_copied_once_more():
    limit, piece = 25 * 2**20, b"x" * 65_536
    client = Client(message_limit=limit)
    tracemalloc.start()
    client.send(b"DATA\r\n", *[piece] * 399)
    (message,) = client.send(b"\r\n.\r\n")
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert message.size == 399 * len(piece) + 2
    assert most < 1.2 * limit + 4 * len(piece)


def test_tiny_chunks_cost_no_more_than_their_octets():
    client = Client(message_limit=10**6)
    tracemalloc.start()
    for _ in range(20_000):
        client.send(b"BDAT 1\r\nx")
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 200_000


def test_many_commands_at_once_take_no_longer_each():
    reader = Client().reader
    reader.receive_data(b"NOOP\r\n" * 200_000)  # would take minutes if each moved the others
    assert all(reader.next_event() == Noop() for _ in range(200_000))


# Properties

words = st.sampled_from(
    [
        b"\r",
        b"\n",
        b".",
        b"\r\n",
        b"\r\n.",
        b"\r\n.\r\n",
        b"\r\n..",
        b"DATA\r\n",
        b"BDAT 7\r\n",
        b"BDAT 3 LAST\r\n",
        b"BDAT 500\r\n",
        b"AUTH LOGIN\r\n",
        b"NOOP\r\n",
        b"MAIL FROM:<a@b.test>\r\n",
        b"x" * 30,
        b"x" * 300,
        b"\0",
        b"\xff",
    ]
)
streams = st.lists(words | st.binary(max_size=20), max_size=25).map(b"".join)
cuts = st.lists(st.integers(min_value=0, max_value=2000), max_size=12)


def cut(octets: bytes, at: list[int]) -> list[bytes]:
    places = sorted({0, len(octets), *(place % (len(octets) + 1) for place in at)})
    return [octets[start:end] for start, end in pairwise(places)]


@settings(max_examples=500)
@given(streams, cuts)
def test_any_split_yields_the_same_events(octets, at):
    assert send(*cut(octets, at)) == send(octets)


@settings(max_examples=300)
@given(streams)
def test_octet_by_octet_yields_the_same_events(octets):
    client = Client()
    events = []
    for at in range(len(octets)):
        events += client.send(octets[at : at + 1])
        assert client.reader.held <= LINES + LIMIT + 10 or b"AUTH" in octets
    assert events == send(octets)


@settings(max_examples=500)
@given(streams, cuts)
@example(b".\r\n", [])
@example(b"\r\n.\r\n.\r\n", [3])
def test_a_message_is_what_a_naive_reader_finds(octets, at):
    """RFC 5321 section 4.5.2, taken literally, line by line."""
    lines = octets.split(b"\r\n")
    *found, rest = lines
    expected: list[Event] = []
    if b"." in found:
        end = found.index(b".")
        body = b"".join(line.removeprefix(b".") + b"\r\n" for line in found[:end])
        expected = [Message(body, len(body))]
    events = send(b"DATA\r\n", *cut(octets, at), message_limit=10**6)
    assert events[1:2] == expected
    assert rest is lines[-1]


@given(st.binary(max_size=300), cuts)
def test_whatever_is_stuffed_comes_back(body, at):
    text = body + b"\r\n"
    stuffed = (b"\r\n" + text).replace(b"\r\n.", b"\r\n..")[2:]
    events = send(b"DATA\r\n", *cut(stuffed + b".\r\nNOOP\r\n", at), message_limit=1000)
    assert events == [Data(), Message(text, len(text)), Noop()]


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=6), cuts)
def test_whatever_is_chunked_comes_back(chunks, at):
    octets = b"".join(b"BDAT %d\r\n%b" % (len(chunk), chunk) for chunk in chunks)
    body = b"".join(chunks)
    events = send(*cut(octets + b"BDAT 0 LAST\r\nNOOP\r\n", at), message_limit=1000)
    assert events[-2:] == [Message(body, len(body)), Noop()]
