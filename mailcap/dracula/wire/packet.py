"""One packet as a value, and its layout."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum

SIZE = 1500
NAMESPACE_SIZE = 64
DATA_SIZE = 1419
HASH_SIZE = 8
NO_HASH = bytes(HASH_SIZE)

_HASH = slice(2, 10)
_ID = slice(11, 15)
_NAMESPACE = slice(16, 80)
_DATA_START = 81
_MOST_COUNT = 2**32 - 1

# What the released server takes off both ends: Unicode's white space in UTF-8.  As one
# expression, because a sender may fill a packet with it; read backwards at the end,
# because a search there would begin anew at each octet.
_WIDE = ("\x85", "\xa0", "\u1680", *map(chr, range(0x2000, 0x200B)), "\u2028", "\u2029")
_WIDE += ("\u202f", "\u205f", "\u3000")
_SPACES = [b"\t", b"\n", b"\v", b"\f", b"\r", b" ", *(each.encode() for each in _WIDE)]
_LEADING = re.compile(b"(?:%b)+" % b"|".join(map(re.escape, _SPACES)))
_TRAILING = re.compile(b"(?:%b)+" % b"|".join(re.escape(each[::-1]) for each in _SPACES))
_BEYOND_ASCII = 0x80


class Command(IntEnum):
    """What a packet is for: its first octet."""

    PUT = ord("P")
    COUNT = ord("C")
    COUNT_NAMESPACE = ord("N")
    COUNT_SERVER = ord("S")
    REPLICATE = ord("R")
    KEYS = ord("K")
    NAMESPACES = ord("L")
    VALUES = ord("V")
    STORE = ord("T")
    RETRIEVE = ord("I")
    ERROR = ord("E")


_COMMANDS = {int(command): command for command in Command}


@dataclass(frozen=True, slots=True)
class Packet:
    """A request or an answer, without its hash.

    *message_id* has 32 bits, and an answer repeats it and *namespace*.
    """

    command: Command
    message_id: int
    namespace: bytes = b""
    data: bytes = b""


class WrongSize(ValueError):
    """A namespace or data that no packet has room for."""

    def __init__(self) -> None:
        super().__init__("wrong data size during packet construction")


class Rejected(Exception):
    """Octets that are no packet for us; the text is for their sender.

    *message_id* and *namespace* are those that an answer repeats.
    """

    def __init__(self, text: str, message_id: int = 0, namespace: bytes = b"") -> None:
        super().__init__(text)
        self.message_id = message_id
        self.namespace = namespace

    @property
    def answer(self) -> Packet:
        """The error that tells the sender."""
        return Packet(Command.ERROR, self.message_id, self.namespace, str(self).encode())


class BadPacket(Rejected):
    """The layout is wrong."""


class BadHash(Rejected):
    """The sender does not know the secret."""


def trim(text: bytes) -> bytes:
    """Return *text* without Unicode's white space on either end."""
    text = text.strip()
    if text and (text[0] >= _BEYOND_ASCII or text[-1] >= _BEYOND_ASCII):
        if match := _LEADING.match(text):
            text = text[match.end() :]
        if match := _TRAILING.match(text[::-1]):
            text = text[: len(text) - match.end()]
    return text


def lay_out(packet: Packet, *, endless: bool = False) -> tuple[bytes, bytes, bytes]:
    """Return id, namespace and data as they are on the wire.

    *endless*: a list may be longer than a packet.  Raises `WrongSize`.
    """
    namespace, data = packet.namespace, packet.data
    if len(namespace) > NAMESPACE_SIZE or (len(data) > DATA_SIZE and not endless):
        raise WrongSize
    return (
        packet.message_id.to_bytes(4, "little"),
        namespace.ljust(NAMESPACE_SIZE),
        data.ljust(DATA_SIZE),
    )


def assemble(command: Command, digest: bytes, parts: tuple[bytes, bytes, bytes]) -> bytes:
    """Return the octets of a packet whose *parts* `lay_out` has made."""
    return b" ".join((b"%c" % command, digest, *parts))


def take_apart(octets: bytes) -> tuple[Packet, bytes, bytes]:
    """Return a packet, its hash, and what the hash is of.

    Short *octets* are padded with spaces.  Raises `BadPacket`, for the command before
    the spaces.
    """
    octets = octets.ljust(SIZE)
    message_id = int.from_bytes(octets[_ID], "little")
    padded = octets[_NAMESPACE]
    command = _COMMANDS.get(octets[0])
    if command is None:
        raise BadPacket("bad packet: invalid command byte", message_id, trim(padded))
    if octets[1] != 0x20 or octets[10] != 0x20:  # noqa: PLR2004  a space
        raise BadPacket("bad packet: expected space 1", message_id, trim(padded))
    if octets[15] != 0x20 or octets[80] != 0x20:  # noqa: PLR2004  a space
        raise BadPacket("bad packet: expected space 3", message_id, trim(padded))
    data = octets[_DATA_START:]
    packet = Packet(command, message_id, trim(padded), trim(data))
    return packet, octets[_HASH], octets[_ID] + padded + data


def pack_count(count: int) -> bytes:
    """Return a count as data; what is too large is the largest."""
    return min(count, _MOST_COUNT).to_bytes(4, "little")


def unpack_count(octets: bytes) -> int:
    """Return the count in an answer, from its *octets*: some of it may look like white space."""
    return int.from_bytes(octets[_DATA_START : _DATA_START + 4], "little")
