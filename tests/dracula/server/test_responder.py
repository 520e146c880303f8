"""Every command, what is refused, and who is not answered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dracula.server.parts import TURN, House
from fakes import outcomes
from mailcap.dracula.places import Place
from mailcap.dracula.server.responder import TCP, UDP
from mailcap.dracula.wire.codec import Codec, released, xxh64
from mailcap.dracula.wire.packet import NO_HASH, SIZE, Command, Packet

PUT = Packet(Command.PUT, 7, b"n", b"a")
BOTH = pytest.mark.parametrize("via", [UDP, TCP])


@pytest.fixture
def house():
    return House()


def test_puts_and_counts(house):
    house.put(b"a", b"a", b"b")
    house.put(b"a", namespace=b"other")
    assert house.count(Command.COUNT, b"n", b"a") == 2
    assert house.count(Command.COUNT, b"n", b"nobody") == 0
    assert house.count(Command.COUNT_NAMESPACE, b"n") == 3
    assert house.count(Command.COUNT_SERVER, b"") == 4
    house.clock.advance(60)
    assert house.count(Command.COUNT_SERVER, b"") == 0


def test_names_are_read_without_white_space(house):
    house.put(b"  a\n", namespace=b"  default ")
    assert house.count(Command.COUNT, b"default", b"a") == 1


def test_an_unpadded_put_and_a_padded_count_mean_the_same(house):
    request = house.codec.encode(Packet(Command.PUT, 7, b"n", b"a"))
    assert house.responder.answer(request[:82], via=UDP) is not None
    assert house.count(Command.COUNT, b"n", b"a") == 1


def find(house, pattern, *, via=TCP):
    request = house.codec.encode(Packet(Command.KEYS, 7, b"n", pattern))
    found = outcomes(house.responder.answer(request, via=via))
    while not found:
        house.clock.advance(TURN)
    return found[0]


def test_keys_come_in_the_order_of_their_octets(house):
    house.put(b"b", b"\xff", b"a", b"B", b"x")
    answer = house.codec.decode(find(house, b"*"))
    assert answer == Packet(Command.KEYS, 7, b"n", b"B\na\nb\nx\n\xff")
    assert house.codec.decode(find(house, b"[ab]")).data == b"a\nb"
    assert house.codec.decode(find(house, b"none")).data == b""


def test_a_pattern_that_means_nothing_is_the_only_key(house):
    assert house.codec.decode(find(house, b"a(")).data.startswith(b"error parsing regexp: ")


@BOTH
def test_what_is_said_of_a_pattern_is_no_longer_than_a_packet(house, via):
    answer = find(house, b"(" + b"*" * 1400, via=via)
    assert len(answer) == SIZE
    assert house.codec.decode(answer).data.startswith(b"error parsing regexp: ")


def test_a_long_list_is_longer_than_a_packet(house):
    for number in range(300):
        house.store.put(b"n", b"%08d" % number)
    answer = find(house, b"*")
    assert len(answer) + 3 == 2783
    assert answer[81:].split(b"\n") == [b"%08d" % number for number in range(300)]


def test_a_datagram_has_as_many_whole_keys_as_it_takes(house):
    for number in range(300):
        house.store.put(b"n", b"%08d" % number)
    answer = find(house, b"*", via=UDP)
    assert len(answer) == SIZE
    assert house.codec.decode(answer).data.split(b"\n") == [b"%08d" % n for n in range(157)]


def test_a_long_search_is_done_in_pieces_one_asker_after_the_other(house):
    for number in range(2000):
        house.store.put(b"n", b"%04d" % number)
    request = house.codec.encode(Packet(Command.KEYS, 7, b"n", b"19*"))
    first, second = (outcomes(house.responder.answer(request, via=TCP)) for _ in range(2))
    turns = 0
    while not first:
        assert not second
        house.clock.advance(TURN)
        turns += 1
    assert turns == 3
    while not second:
        house.clock.advance(TURN)
    assert first == second


def test_too_many_searches_by_datagrams_are_dropped(house):
    for number in range(1000):
        house.store.put(b"n", b"%04d" % number)
    request = house.codec.encode(Packet(Command.KEYS, 7, b"n", b"*"))
    answers = iter(lambda: house.responder.answer(request, via=UDP), None)
    found = [outcomes(each) for each in answers]
    assert len(found) == 17
    while not found[-1]:
        house.clock.advance(TURN)
    assert all(found)


def test_too_many_searches_by_streams_are_refused(house):
    for number in range(1000):
        house.store.put(b"n", b"%04d" % number)
    request = house.codec.encode(Packet(Command.KEYS, 7, b"n", b"*"))
    found = [outcomes(house.responder.answer(request, via=TCP)) for _ in range(33)]
    refusal = house.codec.decode(house.responder.answer(request, via=TCP))
    text = b"too many lists are waited for, try again later"
    assert refusal == Packet(Command.ERROR, 7, b"n", text)
    assert house.responder.answer(request, via=UDP) is None
    while not found[-1]:
        house.clock.advance(TURN)
    assert all(found)
    assert find(house, b"0001").startswith(b"K ")


def test_namespaces(house):
    house.put(b"a", namespace=b"z")
    house.put(b"a", namespace=b"b")
    assert house.ask(Command.NAMESPACES, b"") == Packet(Command.NAMESPACES, 7, b"", b"b\nz")


@pytest.mark.parametrize(
    "command", [Command.VALUES, Command.STORE, Command.RETRIEVE, Command.ERROR]
)
@BOTH
def test_what_is_reserved_is_unknown(house, command, via):
    answer = house.ask(command, via=via)
    assert answer == Packet(Command.ERROR, 7, b"n", b"unknown_command_%c" % command)


@BOTH
def test_a_replicated_put_counts_and_is_neither_answered_nor_passed_on(via):
    house = House(peers=[Place("10.0.0.2", 3509)])
    assert house.ask(Command.REPLICATE, data=b"a", via=via) is None
    assert house.store.count(b"n", b"a") == 1
    assert house.passed_on == []


@BOTH
def test_a_put_is_passed_on_with_its_id_and_a_hash_of_its_own(via):
    house = House(peers=[Place("10.0.0.2", 3509), Place("10.0.0.3", 3509)], digest=xxh64)
    house.ask(Command.PUT, data=b"a", via=via, message_id=1234)
    octets = house.codec.encode(Packet(Command.REPLICATE, 1234, b"n", b"a"))
    assert house.passed_on == [(octets, ("10.0.0.2", 3509)), (octets, ("10.0.0.3", 3509))]


def test_a_peer_that_cannot_be_reached_keeps_no_other_from_being_told():
    house = House(peers=[Place("10.0.0.2", 1), Place("10.0.0.3", 2)])

    def send(_octets, address):
        if address.port == 1:
            raise OSError(101, "Network is unreachable")
        house.passed_on.append(address)

    house.responder._peers._send = send
    house.put(b"a")
    assert house.passed_on == [Place("10.0.0.3", 2)]
    assert (house.statistics.replicated, house.statistics.not_replicated) == (1, 1)


@pytest.mark.parametrize("digest", [released, xxh64])
@pytest.mark.parametrize("command", list(Command))
@BOTH
def test_whoever_does_not_know_the_secret_learns_nothing_of_it(digest, command, via):
    house = House(digest=digest)
    octets = Codec(b"guessed", digest).encode(Packet(command, 7, b"n", b"a"))
    answer = house.responder.answer(octets, via=via)
    if via == UDP and command is Command.ERROR:
        assert answer is None
        return
    assert answer[2:10] == NO_HASH
    assert b"very-sec" not in answer
    text = b"auth failed: packet hash invalid"
    assert Codec().decode_answer(answer) == Packet(Command.ERROR, 7, b"n", text)
    assert house.store.count_all() == 0


@BOTH
def test_what_is_no_packet_is_answered_without_the_secret(house, via):
    answer = house.responder.answer(b"hello".ljust(SIZE), via=via)
    assert answer[2:10] == NO_HASH
    assert Codec().decode_answer(answer).data == b"bad packet: invalid command byte"


def test_what_is_no_packet_and_shorter_than_one_is_refused_over_tcp_alone(house):
    """Else one octet in another's name would have that one sent 1,500."""
    for octets in (b"", b"x", b"hello".ljust(SIZE - 1), Codec(b"guessed").encode(PUT)[:82]):
        assert house.responder.answer(octets, via=UDP) is None
        assert len(house.responder.answer(octets, via=TCP)) == SIZE


