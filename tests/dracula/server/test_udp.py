"""Datagrams: each is answered with one, and none does any harm."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dracula.server.parts import House
from mailcap.dracula.server.udp import Datagrams
from mailcap.dracula.wire.packet import SIZE, Command, Packet
from support.datagrams import DatagramTransport

CLIENT = ("127.0.0.1", 40000)
PEER = ("10.0.0.2", 3509)


def listening(**options):
    house = House(**options)
    datagrams = Datagrams(house.statistics, [PEER])
    datagrams.responder = house.responder
    datagrams.transport = transport = DatagramTransport()
    datagrams.startProtocol()
    return SimpleNamespace(house=house, datagrams=datagrams, transport=transport)


@pytest.fixture
def server():
    return listening()


def test_an_answer_goes_to_whoever_asked(server):
    request = server.house.codec.encode(Packet(Command.PUT, 7, b"n", b"a"))
    server.datagrams.datagramReceived(request, CLIENT)
    assert server.transport.take() == [
        (server.house.codec.encode(Packet(Command.PUT, 7, b"n")), CLIENT)
    ]


def test_what_is_longer_than_a_packet_is_cut(server):
    request = server.house.codec.encode(Packet(Command.PUT, 7, b"n", b"a"))
    server.datagrams.datagramReceived(request + b"more", CLIENT)
    assert server.house.store.count(b"n", b"a") == 1


def test_five_octets_and_none_are_answered(server):
    for datagram in (b"hello", b""):
        server.datagrams.datagramReceived(datagram, CLIENT)
    texts = [server.house.codec.decode_answer(sent).data for sent, _ in server.transport.take()]
    assert texts == [b"bad packet: invalid command byte"] * 2


def test_a_list_is_answered_as_well(server):
    server.house.put(b"a", b"b")
    request = server.house.codec.encode(Packet(Command.KEYS, 7, b"n", b"*"))
    server.datagrams.datagramReceived(request, CLIENT)
    ((answer, _),) = server.transport.take()
    assert server.house.codec.decode(answer).data == b"a\nb"


def test_an_answer_that_the_system_does_not_take_is_counted(server):
    server.transport.error = BlockingIOError(11, "Resource temporarily unavailable")
    for command in (Command.COUNT, Command.KEYS):
        request = server.house.codec.encode(Packet(command, 7, b"n", b"a"))
        server.datagrams.datagramReceived(request, CLIENT)
    assert server.house.statistics.dropped == 2


@pytest.mark.parametrize("address", [PEER, ("127.0.0.1", 3509)])
def test_servers_are_told_nothing_and_believed_what_they_replicate(server, address):
    """Else one could make them answer each other for ever, in their own names."""
    for command in Command:
        octets = server.house.codec.encode(Packet(command, 7, b"n", b"a"))
        server.datagrams.datagramReceived(octets, address)
    assert server.transport.take() == []
    assert server.house.store.count(b"n", b"a") == 1


@given(st.lists(st.tuples(st.binary(max_size=SIZE + 9), st.integers(0, 65535)), max_size=5))
def test_no_datagram_raises_anything_or_is_answered_at_length(datagrams):
    server = listening(secret=b"")
    for datagram, port in datagrams:
        server.datagrams.datagramReceived(datagram, ("192.0.2.1", port))
    assert all(len(octets) == SIZE for octets, _ in server.transport.take())
