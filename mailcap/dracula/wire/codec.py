"""Packets under a secret: signed when they are written, checked when they are read."""

from __future__ import annotations

from collections.abc import Callable
from hmac import compare_digest

from xxhash import xxh64_intdigest

from mailcap.dracula.wire.packet import (
    HASH_SIZE,
    NO_HASH,
    SIZE,
    BadHash,
    BadPacket,
    Command,
    Packet,
    assemble,
    lay_out,
    take_apart,
)

Digest = Callable[[bytes, bytes], bytes]


def released(secret: bytes, signed: bytes) -> bytes:
    """Return what released programs put where the hash goes: the beginning of its input."""
    return (secret[:HASH_SIZE] + signed[:HASH_SIZE])[:HASH_SIZE]


def xxh64(secret: bytes, signed: bytes) -> bytes:
    """Return the hash that was meant: xxh64, seed 0, little-endian."""
    return xxh64_intdigest(secret + signed).to_bytes(HASH_SIZE, "little")


class Codec:
    """Writes and reads packets; *digest* is `released` or `xxh64`."""

    __slots__ = ("_digest", "_secret")

    def __init__(self, secret: bytes = b"", digest: Digest = released) -> None:
        self._secret = secret
        self._digest = digest

    def encode(self, packet: Packet, *, endless: bool = False) -> bytes:
        """Return the octets of *packet*.

        *endless*: its data may be longer than a packet.  Raises `WrongSize`.
        """
        parts = lay_out(packet, endless=endless)
        return assemble(packet.command, self._digest(self._secret, b"".join(parts)), parts)

    def encode_unsigned(self, packet: Packet) -> bytes:
        """Return the octets of *packet* for somebody who has not shown to know the secret."""
        return assemble(packet.command, NO_HASH, lay_out(packet))

    def decode(self, octets: bytes) -> Packet:
        """Return the request in *octets*.

        Raises `BadPacket` and `BadHash`, in this order.
        """
        if len(octets) > SIZE:
            raise BadPacket("bad packet: too large, size must be 1500 bytes")
        packet, digest, signed = take_apart(octets)
        self._check(packet, digest, signed)
        return packet

    def decode_answer(self, octets: bytes) -> Packet:
        """Return the answer in *octets*, of any length.

        Released servers sign some answers wrongly, so only a true hash is checked; an
        error has none if the server does not know us.  Raises as `decode` does.
        """
        packet, digest, signed = take_apart(octets)
        unknown = packet.command is Command.ERROR and digest == NO_HASH
        if self._digest is not released and not unknown:
            self._check(packet, digest, signed)
        return packet

    def _check(self, packet: Packet, digest: bytes, signed: bytes) -> None:
        if not compare_digest(digest, self._digest(self._secret, signed)):
            text = "auth failed: packet hash invalid"
            raise BadHash(text, packet.message_id, packet.namespace)
