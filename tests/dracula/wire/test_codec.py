"""Both forms of the hash, against octets captured from released programs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcap.dracula.wire.codec import Codec, released, xxh64
from mailcap.dracula.wire.packet import NO_HASH, SIZE, BadHash, BadPacket, Command, Packet, Rejected

PUT = Packet(Command.PUT, 2, b"default", b"asdf")


@pytest.mark.parametrize(
    ("secret", "octets"),
    [
        (b"", "02 00 00 00 64 65 66 61"),
        (b"abc", "61 62 63 02 00 00 00 64"),
        (b"abcd", "61 62 63 64 02 00 00 00"),
        (b"abcde", "61 62 63 64 65 02 00 00"),
        (b"very-secure3", "76 65 72 79 2d 73 65 63"),
    ],
)
def test_the_released_form_shows_the_beginning_of_its_input(secret, octets):
    assert Codec(secret).encode(PUT)[2:10] == bytes.fromhex(octets)


def test_a_whole_packet_as_released_programs_send_it():
    octets = bytes.fromhex("5020766572792d736563200200000020")
    octets += b"default" + b" " * 57 + b" " + b"asdf" + b" " * 1415
    assert Codec(b"very-secure3").encode(PUT) == octets
    assert Codec(b"very-secure3").decode(octets) == PUT


def test_the_true_hash():
    codec = Codec(b"very-secure3", xxh64)
    assert codec.encode(PUT)[2:10].hex() == "fab291d150a97e77"
    assert codec.decode(codec.encode(PUT)) == PUT


@pytest.mark.parametrize("mine", [released, xxh64])
@pytest.mark.parametrize("theirs", [released, xxh64])
def test_only_the_same_form_and_secret_are_understood(mine, theirs):
    octets = Codec(b"secret", theirs).encode(PUT)
    if mine is theirs:
        assert Codec(b"secret", mine).decode(octets) == PUT
    with pytest.raises(BadHash, match=r"^auth failed: packet hash invalid$") as error:
        Codec(b"another", mine).decode(octets)
    assert (error.value.message_id, error.value.namespace) == (2, b"default")


def test_secrets_that_begin_alike_are_equal_as_released_and_differ_in_truth():
    assert Codec(b"12345678 one").decode(Codec(b"12345678 two").encode(PUT)) == PUT
    with pytest.raises(BadHash):
        Codec(b"12345678 one", xxh64).decode(Codec(b"12345678 two", xxh64).encode(PUT))


@pytest.mark.parametrize("place", [*range(2, 10), *range(11, 15), *range(16, 80), 81, 84, 1499])
def test_a_true_hash_covers_id_namespace_and_data(place):
    codec = Codec(b"secret", xxh64)
    octets = bytearray(codec.encode(PUT))
    octets[place] ^= 1
    with pytest.raises(BadHash):
        codec.decode(bytes(octets))


def test_the_layout_is_looked_at_before_the_hash():
    with pytest.raises(BadPacket, match="too large, size must be 1500 bytes"):
        Codec().decode(bytes(SIZE + 1))
    with pytest.raises(BadPacket, match="invalid command byte"):
        Codec(b"secret").decode(bytes(SIZE))


@pytest.mark.parametrize("digest", [released, xxh64])
@pytest.mark.parametrize("secret", [b"", b"abc", b"abcd", b"very-secure3"])
def test_no_octet_of_the_secret_is_in_an_unsigned_packet(secret, digest):
    answer = Packet(Command.ERROR, 2, b"default", b"auth failed: packet hash invalid")
    assert Codec(secret, digest).encode_unsigned(answer)[2:10] == NO_HASH


def test_answers_of_released_servers_need_no_right_hash():
    octets = Codec(b"another").encode(PUT)
    assert Codec(b"secret").decode_answer(octets) == PUT


def test_true_hashes_of_answers_are_checked_but_for_refusals():
    mine, theirs = Codec(b"secret", xxh64), Codec(b"another", xxh64)
    with pytest.raises(BadHash):
        mine.decode_answer(theirs.encode(PUT))
    with pytest.raises(BadHash):
        mine.decode_answer(theirs.encode_unsigned(PUT))
    refusal = Packet(Command.ERROR, 2, b"", b"auth failed")
    assert mine.decode_answer(theirs.encode_unsigned(refusal)) == refusal


@given(st.binary(max_size=SIZE + 10), st.binary(max_size=12), st.sampled_from([released, xxh64]))
def test_no_octets_raise_anything_else(octets, secret, digest):
    codec = Codec(secret, digest)
    for decode in (codec.decode, codec.decode_answer):
        try:
            assert isinstance(decode(octets), Packet)
        except Rejected as error:
            assert str(error).startswith(("bad packet: ", "auth failed: "))  # noqa: PT017
