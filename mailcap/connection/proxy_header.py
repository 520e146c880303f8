"""The PROXY header, versions 1 and 2, which tells who is behind a balancer.

Written after HAProxy's "The PROXY protocol", sections 2.1 and 2.2.  The parsers in
`twisted.protocols.haproxy` are private, want the first 16 octets in one piece, and
let bad ports and unknown families out as `ValueError` and `KeyError`.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Final

_V1_START: Final = b"PROXY "
_V1_MOST: Final = 107  # octets, line end included (section 2.1)
_V2_START: Final = b"\r\n\r\n\0\r\nQUIT\n"
_V2_FIXED: Final = 16
# A header may announce 65,535 octets of extras; balancers send a few hundred.
_V2_MOST: Final = 4096
_V2_LOCAL, _V2_PROXY = 0x20, 0x21  # the version, and what the balancer wants
_TCP4, _TCP6 = 0x11, 0x21
# No family, or no TCP: what these say is skipped, and the balancer's own address holds.
_OTHERS: Final = frozenset({0x00, 0x01, 0x02, 0x10, 0x12, 0x20, 0x22, 0x30, 0x31, 0x32})


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The two ends of the connection that a balancer passes on."""

    source: str
    source_port: int
    destination: str
    destination_port: int


class InvalidHeader(ValueError):
    """What came first is no PROXY header."""


class HeaderReader:
    """Collects a header from pieces of any size."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self.endpoints: Endpoints | None = None
        self.rest = b""

    def feed(self, data: bytes) -> bool:
        """Take *data*, and return whether the header is complete.

        Then `endpoints` has what it says (None: the connection is the balancer's
        own), and `rest` what came behind it.  Raises `InvalidHeader` as soon as it
        cannot become one.
        """
        self._buffer += data
        if self._buffer.startswith(_V2_START[: len(self._buffer)]):
            length = self._v2_length()
        elif self._buffer.startswith(_V1_START[: len(self._buffer)]):
            length = self._v1_length()
        else:
            raise InvalidHeader("neither version 1 nor version 2")
        if not length:
            return False
        header, self.rest = bytes(self._buffer[:length]), bytes(self._buffer[length:])
        self._buffer.clear()
        self.endpoints = _parse_v1(header) if header.startswith(_V1_START) else _parse_v2(header)
        return True

    def _v1_length(self) -> int:
        end = self._buffer.find(b"\r\n", 0, _V1_MOST)
        if end < 0 and len(self._buffer) >= _V1_MOST:
            raise InvalidHeader("version 1: the line does not end")
        return end + 2 if end >= 0 else 0

    def _v2_length(self) -> int:
        if len(self._buffer) < _V2_FIXED:
            return 0
        if self._buffer[12] not in {_V2_LOCAL, _V2_PROXY}:
            raise InvalidHeader("version 2: unknown version or command")
        length = _V2_FIXED + int.from_bytes(self._buffer[14:16], "big")
        if length > _V2_MOST:
            raise InvalidHeader("version 2: too long")
        return length if len(self._buffer) >= length else 0


def _parse_v1(header: bytes) -> Endpoints | None:
    try:
        _, family, *fields = header.decode("ascii").removesuffix("\r\n").split(" ")
        if family == "UNKNOWN":
            return None
        parse = {"TCP4": IPv4Address, "TCP6": IPv6Address}[family]
        source, destination, source_port, destination_port = fields
        return Endpoints(
            str(parse(source)), _port(source_port), str(parse(destination)), _port(destination_port)
        )
    except (ValueError, KeyError) as error:
        raise InvalidHeader(f"version 1: {error}") from None


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):  # noqa: PLR2004
        raise ValueError(f"{text!r} is no port")
    return int(text)


def _parse_v2(header: bytes) -> Endpoints | None:
    command, family, payload = header[12], header[13], header[_V2_FIXED:]
    if command == _V2_LOCAL or family in _OTHERS:
        return None
    if family not in {_TCP4, _TCP6}:
        raise InvalidHeader("version 2: unknown family")
    size = 4 if family == _TCP4 else 16
    if len(payload) < 2 * size + 4:
        raise InvalidHeader("version 2: the addresses are cut off")
    parse = IPv4Address if family == _TCP4 else IPv6Address
    return Endpoints(
        str(parse(payload[:size])),
        int.from_bytes(payload[2 * size : 2 * size + 2], "big"),
        str(parse(payload[size : 2 * size])),
        int.from_bytes(payload[2 * size + 2 : 2 * size + 4], "big"),
    )
