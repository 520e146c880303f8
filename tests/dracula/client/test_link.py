"""One server over UDP."""

import pytest

from fakes import outcomes
from mailcap.dracula.client.link import Link, NoAnswer, Refusal
from mailcap.dracula.places import Place
from mailcap.dracula.wire.codec import Codec, xxh64
from mailcap.dracula.wire.packet import SIZE, Command, Packet, WrongSize, pack_count
from support.datagrams import DatagramReactor

PLACE = Place("127.0.0.1", 3509)
CODEC = Codec(b"secret", xxh64)


def silent(_octets):
    return None


@pytest.fixture
def reactor():
    return DatagramReactor({PLACE: silent})


@pytest.fixture
def link(reactor):
    link = Link(PLACE, CODEC, reactor)
    assert not link.healthy
    link.open()
    return link


def ask(link, command=Command.COUNT):
    return outcomes(link.ask(command, b"n", b"a", timeout=1))


def asked(link, place=-1):
    return CODEC.decode(link.transport.sent[place][0])


def answer(link, command, message_id, data=b"", codec=CODEC):
    octets = codec.encode(Packet(command, message_id, b"n", data))
    link.datagramReceived(octets, PLACE)


def error_of(result):
    with pytest.raises((NoAnswer, Refusal)) as error:
        result[0].raiseException()
    return error.value


def test_an_answer_goes_to_its_call(link):
    first, second = ask(link), ask(link)
    answer(link, Command.COUNT, asked(link, 1).message_id, pack_count(0x20202020))
    assert (first, second) == ([], [0x20202020])
    answer(link, Command.COUNT, asked(link, 0).message_id, pack_count(1))
    assert first == [1]


def test_ids_begin_anywhere_and_wrap(link):
    link._next_id = 2**32 - 1
    ask(link)
    ask(link)
    assert [asked(link, n).message_id for n in (0, 1)] == [0, 1]


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"C" * 10,
        bytes(SIZE),
        CODEC.encode(Packet(Command.COUNT, 1, b"n", pack_count(9))),
        Codec(b"another", xxh64).encode(Packet(Command.COUNT, 0, b"n", pack_count(9))),
        CODEC.encode(Packet(Command.PUT, 0, b"n")),
    ],
)
def test_what_answers_no_call_is_left_alone(link, octets):
    link._next_id = 2**32 - 1
    result = ask(link)
    link.datagramReceived(octets, PLACE)
    assert result == []
    answer(link, Command.COUNT, 0, pack_count(2))
    assert result == [2]


def test_a_second_answer_is_left_alone(link):
    result = ask(link)
    for count in (1, 2):
        answer(link, Command.COUNT, asked(link).message_id, pack_count(count))
    assert result == [1]


def test_an_error_is_told_in_the_servers_words(link):
    result = ask(link)
    refusal = Packet(Command.ERROR, asked(link).message_id, b"n", b"auth failed")
    link.datagramReceived(Codec(b"another").encode_unsigned(refusal), PLACE)
    assert isinstance(error_of(result), Refusal)
    assert str(error_of(result)) == "auth failed"


def test_silence_is_no_answer_and_leaves_the_server_out(link, reactor):
    result = ask(link)
    reactor.advance(0.9)
    assert result == []
    reactor.advance(0.1)
    assert str(error_of(result)) == "no answer in time"
    assert not link.healthy
    assert reactor.getDelayedCalls() == []


def test_a_server_that_answers_others_has_only_lost_a_packet(link, reactor):
    first, second = ask(link), ask(link)
    answer(link, Command.COUNT, asked(link).message_id, pack_count(1))
    reactor.advance(1)
    assert (second, str(error_of(first))) == ([1], "an answer was lost")
    assert link.healthy


def test_a_refused_connection_fails_all_calls_at_once(link, reactor):
    del reactor.servers[PLACE]
    results = [ask(link), ask(link)]
    reactor.advance(0)
    assert {str(error_of(result)) for result in results} == {"connection refused"}
    assert not link.healthy


def test_a_socket_that_the_reactor_closes_is_opened_for_the_next_call(link, reactor):
    result = ask(link)
    link.transport = None
    link.stopProtocol()
    assert str(error_of(result)) == "connection refused"
    assert not link.healthy
    again = ask(link)
    answer(link, Command.COUNT, asked(link).message_id, pack_count(1))
    assert again == [1]
    assert reactor.open == 2


def test_a_network_that_is_down_is_no_answer(link):
    link.transport.error = OSError(101, "Network is unreachable")
    link.transport.write = lambda _: (_ for _ in ()).throw(link.transport.error)
    assert str(error_of(ask(link))) == "Network is unreachable"


def test_too_many_calls_are_not_waited_for(link, monkeypatch):
    monkeypatch.setattr("mailcap.dracula.client.link._MOST_WAITING", 2)
    first, second, third = ask(link), ask(link), ask(link)
    assert (first, second) == ([], [])
    assert "too many calls" in str(error_of(third))
    assert link.healthy


def test_what_is_too_long_is_not_sent(link):
    with pytest.raises(WrongSize):
        link.ask(Command.PUT, b"n" * 65, b"", timeout=1)
    assert link.transport.sent == []


def test_closing_ends_all_calls(link, reactor):
    result = ask(link)
    outcome_of_close = link.close()
    assert outcome_of_close is None
    assert "closed" in str(error_of(result))
    reactor.advance(0)
    assert (reactor.open, reactor.getDelayedCalls()) == (0, [])


def test_a_link_that_was_never_opened_closes(reactor):
    assert Link(PLACE, CODEC, reactor).close() is None
