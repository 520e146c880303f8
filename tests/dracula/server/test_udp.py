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


def test_five_octets_and_none_are_not_answered(server):
    for datagram in (b"hello", b""):
        server.datagrams.datagramReceived(datagram, CLIENT)
    assert server.transport.take() == []
    assert sum(server.house.statistics.rejected.values()) == 2


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


@pytest.mark.parametrize("command", Command)
@pytest.mark.parametrize("secret", [b"", b"very-secure3"])
def test_two_servers_that_do_not_know_each_other_soon_stop_talking(command, secret):
    servers = [listening(secret=secret), listening(secret=secret)]
    for server in servers:  # keys that have each other's counts, so that no two answers are alike
        server.house.put(b"\1\0\0\0", b"\1\0\0\0", b"\2\0\0\0")
    places = [("192.0.2.1", 3509), ("192.0.2.2", 3510)]
    said = [(servers[0].house.codec.encode(Packet(command, 7, b"n", b"\1\0\0\0")), places[1])]
    turns = 0
    while said:
        ((octets, _),) = said
        here = turns % 2
        servers[here].datagrams.datagramReceived(octets, places[1 - here])
        said = servers[here].transport.take()
        turns += 1
        assert turns < 10


def test_a_client_is_answered_however_much_it_asks(server):
    for number in range(100):
        request = server.house.codec.encode(Packet(Command.COUNT, number, b"n", b"a"))
        server.datagrams.datagramReceived(request, CLIENT)
    assert len(server.transport.take()) == 100


def test_puts_of_many_clients_with_one_id_are_believed_when_replicated(server):
    for _ in range(100):
        octets = server.house.codec.encode(Packet(Command.REPLICATE, 1, b"n", b"a"))
        server.datagrams.datagramReceived(octets, PEER)
    assert server.house.store.count(b"n", b"a") == 100


@given(st.lists(st.tuples(st.binary(max_size=SIZE + 9), st.integers(0, 65535)), max_size=5))
def test_no_datagram_raises_anything_or_is_answered_at_length(datagrams):
    server = listening(secret=b"")
    for datagram, port in datagrams:
        server.datagrams.datagramReceived(datagram, ("192.0.2.1", port))
    assert all(len(octets) == SIZE for octets, _ in server.transport.take())
