"""Compression of a connection, both ways (RFC 4978: raw DEFLATE of RFC 1951)."""

from __future__ import annotations

import zlib

_PIECE = 16_384  # octets that are inflated at a time
# With zlib's own 15 and 8 each session would cost 256 KiB more, for a few per cent.
_WINDOW_BITS = 12
_MEMORY_LEVEL = 5


class Deflate:
    """Deflates what goes out, and inflates what comes in, a little at a time.

    A few octets may stand for any number: so `receive` only takes them, and each
    `next_piece` inflates no more than 16 KiB.
    """

    def __init__(self) -> None:
        self._out = zlib.compressobj(
            wbits=-_WINDOW_BITS, memLevel=_MEMORY_LEVEL, strategy=zlib.Z_DEFAULT_STRATEGY
        )
        self._in = zlib.decompressobj(wbits=-zlib.MAX_WBITS)
        self._waiting = b""
        self._has_more = False

    def deflate(self, data: bytes) -> bytes:
        """Return *data* as it goes out, complete."""
        return self._out.compress(data) + self._out.flush(zlib.Z_SYNC_FLUSH)

    def receive(self, data: bytes) -> None:
        """Take what has arrived."""
        self._waiting += data

    def next_piece(self) -> bytes:
        """Return some of what has arrived, b"" if nothing is left.

        Raises `zlib.error` if it was not deflated, or behind its end.
        """
        if not (self._waiting or self._has_more):
            return b""
        if self._in.eof:
            raise zlib.error("there is something behind the end")
        piece = self._in.decompress(self._waiting, _PIECE)
        self._waiting = self._in.unconsumed_tail + self._in.unused_data
        self._has_more = len(piece) == _PIECE
        return piece


class Places:
    """So many connections may be compressed at a time: each costs 80 KiB."""

    def __init__(self, most: int) -> None:
        self._left = most

    def take(self) -> bool:
        """Take a place; return whether there was one."""
        if self._left <= 0:
            return False
        self._left -= 1
        return True

    def give_back(self) -> None:
        """Leave a place to others."""
        self._left += 1
