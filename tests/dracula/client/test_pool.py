"""Several servers as one: whom a key is asked of, and what happens when that one is gone."""

import logging
from collections import Counter

import pytest

from dracula.server.parts import House
from fakes import outcome, outcomes
from mailcap.domain.errors import CountersUnavailable, InvalidValue
from mailcap.dracula.client import Client
from mailcap.dracula.places import Place
from mailcap.dracula.server.responder import UDP
from mailcap.dracula.wire.codec import Codec
from mailcap.dracula.wire.packet import Command
from support.datagrams import DatagramReactor

PLACES = [Place("127.0.0.1", port) for port in (1, 2, 3)]
KEYS = [f"key {number}" for number in range(60)]


class Network:
    """Real servers' insides behind datagrams that always arrive, until they are taken away."""

    def __init__(self, places=PLACES, secret=b"secret", **options):
        self.houses = {place: House(b"secret") for place in places}
        self.reactor = DatagramReactor({})
        for place in places:
            self.bring_back(place)
        self.client = Client(places, Codec(secret), reactor=self.reactor, **options)

    def bring_back(self, place):
        responder = self.houses[place].responder
        self.reactor.servers[place] = lambda octets: responder.answer(octets, via=UDP)

    def silence(self, place):
        self.reactor.servers[place] = lambda _octets: None

    def wait(self, deferred, seconds=0.0):
        result = outcomes(deferred)
        self.reactor.advance(seconds)
        assert result, "it takes longer"
        return result[0]

    def asked(self):
        """Whom has been asked what since the last time."""
        log, self.reactor.log = self.reactor.log, []
        return [(place, self.houses[place].codec.decode(octets)) for place, octets in log]


@pytest.fixture
def network():
    network = Network()
    network.wait(network.client.start())
    network.asked()
    return network


def fails(network, deferred, seconds=0.0):
    result = outcomes(deferred)
    network.reactor.advance(seconds)
    with pytest.raises(CountersUnavailable) as error:
        result[0].raiseException()
    return str(error.value)


def test_a_put_is_seen_by_the_next_count_whoever_asks(network):
    other = Client(PLACES, Codec(b"secret"), reactor=network.reactor)
    other.open()
    for key in KEYS:
        assert network.wait(network.client.put("n", key)) is None
        assert network.wait(other.count("n", key)) == 1


@pytest.mark.parametrize("key", ["", "ü", "\udcff", "\0\n.\n"])
def test_any_text_is_a_key(network, key):
    network.wait(network.client.put("n", key))
    assert network.wait(network.client.count("n", key)) == 1


def test_keys_are_spread_over_all_servers(network):
    for key in KEYS:
        network.wait(network.client.put("n", key))
    asked = Counter(place for place, _ in network.asked())
    assert set(asked) == set(PLACES)
    assert min(asked.values()) > 8


def test_when_a_server_goes_only_its_own_keys_move(network):
    def places():
        return {key: network.wait(network.client.count("n", key)) and None for key in KEYS}

    places()
    before = {packet.data: place for place, packet in network.asked()}
    del network.reactor.servers[PLACES[0]]
    places()
    after = {packet.data: place for place, packet in network.asked()}
    assert set(after.values()) == set(PLACES[1:])
    moved = {key for key in before if before[key] != after[key]}
    assert moved == {key for key in before if before[key] == PLACES[0]}


def test_a_refused_call_goes_to_another_server_at_once(network):
    del network.reactor.servers[PLACES[0]]
    for key in KEYS:
        network.wait(network.client.put("n", key))
    counted = [house.store.count_all() for house in network.houses.values()]
    assert counted[0] == 0
    assert sum(counted) == len(KEYS)
    assert sum(place == PLACES[0] for place, _ in network.asked()) == 1


def test_a_silent_server_costs_one_call_half_its_time(network):
    network.silence(PLACES[0])
    waiting = [outcomes(network.client.count("n", key)) for key in KEYS]
    network.reactor.advance(0)
    assert sum(not result for result in waiting) > 8
    network.reactor.advance(0.5)
    network.reactor.advance(0)
    assert waiting == [[0]] * len(KEYS)
    network.asked()
    for key in KEYS:
        network.wait(network.client.count("n", key))
    assert PLACES[0] not in {place for place, _ in network.asked()}


def test_a_server_that_comes_back_is_asked_again(network):
    del network.reactor.servers[PLACES[0]]
    for key in KEYS:
        network.wait(network.client.count("n", key))
    network.bring_back(PLACES[0])
    network.reactor.advance(6)
    network.reactor.advance(0)
    network.asked()
    for key in KEYS:
        network.wait(network.client.count("n", key))
    assert PLACES[0] in {place for place, _ in network.asked()}


def test_checks_are_those_of_released_clients(network):
    network.reactor.advance(6)
    checks = network.asked()
    assert [place for place, _ in checks] == PLACES
    for place, packet in checks:
        assert packet.command is Command.COUNT
        assert packet.namespace == f"server_healthcheck_{Place(*place)}".encode()
        assert packet.data == b"check"


