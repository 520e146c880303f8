"""Connections that are held: over real transports, with a door of the tests' own."""

from ipaddress import ip_network

import pytest

from connection.certificates import client_side, server_side
from connection.chatter import Chats
from connection.wires import Client
from mailcap.connection.holding import EARLY_TLS_OCTETS, TLS_REFUSAL, Entrance
from mailcap.connection.listening import listener
from mailcap.connection.peers import ProxyNetworks

BALANCER = "198.51.100.1"
HEADER = b"PROXY TCP4 192.0.2.7 192.0.2.25 56324 25\r\n"
PROXIES = ProxyNetworks((ip_network("198.51.100.0/24"),))


class Door:
    """Notes who comes and goes; lets everybody in while it is open."""

    def __init__(self) -> None:
        self.open = False
        self.hosts: list[str] = []
        self.guests: list = []
        self.gone: list[object] = []

    def arrive(self, host, guest) -> int:
        self.hosts.append(host)
        self.guests.append(guest)
        if self.open:
            guest.let_in()
        return len(self.guests) - 1

    def leave(self, place) -> None:
        self.gone.append(place)


@pytest.fixture
def door():
    return Door()


@pytest.fixture
def chats(reactor):
    return Chats(reactor, tls=server_side())


@pytest.fixture
def plain(reactor, chats, door):
    entrance = Entrance(door, busy=b"421 busy\r\n", stopping=b"421 stopping\r\n")
    return listener(chats, clock=reactor, proxies=PROXIES, entrance=entrance)


@pytest.fixture
def encrypted(reactor, chats, door):
    entrance = Entrance(door, TLS_REFUSAL, TLS_REFUSAL, early=EARLY_TLS_OCTETS)
    return listener(chats, clock=reactor, proxies=PROXIES, tls=server_side(), entrance=entrance)


def test_who_finds_the_door_open_notices_nothing(reactor, plain, chats, door):
    door.open = True
    client = Client(reactor, plain)
    assert client.send(b"a\n") == b"hello\na\n"
    assert chats.sessions[0].connection.peer == "192.0.2.1"
    client.close()
    assert (len(chats.registry), door.gone) == (0, [0])


def test_who_is_held_hears_nothing_and_costs_no_session(reactor, plain, chats, door):
    client = Client(reactor, plain)
    assert client.send(b"a\n") == b""
    assert (chats.sessions, len(chats.registry)) == ([], 0)
    assert reactor.getDelayedCalls() == []
    door.guests[0].let_in()
    assert client.read() == b"hello\na\n"
    assert client.send(b"b\n") == b"b\n"


def test_who_is_held_and_goes_is_forgotten(reactor, plain, chats, door):
    client = Client(reactor, plain)
    client.close()
    assert (chats.sessions, door.gone) == ([], [0])


@pytest.mark.parametrize("why", ["busy", "stopping"])
@pytest.mark.parametrize("early", [b"", b"EHLO x\r\n" * 10, b"x" * 2000])
def test_who_is_sent_away_is_told_so(reactor, plain, door, early, why):
    client = Client(reactor, plain)
    client.send(early)
    door.guests[0].turn_away(stopping=why == "stopping")
    assert client.read() == f"421 {why}\r\n".encode()
    assert client.closed
    assert door.gone == [0]


def test_who_says_much_before_the_greeting_is_sent_away(reactor, plain, door):
    client = Client(reactor, plain)
    assert client.send(b"x" * 2048) == b""
    assert client.send(b"x") == b"421 busy\r\n"
    assert client.closed
    assert set(door.gone) == {0}


def test_where_tls_comes_first_more_may_be_said(reactor, encrypted, door):
    client = Client(reactor, encrypted)
    assert client.send(b"x" * 16_384) == b""
    assert client.send(b"x") == TLS_REFUSAL
    assert client.closed
    assert set(door.gone) == {0}


def test_early_octets_are_not_lost(reactor, plain, door):
    client = Client(reactor, plain)
    lines = b"".join(b"%d\n" % number for number in range(500))
    client.send(lines)
    door.guests[0].let_in()
    assert client.read() == b"hello\n" + lines


