"""Answers that come in pieces, and sessions that speak unasked."""

import pytest

from connection.chatter import Chats


@pytest.fixture
def chats(reactor):
    return Chats(reactor)


@pytest.fixture
def client(chats):
    client = chats.client()
    assert client.read() == b"hello\n"
    return client


@pytest.fixture
def session(chats, client):
    assert client
    return chats.sessions[0]


@pytest.fixture
def pump(chats, client):
    assert client
    return next(iter(chats.registry._guests))


def read_all(client) -> bytes:
    """Read for as long as something comes."""
    return b"".join(iter(client.read, b""))


def turns(reactor, client, count=50) -> bytes:
    """Let time go by, and read."""
    found = b""
    for _ in range(count):
        reactor.advance(0)
        found += client.read()
    return found


def test_pieces_come_in_order_between_other_answers(client):
    assert client.send(b"a\nstream 3 2\nb\n") == b"a\n001122\nb\n"


def test_a_stream_without_pieces(client):
    assert client.send(b"stream 0 1\nb\n") == b"\nb\n"


def test_nothing_is_begun_while_a_stream_waits(client, session):
    assert client.send(b"a\nstream 2 1 work\nb\n") == b""
    assert session.handled == ["a", "stream 2 1 work"]
    session.work[0].callback("first")
    assert client.read() == b"a\nfirst\n01\nb\n"


def test_a_large_stream_is_made_as_the_client_reads(reactor, client, session):
    received = client.send(b"stream 2000 10000\n")
    made = session.made
    assert made < 500  # what fits into both ends' buffers, not 20 MB
    reactor.advance(1)
    assert session.made == made
    while session.closed == 0:
        received += turns(reactor, client, 100)
    received += read_all(client)
    assert len(received) == 2000 * 10000 + 1
    assert client.send(b"after\n") == b"after\n"


def test_others_have_their_turn_while_a_large_stream_is_made(chats, client, session):
    other = chats.client()
    assert other.read() == b"hello\n"
    client.send(b"stream 100 10000\n")
    assert session.made < 100
    assert other.send(b"me too\n") == b"me too\n"


def test_many_streams_that_need_no_time_do_not_pile_up(reactor, client):
    received = client.send(b"stream 1 1\n" * 5000) + turns(reactor, client, 200)
    assert received == b"0\n" * 5000


def test_a_stream_that_fails_costs_its_connection(client, session):
    answer = client.send(b"a\nstream 2 1 boom\nb\n")
    assert answer == b"a\n01farewell BROKEN\n"
    assert session.handled == ["a", "stream 2 1 boom"]
    assert session.closed == 1


def test_a_stream_may_end_the_connection(client, session):
    assert client.send(b"stream 1 1 close\nb\n") == b"0\n"
    assert session.handled == ["stream 1 1 close"]


def test_a_stream_ends_when_the_client_goes(reactor, client, session):
    client.send(b"stream 2000 10000\n")
    made = session.made
    client.close()
    reactor.turn()
    reactor.advance(1)
    assert session.closed == 1
    assert session.made <= made + 1


def test_a_stream_that_waits_ends_when_the_client_goes(reactor, client, session):
    client.send(b"stream 2 1 work\n")
    client.close()
    reactor.turn()
    session.work[0].callback("too late")
    assert (session.closed, session.made) == (1, 0)


def test_a_client_that_does_not_read_a_stream_is_given_up(reactor, client, session, chats):
    client.send(b"stream 2000 10000\n")
    reactor.advance(session.idle_seconds + 1)
    reactor.advance(60)
    assert session.closed == 1
    assert len(chats.registry) == 0


def test_work_in_a_stream_is_not_silence(reactor, client, session):
    client.send(b"stream 2 1 work\n")
    reactor.advance(session.idle_seconds + 1)
    session.work[0].callback("late")
    assert client.read() == b"late\n01\n"


def test_a_session_speaks_when_it_is_woken(client, pump):
    pump.wake()
    assert client.read() == b"woken\n"
    assert client.send(b"a\n") == b"a\n"


def test_a_session_is_woken_behind_what_is_under_way(client, session, pump):
    client.send(b"work\nb\n")
    pump.wake()
    pump.wake()
    assert client.read() == b""
    session.work[0].callback("done")
    assert client.read() == b"done\nwoken\nb\n"


def test_a_session_whose_client_does_not_read_is_woken_later(reactor, client, pump):
    client.send(b"stream 2000 10000\n")
    pump.wake()
    received = b""
    while not received.endswith(b"woken\n"):
        received += turns(reactor, client, 100)
    assert received.endswith(b"\nwoken\n")


def test_nobody_is_woken_behind_the_end(client, pump):
    client.send(b"close\n")
    pump.wake()
    assert read_all(client) == b""


def test_patience_may_change(reactor, client, session):
    session.idle_seconds = 1000.0
    assert client.send(b"a\n") == b"a\n"
    reactor.advance(400)
    assert client.read() == b""
    assert client.send(b"b\n") == b"b\n"
    reactor.advance(1001)
    assert client.read() == b"farewell IDLE\n"
