"""Where requests and answers end in a stream, however it is cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcap.dracula.wire.codec import Codec, xxh64
from mailcap.dracula.wire.framing import STOP, AnswerReader, Overlong, RequestReader, StreamTooLong
from mailcap.dracula.wire.packet import SIZE, Command, Packet

LONG = Overlong.OVERLONG


def pieces(octets, cuts):
    places = sorted(cut % (len(octets) + 1) for cut in cuts)
    return [octets[a:b] for a, b in zip([0, *places], [*places, len(octets)], strict=True)]


def read(*data):
    reader, found = RequestReader(), []
    for each in data:
        reader.receive_data(each)
        while (event := reader.next_event()) is not None:
            found.append(event)
    return found, reader


def request(number, *, key=b"key", digest=xxh64):
    return Codec(b"secret", digest).encode(Packet(Command.PUT, number, b"default", key))


cuts = st.lists(st.integers(0, 5000), max_size=8)
odd = st.sampled_from([STOP, b"\n", b".", b"P ", b" ", b"C 12345678 1234 n", b"x" * 1700])
streams = st.lists(st.one_of(st.binary(max_size=40), odd), max_size=12).map(b"".join)


@given(streams, cuts)
def test_any_split_of_any_octets_gives_the_same(octets, cuts):
    assert read(*pieces(octets, cuts))[0] == read(octets)[0]


@given(streams)
def test_only_a_bounded_part_is_kept(octets):
    _, reader = read(*(octets[place : place + 100] for place in range(0, len(octets), 100)))
    assert reader.held < SIZE + 170


@given(cuts)
def test_requests_that_come_together_are_all_found(cuts):
    sent = [request(number) for number in range(5)]
    octets = b"".join(each + STOP for each in sent)
    assert read(*pieces(octets, cuts))[0] == sent


@pytest.mark.parametrize(
    ("octets", "found"),
    [
        (b"C 12345678 1234 n" + STOP, [b"C 12345678 1234 n"]),
        (b"\n \r\n\tC 12345678 1234 n \r" + STOP, [b"C 12345678 1234 n"]),
        (b"hello" + STOP + b"world" + STOP, [b"hello", b"world"]),
        (STOP + STOP, [b"", b""]),
        (b"\n", []),
        (b"\n.", []),
        (b".\n", []),
    ],
)
def test_unpadded_and_empty_requests(octets, found):
    assert read(octets)[0] == found


@pytest.mark.parametrize("place", [2, 4, 7, 10, 11, 12])
def test_a_stop_within_hash_or_id_is_none(place):
    octets = bytearray(request(1))
    octets[place : place + 3] = STOP
    assert read(bytes(octets) + STOP, request(2) + STOP)[0] == [bytes(octets), request(2)]


def test_a_request_that_is_too_long_is_read_to_its_end_and_the_next_one_found():
    for length in (SIZE + 1, SIZE + 65, 5000, 100_000):
        octets = b"C" * length + STOP + request(1) + STOP
        assert read(octets)[0] == [LONG, request(1)]
        assert read(*(octets[n : n + 700] for n in range(0, len(octets), 700)))[0] == [
            LONG,
            request(1),
        ]


def answer(size):
    return Codec().encode(Packet(Command.KEYS, 1, b"n", b"k" * size), endless=True)


@given(st.sampled_from([0, 1419, 1420, 2000, 9000]), cuts)
def test_answers_end_with_a_stop_behind_a_whole_packet(size, cuts):
    reader = AnswerReader()
    found = [reader.receive_data(each) for each in pieces(answer(size) + STOP, cuts)]
    assert [each for each in found if each is not None][:1] == [answer(size)]


def test_a_stop_within_the_first_packet_is_data():
    octets = Codec().encode(Packet(Command.KEYS, 1, b"n", b"a\n.\nb"))
    assert AnswerReader().receive_data(octets + STOP) == octets


def test_an_answer_without_end_is_given_up(monkeypatch):
    monkeypatch.setattr("mailcap.dracula.wire.framing._LONGEST_ANSWER", 5000)
    reader = AnswerReader()
    assert reader.receive_data(b"x" * 5000) is None
    with pytest.raises(StreamTooLong):
        reader.receive_data(b"x")