@pytest.mark.parametrize("tls", [False, True])
def test_who_is_in_may_have_to_make_room(reactor, plain, encrypted, door, tls):
    door.open = True
    client = Client(reactor, encrypted if tls else plain)
    if tls:
        client.start_tls(client_side())
    reactor.advance(3)
    client.send(b"a\n")
    (guest,) = door.guests
    assert guest.silent_since == reactor.seconds()
    reactor.advance(2)
    assert guest.silent_since == reactor.seconds() - 2
    guest.make_room()
    assert guest.silent_since is None
    guest.make_room()
    assert client.read() == b"farewell TOO_MANY\n"
    reactor.advance(1)
    reactor.turn()
    assert door.gone == [0]


@pytest.mark.parametrize("talk", [b"a\n", b"message\n"], ids=["commands", "a message"])
def test_who_only_talks_makes_no_use_of_a_place(reactor, plain, chats, door, talk):
    door.open = True
    client = Client(reactor, plain)
    (guest,) = door.guests
    reactor.advance(5)
    client.send(b"work\n")
    assert guest.silent_since is None
    reactor.advance(5)
    chats.sessions[0].work[0].callback("done")
    served = reactor.seconds()
    client.send(talk)
    for _ in range(59):
        reactor.advance(1)
        client.send(b"a\n")
        assert guest.silent_since >= reactor.seconds()
    for _ in range(5):
        reactor.advance(1)
        client.send(b"a\n")
        assert guest.silent_since == served + 60
    client.send(b"end\nwork\n")
    assert guest.silent_since is None
    chats.sessions[0].work[1].callback("done")
    assert guest.silent_since == reactor.seconds()
    guest.make_room()
    assert client.read().endswith(b"done\nfarewell TOO_MANY\n")


def test_a_balancers_client_is_known_by_its_own_address(reactor, plain, chats, door):
    client = Client(reactor, plain, peer=BALANCER)
    assert door.hosts == []
    assert client.send(HEADER + b"a\n") == b""
    assert door.hosts == ["192.0.2.7"]
    door.guests[0].let_in()
    assert client.read() == b"hello\na\n"
    assert chats.sessions[0].connection.peer == "192.0.2.7"
    assert client.send(b"b\n") == b"b\n"
    client.close()
    assert door.gone == [0]


def test_a_balancer_that_sends_no_header_never_stood_at_the_door(reactor, plain, door):
    client = Client(reactor, plain, peer=BALANCER)
    client.send(b"EHLO x\r\n")
    assert (door.hosts, door.gone) == ([], [])


def test_a_balancers_client_is_sent_away_too(reactor, plain, door):
    client = Client(reactor, plain, peer=BALANCER)
    client.send(HEADER)
    door.guests[0].turn_away(stopping=False)
    assert client.read() == b"421 busy\r\n"
    assert client.closed


def test_tls_begins_behind_the_door(reactor, encrypted, chats, door):
    client = Client(reactor, encrypted)
    reactor.turn()
    assert chats.sessions == []
    door.open = True
    door.guests[0].let_in()
    client.start_tls(client_side())
    assert client.send(b"a\n") == b"hello\na\n"
    assert chats.sessions[0].tls


def test_who_begins_tls_is_refused_in_its_own_words(reactor, encrypted, door):
    client = Client(reactor, encrypted)
    door.guests[0].turn_away(stopping=False)
    assert client.read() == bytes.fromhex("15030300020250")
    assert client.closed


@pytest.mark.parametrize("header", [b"", HEADER])
def test_starttls_behind_the_door(reactor, plain, chats, door, header):
    door.open = True
    client = Client(reactor, plain, peer=BALANCER if header else "192.0.2.1")
    client.send(header)
    assert client.send(b"tls\n").endswith(b"ready\n")
    client.start_tls(client_side())
    assert client.send(b"a\n") == b"a\n"
    assert chats.sessions[0].tls
    client.close()
    assert door.gone == [0]