def test_two_servers_never_answer_each_other_for_ever():
    """Whatever a forged datagram makes one of them say to the other."""
    for first, second in ((b"one", b"one"), (b"one", b"two"), (b"", b"")):
        servers = [House(first).responder, House(second).responder]
        for command in (Command.ERROR, Command.VALUES):
            said = Codec(first).encode(Packet(command, 7, b"n", b"auth failed"))
            for turn in range(10):
                said = servers[turn % 2].answer(said, via=UDP)
                if said is None:
                    break
            assert said is None


@given(st.binary(max_size=SIZE), st.sampled_from([UDP, TCP]), st.sampled_from([b"", b"abc"]))
def test_nothing_that_arrives_raises_anything(octets, via, secret):
    house = House(secret)
    answer = house.responder.answer(octets, via=via)
    if answer is not None and not isinstance(answer, bytes):
        (answer,) = outcomes(answer)
    assert answer is None or len(answer) == SIZE


@given(st.sampled_from(Command), st.binary(max_size=64), st.binary(max_size=200))
def test_nor_does_anything_of_those_who_know_the_secret(command, namespace, data):
    house = House(peers=[Place("10.0.0.2", 3509)])
    house.store.put(namespace.strip(), data.strip())
    request = house.codec.encode(Packet(command, 7, namespace, data))
    answer = house.responder.answer(request, via=TCP)
    if answer is not None and not isinstance(answer, bytes):
        (answer,) = outcomes(answer)
    assert answer is None or house.codec.decode_answer(answer).message_id == 7