def test_no_server_at_all_is_said_at_once_and_ends_when_one_is_back(network):
    network.reactor.servers.clear()
    assert fails(network, network.client.put("n", "a")).endswith("connection refused")
    network.reactor.advance(0)
    fails(network, network.client.put("n", "a"))
    network.reactor.advance(0)
    assert not network.client.available
    network.asked()
    result = outcomes(network.client.count("n", "a"))
    with pytest.raises(CountersUnavailable, match="no healthy dracula udp servers"):
        result[0].raiseException()
    assert network.asked() == []
    network.bring_back(PLACES[1])
    network.reactor.advance(1)
    network.reactor.advance(0)
    assert network.client.available
    assert network.wait(network.client.count("n", "a")) == 0


def test_nobody_waits_longer_than_the_timeout(network):
    for place in PLACES:
        network.silence(place)
    result = outcomes(network.client.count("n", "a"))
    network.reactor.advance(0.5)
    assert result == []
    network.reactor.advance(0.5)
    with pytest.raises(CountersUnavailable, match="no answer in time"):
        result[0].raiseException()


def test_one_lost_packet_leaves_no_server_out():
    network = Network(PLACES[:1])
    network.wait(network.client.start())
    network.silence(PLACES[0])
    lost = outcomes(network.client.count("n", "a"))
    network.reactor.advance(0.5)
    network.bring_back(PLACES[0])
    assert network.wait(network.client.count("n", "b")) == 0
    network.reactor.advance(0.5)
    with pytest.raises(CountersUnavailable, match="an answer was lost"):
        lost[0].raiseException()
    assert network.client.available


def test_the_last_server_is_looked_at_again_at_once():
    network = Network(PLACES[:1])
    network.wait(network.client.start())
    network.silence(PLACES[0])
    lost = outcomes(network.client.count("n", "a"))
    network.reactor.advance(0.999)
    network.bring_back(PLACES[0])
    network.reactor.advance(0.001)
    network.reactor.advance(0)
    assert lost
    assert network.wait(network.client.count("n", "a")) == 0
    lost[0].trap(CountersUnavailable)


def test_a_wrong_secret_is_told_in_the_servers_words():
    network = Network(secret=b"wrong")
    network.client.open()
    text = fails(network, network.client.count("n", "a"))
    assert text.endswith("auth failed: packet hash invalid")
    network.wait(network.client.start())
    assert not network.client.available


def test_what_changes_is_logged_once(network, caplog):
    from twisted.logger import STDLibLogObserver, globalLogPublisher

    observer = STDLibLogObserver("dracula")
    globalLogPublisher.addObserver(observer)
    try:
        with caplog.at_level(logging.INFO):
            del network.reactor.servers[PLACES[0]]
            for _ in range(3):
                network.reactor.advance(6)
            network.bring_back(PLACES[0])
            network.reactor.advance(6)
    finally:
        globalLogPublisher.removeObserver(observer)
    assert [record.getMessage() for record in caplog.records] == [
        "dracula at 127.0.0.1:1 is left out: connection refused",
        "dracula at 127.0.0.1:1 answers again",
    ]


def test_whoever_asks_the_same_shares_a_packet(network):
    network.wait(network.client.put("n", "a"))
    network.asked()
    first, second = (outcomes(network.client.count("n", "a")) for _ in range(2))
    other = outcomes(network.client.count("n", "b"))
    network.reactor.advance(0)
    assert (first, second, other) == ([1], [1], [0])
    assert len(network.asked()) == 2


def test_a_count_behind_a_put_shares_nothing_with_one_before_it(network):
    results = [
        outcomes(network.client.count("n", "a")),
        outcomes(network.client.put("n", "a")),
        outcomes(network.client.count("n", "a")),
        outcomes(network.client.count("n", "a")),
    ]
    network.reactor.advance(0)
    assert results == [[0], [None], [1], [1]]
    assert len(network.asked()) == 3


def test_all_who_share_hear_of_a_failure(network):
    network.reactor.servers.clear()
    results = [outcomes(network.client.count("n", "a")) for _ in range(2)]
    network.reactor.advance(0)
    for result in results:
        with pytest.raises(CountersUnavailable):
            result[0].raiseException()


def test_a_namespace_is_counted(network):
    client = network.client
    counts = sum(network.wait(client.count_namespace(name)) for name in ("n", "m"))
    assert counts == 0
    for place in PLACES:
        network.houses[place].store.put(b"n", b"a")
    assert network.wait(client.count_namespace("n")) == 1


@pytest.mark.parametrize(("namespace", "key"), [("n" * 65, "a"), ("n", "ü" * 710)])
def test_what_is_too_long_is_refused(network, namespace, key):
    for call in (network.client.put, network.client.count):
        with pytest.raises(InvalidValue, match="wrong data size"):
            outcome(call(namespace, key))
    assert network.asked() == []


def test_before_it_is_opened_and_after_it_is_closed_no_server_answers():
    network = Network()
    fails(network, network.client.count("n", "a"))
    network.wait(network.client.start())
    waiting = outcomes(network.client.count("n", "a"))
    outcome(network.client.close())
    with pytest.raises(CountersUnavailable, match=r"closed|no healthy"):
        waiting[0].raiseException()
    fails(network, network.client.put("n", "a"))
    network.reactor.advance(0)
    assert (network.reactor.open, network.reactor.getDelayedCalls()) == (0, [])
