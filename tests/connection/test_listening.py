from ipaddress import ip_network

import pytest

from connection.certificates import client_side, server_side
from connection.chatter import Chats
from connection.wires import Client
from mailcap.connection.listening import listener
from mailcap.connection.peers import ProxyNetworks

BALANCER = "198.51.100.1"
HEADER = b"PROXY TCP4 192.0.2.7 192.0.2.25 56324 25\r\n"
HEADER_6 = b"PROXY TCP6 2001:db8::7 2001:db8::25 56324 25\r\n"
PROXIES = ProxyNetworks((ip_network("198.51.100.0/24"),))


@pytest.fixture
def chats(reactor):
    return Chats(reactor, tls=server_side())


@pytest.fixture
def plain(reactor, chats):
    return listener(chats, clock=reactor, proxies=PROXIES)


@pytest.fixture
def encrypted(reactor, chats):
    return listener(chats, clock=reactor, proxies=PROXIES, tls=server_side())


def test_without_proxies_and_tls_nothing_lies_between(reactor, chats):
    assert listener(chats, clock=reactor, proxies=ProxyNetworks()) is chats


def test_others_speak_at_once(reactor, plain, chats):
    client = Client(reactor, plain, peer="192.0.2.1")
    assert client.send(b"a\n") == b"hello\na\n"
    assert chats.sessions[0].connection.peer == "192.0.2.1"
    assert client.send(HEADER) == HEADER.replace(b"\r\n", b"\r\n")


@pytest.mark.parametrize("peer", ["192.0.2.1", "2001:db8::1"])
def test_a_header_from_somebody_else_is_no_header(reactor, plain, chats, peer):
    client = Client(reactor, plain, peer=peer)
    client.send(HEADER)
    assert chats.sessions[0].connection.peer == peer


@pytest.mark.parametrize("size", [1, 2, 5, 7, 11, 16, 1000])
def test_a_header_tells_who_is_there(reactor, plain, chats, size):
    client = Client(reactor, plain, peer=BALANCER)
    octets = HEADER + b"a\n"
    assert client.read() == b""  # no greeting before it is known to whom
    received = b"".join(client.send(octets[at : at + size]) for at in range(0, len(octets), size))
    assert received == b"hello\na\n"
    (session,) = chats.sessions
    assert (session.connection.peer, session.connection.local) == ("192.0.2.7", "192.0.2.25")
    assert client.send(b"b\n") == b"b\n"


def test_a_header_of_the_other_family(reactor, plain, chats):
    Client(reactor, plain, peer=BALANCER).send(HEADER_6)
    connection = chats.sessions[0].connection
    assert (connection.peer, connection.local) == ("2001:db8::7", "2001:db8::25")


def test_a_connection_of_the_balancer_itself(reactor, plain, chats):
    client = Client(reactor, plain, peer=BALANCER)
    assert client.send(b"PROXY UNKNOWN\r\n") == b"hello\n"
    assert chats.sessions[0].connection.peer == BALANCER


@pytest.mark.parametrize("octets", [b"a\n", b"PROXY nonsense\r\n", b"\r\n\r\n\0\r\nQUIT\n" * 2])
def test_anything_else_is_cut_off(reactor, plain, chats, octets):
    client = Client(reactor, plain, peer=BALANCER)
    client.send(octets)
    assert not client.transport.connected
    assert chats.sessions == []
    assert reactor.getDelayedCalls() == []


def test_so_is_who_says_nothing(reactor, plain, chats):
    client = Client(reactor, plain, peer=BALANCER)
    client.send(HEADER[:-1])
    reactor.advance(4.9)
    assert client.transport.connected
    reactor.advance(0.1)
    reactor.turn()
    assert not client.transport.connected
    assert chats.sessions == []


def test_who_goes_early_leaves_nothing(reactor, plain, chats):
    client = Client(reactor, plain, peer=BALANCER)
    client.send(HEADER[:-1])
    client.close()
    assert chats.sessions == []
    assert plain.protocols == {}
    assert reactor.getDelayedCalls() == []


def test_who_goes_later_leaves_nothing(reactor, plain, chats):
    client = Client(reactor, plain, peer=BALANCER)
    client.send(HEADER)
    client.close()
    assert len(chats.registry) == 0
    assert plain.protocols == {}
    assert reactor.getDelayedCalls() == []


def test_an_answer_is_sent_at_once_behind_a_balancer_too(reactor, plain):
    client = Client(reactor, plain, peer=BALANCER)
    client.send(HEADER)
    before = reactor.system_calls
    client.socket.send(b"a\n")
    client.transport.doRead()
    assert client.socket.recv(100) == b"a\n"
    assert reactor.system_calls == before


def test_start_tls_behind_a_balancer(reactor, plain, chats):
    client = Client(reactor, plain, peer=BALANCER)
    client.send(HEADER)
    assert client.send(b"tls\n") == b"ready\n"
    client.start_tls(client_side())
    assert client.send(b"a\n") == b"a\n"
    (session,) = chats.sessions
    assert session.tls.startswith("TLSv1.3 TLS_")
    assert session.connection.peer == "192.0.2.7"
    assert client.send(b"close\n") == b"bye\n"
    assert client.closed


def test_tls_from_the_first_octet(reactor, encrypted, chats):
    client = Client(reactor, encrypted, peer="192.0.2.1")
    assert client.read() == b""
    client.start_tls(client_side())
    assert client.send(b"a\n") == b"hello\na\n"
    assert chats.sessions[0].tls.startswith("TLSv1.3 TLS_")
    assert client.send(b"close\n") == b"bye\n"
    client.close()
    assert len(chats.registry) == 0


@pytest.mark.parametrize("size", [1, 5, 1000])
def test_the_header_comes_before_tls(reactor, encrypted, chats, size):
    client = Client(reactor, encrypted, peer=BALANCER)
    for at in range(0, len(HEADER), size):
        client.send(HEADER[at : at + size])
    client.start_tls(client_side())
    assert client.send(b"a\n") == b"hello\na\n"
    (session,) = chats.sessions
    assert session.connection.peer == "192.0.2.7"
    assert session.tls.startswith("TLSv1.3 TLS_")


def test_no_tls_where_it_is_needed(reactor, encrypted, chats):
    client = Client(reactor, encrypted, peer="192.0.2.1")
    client.send(b"EHLO client.test\r\n")
    assert client.closed
    assert chats.sessions[0].handled == []
    assert len(chats.registry) == 0


def test_much_output_behind_a_balancer(reactor, plain):
    client = Client(reactor, plain, peer=BALANCER)
    received = client.send(HEADER + b"times 3000000\na\n") + b"".join(iter(client.read, b""))
    assert received == b"hello\n" + b"x" * 3_000_000 + b"\na\n"
