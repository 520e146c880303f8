import socket
import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcap.connection.proxy_header import Endpoints, HeaderReader, InvalidHeader

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
V4 = Endpoints("192.0.2.7", 56324, "198.51.100.9", 25)
V6 = Endpoints("2001:db8::7", 56324, "2001:db8::9", 25)


def version_2(command: int, family: int, payload: bytes) -> bytes:
    return SIGNATURE + struct.pack("!BBH", command, family, len(payload)) + payload


def addresses(family: int, ends: Endpoints) -> bytes:
    return (
        socket.inet_pton(family, ends.source)
        + socket.inet_pton(family, ends.destination)
        + struct.pack("!HH", ends.source_port, ends.destination_port)
    )


VALID = {
    "v1 TCP4": (b"PROXY TCP4 192.0.2.7 198.51.100.9 56324 25\r\n", V4),
    "v1 TCP6": (b"PROXY TCP6 2001:db8::7 2001:db8::9 56324 25\r\n", V6),
    "v1 unknown": (b"PROXY UNKNOWN\r\n", None),
    "v1 unknown with addresses": (b"PROXY UNKNOWN ff::1 ff::2 1 2\r\n", None),
    "v2 TCP4": (version_2(0x21, 0x11, addresses(socket.AF_INET, V4)), V4),
    "v2 TCP6": (version_2(0x21, 0x21, addresses(socket.AF_INET6, V6)), V6),
    "v2 extras": (version_2(0x21, 0x11, addresses(socket.AF_INET, V4) + b"\x04\0\x02ab"), V4),
    "v2 local": (version_2(0x20, 0x00, b""), None),
    "v2 local with addresses": (version_2(0x20, 0x11, addresses(socket.AF_INET, V4)), None),
    "v2 unspecified": (version_2(0x21, 0x00, b"anything"), None),
    "v2 UDP": (version_2(0x21, 0x12, addresses(socket.AF_INET, V4)), None),
    "v2 UNIX": (version_2(0x21, 0x31, b"/a".ljust(216, b"\0")), None),
}

INVALID = [
    b"EHLO client.test\r\n",
    b"PROXYTCP4 192.0.2.7 198.51.100.9 1 2\r\n",
    b"PROXY  TCP4 192.0.2.7 198.51.100.9 1 2\r\n",
    b"PROXY TCP5 192.0.2.7 198.51.100.9 1 2\r\n",
    b"PROXY TCP4 192.0.2.7 198.51.100.9 1\r\n",
    b"PROXY TCP4 192.0.2.7 198.51.100.9 1 2 3\r\n",
    b"PROXY TCP4 192.0.2.7 198.51.100.9 x 2\r\n",
    b"PROXY TCP4 192.0.2.7 198.51.100.9 65536 2\r\n",
    b"PROXY TCP4 192.0.2.7 198.51.100.9 -1 2\r\n",
    b"PROXY TCP4 192.0.2.7 198.51.100.9 \xb9 2\r\n",
    b"PROXY TCP4 192.0.2.777 198.51.100.9 1 2\r\n",
    b"PROXY TCP4 2001:db8::7 2001:db8::9 1 2\r\n",
    b"PROXY TCP6 192.0.2.7 198.51.100.9 1 2\r\n",
    b"PROXY \r\n",
    b"PROXY UNKNOWN " + b"x" * 100,
    b"\r\n\r\nEHLO client.test",
    version_2(0x11, 0x11, addresses(socket.AF_INET, V4)),  # version 1 in the wrong form
    version_2(0x22, 0x11, addresses(socket.AF_INET, V4)),  # no such command
    version_2(0x21, 0x41, addresses(socket.AF_INET, V4)),  # no such family
    version_2(0x21, 0x13, addresses(socket.AF_INET, V4)),  # no such transport
    version_2(0x21, 0x11, addresses(socket.AF_INET, V4)[:-1]),
    version_2(0x21, 0x21, addresses(socket.AF_INET, V4)),
    version_2(0x21, 0x11, bytes(4081)),  # longer than anybody needs
]


def feed(octets: bytes, cuts: list[int]) -> HeaderReader | None:
    """Return the reader when *octets*, cut at *cuts*, complete a header."""
    reader = HeaderReader()
    ends = [*sorted(cut % (len(octets) + 1) for cut in cuts), len(octets)]
    start = 0
    for end in ends:
        if end > start and reader.feed(octets[start:end]):
            reader.rest += octets[end:]
            return reader
        start = end
    return None


@pytest.mark.parametrize("name", VALID)
@given(cuts=st.lists(st.integers(min_value=0, max_value=300), max_size=5))
def test_a_header_is_read_however_it_is_cut(name, cuts):
    header, ends = VALID[name]
    reader = feed(header + b"EHLO client.test\r\n", cuts)
    assert reader is not None
    assert reader.endpoints == ends
    assert reader.rest == b"EHLO client.test\r\n"


@pytest.mark.parametrize("name", VALID)
def test_a_header_is_read_octet_by_octet(name):
    header, ends = VALID[name]
    reader = HeaderReader()
    assert not any(reader.feed(header[at : at + 1]) for at in range(len(header) - 1))
    assert reader.feed(header[-1:])
    assert (reader.endpoints, reader.rest) == (ends, b"")


@pytest.mark.parametrize("octets", INVALID)
@given(cuts=st.lists(st.integers(min_value=0, max_value=300), max_size=5))
def test_whatever_is_no_header_is_refused_however_it_is_cut(octets, cuts):
    with pytest.raises(InvalidHeader):
        feed(octets, cuts)


def test_the_longest_line_of_version_1():
    longest = b"PROXY UNKNOWN " + b"f" * 91 + b"\r\n"
    assert len(longest) == 107
    assert feed(longest, []) is not None
    with pytest.raises(InvalidHeader):
        feed(longest[:14] + b"f" + longest[14:], [])


def test_nothing_is_waited_for_that_cannot_come():
    reader = HeaderReader()
    with pytest.raises(InvalidHeader):
        reader.feed(b"E")
    with pytest.raises(InvalidHeader):
        HeaderReader().feed(SIGNATURE + b"\x21\x11\xff\xff")


@given(st.binary(min_size=1, max_size=400), st.lists(st.integers(0, 400), max_size=4))
def test_no_octets_raise_anything_else(octets, cuts):
    for start in (b"", b"PROXY TCP4 ", SIGNATURE):
        with suppress(InvalidHeader):
            feed(start + octets, cuts)
