"""Connections: all requests answered in their order, at the pace of their reader."""

from itertools import pairwise
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.testing import StringTransport

from dracula.server.parts import TURN, House
from mailcap.dracula.server.tcp import IDLE_SECONDS, StreamFactory
from mailcap.dracula.wire.framing import STOP
from mailcap.dracula.wire.packet import SIZE, Command, Packet


class Transport(StringTransport):
    """Is full after *room* octets, until they are taken."""

    def __init__(self, room=2**30):
        super().__init__()
        self.room = room
        self.aborted = False

    def write(self, data):
        super().write(data)
        if self.producer and len(self.value()) > self.room:
            self.producer.pauseProducing()

    def take(self):
        taken = self.value()
        self.clear()
        return taken

    def abortConnection(self):
        self.aborted = True


def listening(most=10, **options):
    house = House(**options)
    return SimpleNamespace(
        house=house, factory=StreamFactory(house.responder, house.clock, most=most)
    )


def connect(server, **options):
    stream = server.factory.buildProtocol(None)
    stream.makeConnection(Transport(**options))
    return stream


@pytest.fixture
def server():
    return listening()


def request(server, number, command=Command.COUNT, data=b"a"):
    return server.house.codec.encode(Packet(command, number, b"n", data)) + STOP


def ids(octets):
    assert len(octets) % (SIZE + len(STOP)) == 0
    answers = [octets[n : n + SIZE + 3] for n in range(0, len(octets), SIZE + 3)]
    assert all(each.endswith(STOP) for each in answers)
    return [int.from_bytes(each[11:15], "little") for each in answers]


@given(st.lists(st.integers(0, 4600), max_size=6))
def test_requests_that_come_together_in_any_pieces_are_all_answered(cuts):
    server = listening()
    stream = connect(server)
    octets = b"".join(request(server, number) for number in range(3))
    places = [0, *sorted(min(cut, len(octets)) for cut in cuts), len(octets)]
    for a, b in pairwise(places):
        stream.dataReceived(octets[a:b])
    assert ids(stream.transport.take()) == [0, 1, 2]


def test_a_client_that_does_not_read_is_not_read_from(server):
    stream = connect(server, room=4000)
    stream.dataReceived(b"".join(request(server, number) for number in range(10)))
    assert ids(stream.transport.take()) == [0, 1, 2]
    assert stream.transport.producerState == "paused"
    stream.resumeProducing()
    assert ids(stream.transport.take()) == [3, 4, 5]
    stream.resumeProducing()
    stream.resumeProducing()
    assert ids(stream.transport.take()) == [6, 7, 8, 9]
    stream.resumeProducing()
    assert stream.transport.producerState == "producing"


def test_what_comes_behind_a_list_waits_for_it(server):
    for number in range(1200):
        server.house.store.put(b"n", b"%04d" % number)
    stream = connect(server)
    stream.dataReceived(request(server, 1, Command.KEYS, b"119*") + request(server, 2))
    assert (stream.transport.take(), stream.transport.producerState) == (b"", "paused")
    for _ in range(2):
        assert stream.transport.value() == b""
        server.house.clock.advance(TURN)
    assert ids(stream.transport.take()) == [1, 2]
    assert stream.transport.producerState == "producing"


def test_many_lists_one_behind_the_other(server):
    stream = connect(server)
    stream.dataReceived(b"".join(request(server, n, Command.KEYS) for n in range(2000)))
    server.house.clock.advance(TURN)
    assert ids(stream.transport.take()) == list(range(2000))


def test_a_request_that_is_too_long_is_refused_and_the_next_one_answered(server):
    stream = connect(server)
    stream.dataReceived(b"C" * 5000 + STOP + request(server, 1))
    octets = stream.transport.take()
    assert ids(octets) == [0, 1]
    assert octets[81:].startswith(b"bad packet: too large, size must be 1500 bytes ")


def test_one_line_feed_and_the_end_is_nothing(server):
    stream = connect(server)
    stream.dataReceived(b"\n")
    stream.readConnectionLost()
    assert stream.transport.take() == b""
    assert stream.transport.disconnecting


def test_who_asks_nothing_more_still_gets_all_answers(server):
    stream = connect(server)
    stream.dataReceived(request(server, 1, Command.KEYS) + request(server, 2))
    stream.readConnectionLost()
    assert not stream.transport.disconnecting
    server.house.clock.advance(TURN)
    assert ids(stream.transport.take()) == [1, 2]
    assert stream.transport.disconnecting


def test_a_reader_that_has_gone_ends_the_connection(server):
    stream = connect(server)
    stream.writeConnectionLost()
    assert stream.transport.aborted


def test_only_whole_requests_keep_a_connection_alive(server):
    stream = connect(server)
    server.house.clock.advance(IDLE_SECONDS - 1)
    stream.dataReceived(request(server, 1))
    server.house.clock.advance(IDLE_SECONDS - 1)
    stream.dataReceived(b"C")
    assert not stream.transport.aborted
    server.house.clock.advance(1)
    assert stream.transport.aborted


def test_a_connection_that_is_lost_during_a_list_is_forgotten(server):
    for number in range(1200):
        server.house.store.put(b"n", b"%04d" % number)
    stream = connect(server)
    stream.dataReceived(request(server, 1, Command.KEYS, b"*"))
    stream.connectionLost()
    for _ in range(3):
        server.house.clock.advance(TURN)
    assert server.factory.streams == set()
    assert server.house.clock.getDelayedCalls() == []


def test_a_list_for_which_nobody_waits_any_more_keeps_no_other_waiting(server):
    for number in range(1200):
        server.house.store.put(b"n", b"%04d" % number)
    streams = [connect(server) for _ in range(10)]
    for stream in streams:
        stream.dataReceived(request(server, 1, Command.KEYS, b"*z"))
    assert all(each.transport.producerState == "producing" for each in streams)  # sees the end
    for stream in streams:
        stream.connectionLost()
    assert server.house.listing.waiting == 0
    stream = connect(server)
    stream.dataReceived(request(server, 2, Command.KEYS, b"none"))
    for _ in range(2):
        server.house.clock.advance(TURN)
    assert ids(stream.transport.take()) == [2]
    assert not any(each.transport.aborted for each in streams)


def test_what_arrives_during_a_list_is_not_read_without_end(server):
    for number in range(1200):
        server.house.store.put(b"n", b"%04d" % number)
    stream = connect(server)
    stream.dataReceived(request(server, 1, Command.KEYS, b"none"))
    stream.dataReceived(b"C")
    assert stream.transport.producerState == "paused"
    for _ in range(2):
        server.house.clock.advance(TURN)
    assert stream.transport.producerState == "producing"


def test_there_are_only_so_many_connections():
    server = listening(most=2)
    first, _ = connect(server), connect(server)
    assert server.factory.buildProtocol(None) is None
    first.connectionLost()
    connect(server)
    server.factory.close()
    assert all(stream.transport.aborted for stream in server.factory.streams)


odd = st.sampled_from([STOP, b"\n", b"P ", b"x" * 2000, b"K 12345678 1234 n" + STOP])


@settings(max_examples=200)
@given(st.lists(st.one_of(st.binary(max_size=60), odd), max_size=12))
def test_no_stream_raises_anything(pieces):
    server = listening(secret=b"")
    stream = connect(server)
    for piece in pieces:
        stream.dataReceived(piece)
        server.house.clock.advance(TURN)
    ids(stream.transport.take())
    assert not stream.transport.aborted
