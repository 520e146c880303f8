"""The layout of a packet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcap.dracula.wire.packet import (
    DATA_SIZE,
    SIZE,
    BadPacket,
    Command,
    Packet,
    Rejected,
    WrongSize,
    assemble,
    lay_out,
    pack_count,
    take_apart,
    trim,
    unpack_count,
)

WHITE = "\t\n\v\f\r \x85\xa0\u1680\u2000\u200a\u2028\u2029\u202f\u205f\u3000"
texts = st.binary(max_size=70).map(trim)
packets = st.builds(
    Packet,
    st.sampled_from(Command),
    st.integers(0, 2**32 - 1),
    texts.filter(lambda text: len(text) <= 64),
    st.binary(max_size=DATA_SIZE).map(trim),
)


@given(packets, st.binary(min_size=8, max_size=8))
def test_what_is_assembled_comes_back(packet, digest):
    octets = assemble(packet.command, digest, lay_out(packet))
    assert len(octets) == SIZE
    again, found, signed = take_apart(octets)
    assert (again, found) == (packet, digest)
    assert signed == octets[11:15] + octets[16:80] + octets[81:]


@given(st.binary(max_size=SIZE + 100))
def test_any_octets_are_a_packet_or_a_rejection_that_can_be_answered(octets):
    try:
        answer, _, _ = take_apart(octets[:SIZE])
    except Rejected as error:
        answer = error.answer
    assert len(assemble(Command.ERROR, bytes(8), lay_out(answer))) == SIZE


@given(st.binary(max_size=SIZE))
def test_short_octets_mean_what_they_mean_with_spaces(octets):
    def outcome(given):
        try:
            return take_apart(given)
        except BadPacket as error:
            return str(error), error.message_id, error.namespace

    assert outcome(octets) == outcome(octets.ljust(SIZE))


def wrong_at(*places, command=b"C"):
    octets = bytearray(assemble(Command.COUNT, bytes(8), lay_out(Packet(Command.COUNT, 7, b"n"))))
    octets[:1] = command
    for place in places:
        octets[place] = 0
    return bytes(octets)


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (wrong_at(1), "bad packet: expected space 1"),
        (wrong_at(10), "bad packet: expected space 1"),
        (wrong_at(15), "bad packet: expected space 3"),
        (wrong_at(80), "bad packet: expected space 3"),
        (wrong_at(10, 80), "bad packet: expected space 1"),
        (wrong_at(1, 80, command=b"?"), "bad packet: invalid command byte"),
        (wrong_at(command=b"p"), "bad packet: invalid command byte"),
    ],
)
def test_what_is_wrong_is_said_command_first(octets, text):
    with pytest.raises(BadPacket) as error:
        take_apart(octets)
    assert error.value.answer == Packet(Command.ERROR, 7, b"n", text.encode())


def test_five_octets_are_no_command():
    with pytest.raises(BadPacket, match=r"^bad packet: invalid command byte$"):
        take_apart(b"hello")


@pytest.mark.parametrize(
    "packet",
    [Packet(Command.PUT, 1, b"n" * 65), Packet(Command.PUT, 1, b"n", b"d" * 1420)],
)
def test_what_is_too_long_is_not_cut(packet):
    with pytest.raises(WrongSize, match=r"^wrong data size during packet construction$"):
        lay_out(packet)


def test_a_list_may_be_longer():
    parts = lay_out(Packet(Command.KEYS, 1, b"n", b"d" * 1420), endless=True)
    assert len(assemble(Command.KEYS, bytes(8), parts)) == 81 + 1420


@given(st.text(WHITE), st.text(), st.text(WHITE))
def test_white_space_of_unicode_goes_on_both_ends(before, text, after):
    # Python takes away four control characters more than the released server.
    inner = text.strip(WHITE)
    assert trim(f"{before}{inner}{after}".encode()) == inner.encode()


@pytest.mark.parametrize(
    "octets", [b"\x85", b"\xa0", b"a\x80", b"\xe2\x80", b"\0", b"a\0", b"\x1f"]
)
def test_what_only_looks_like_it_stays(octets):
    assert trim(octets) == octets


@pytest.mark.parametrize("filling", [b"\xc2\x85" * 709, b" \xe3\x80\x80" * 354 + b"x", b" x" * 700])
def test_a_packet_full_of_white_space_takes_no_longer(filling):
    """Work is measured, not time: each octet is looked at a bounded number of times."""
    assert len(trim(filling)) <= len(filling)
    assert trim(b"a" + filling + b"b") == b"a" + filling + b"b"


@pytest.mark.parametrize(
    ("count", "octets"),
    [(0, "00000000"), (1, "01000000"), (0x20202020, "20202020"), (2**32, "ffffffff")],
)
def test_counts_are_four_octets_and_capped(count, octets):
    assert pack_count(count).hex() == octets
    packet = Packet(Command.COUNT, 1, b"", pack_count(count))
    answer = assemble(Command.COUNT, bytes(8), lay_out(packet))
    assert unpack_count(answer) == min(count, 2**32 - 1)
    assert answer[85:] == b" " * 1415
