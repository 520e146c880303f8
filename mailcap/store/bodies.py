"""Bodies at rest: the header block as it is, the rest compressed."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import zstandard
from sqlalchemy import Connection, delete, exists, func, select

from mailcap.store.dialect import among, is_sqlite
from mailcap.store.schema import bodies, messages

PLAIN = 0
ZSTD = 1
_LEAST_SLICE = 16  # octets: no more than five blocks of 128 KiB each can come of them
_LARGE_PIECE = 2**17
_LEVEL = 1  # the higher ones cost several times as much for a few per cent
_local = threading.local()  # a (de)compressor serves one thread at a time


def pack(rest: bytes) -> tuple[int, bytes]:
    """Return the codec and the stored form of *rest*."""
    try:
        compressor = _local.compressor
    except AttributeError:
        compressor = _local.compressor = zstandard.ZstdCompressor(level=_LEVEL)
    packed = compressor.compress(rest)
    return (ZSTD, packed) if len(packed) < len(rest) else (PLAIN, rest)


def unpack(codec: int, stored: bytes) -> bytes:
    """Return what `pack` was given."""
    if codec == PLAIN:
        return bytes(stored)
    try:
        decompressor = _local.decompressor
    except AttributeError:
        decompressor = _local.decompressor = zstandard.ZstdDecompressor()
    unpacked: bytes = decompressor.decompress(stored)
    return unpacked


def count_crlf_added(header: bytes, rest: bytes) -> int:
    """Return how many octets POP3 has to add, so that every line ends in CRLF.

    A CR for each LF without one, and both if the last line has no end.  The cut between
    the two is behind an LF, so that it splits no CRLF.
    """
    bare = sum(part.count(b"\n") - part.count(b"\r\n") for part in (header, rest) if part)
    last = rest or header
    return bare if not last or last.endswith(b"\n") else bare + 2


def read(connection: Connection, numbers: Sequence[int]) -> dict[int, bytes]:
    """Return whole bodies by their numbers, as far as they exist."""
    rows: Any = connection.execute(
        select(bodies.c.number, bodies.c.header, bodies.c.codec, bodies.c.rest).where(
            among(bodies.c.number, numbers)
        )
    )
    return {number: bytes(header) + unpack(codec, rest) for number, header, codec, rest in rows}


def stored(connection: Connection, number: int, start: int, count: int) -> tuple[int, bytes] | None:
    """Return the codec of a body, and *count* octets of what is stored from *start* on.

    Fewer at the end; None if there is no such body.
    """
    if is_sqlite(connection):
        return _stored_sqlite(connection, number, start, count)
    query = select(bodies.c.codec, func.substr(bodies.c.rest, start + 1, count))
    row = connection.execute(query.where(bodies.c.number == number)).one_or_none()
    return None if row is None else (row[0], bytes(row[1]))


def _stored_sqlite(
    connection: Connection, number: int, start: int, count: int
) -> tuple[int, bytes] | None:
    """As `stored`; a query would read all of the value each time."""
    codec = connection.execute(
        select(bodies.c.codec).where(bodies.c.number == number)
    ).scalar_one_or_none()
    if codec is None:
        return None
    driver: Any = connection.connection.driver_connection
    try:
        with driver.blobopen(bodies.name, "rest", number, readonly=True) as blob:
            blob.seek(min(start, len(blob)))
            return codec, blob.read(count)
    except sqlite3.OperationalError:  # the row has gone between the two
        return None


class Unpacking:
    """Undoes `pack` piece by piece.

    A few octets may stand for any number; so they are taken a few at a time, and more
    where little comes of them.
    """

    def __init__(self, codec: int) -> None:
        self._inner = None if codec == PLAIN else zstandard.ZstdDecompressor().decompressobj()
        self._slice = _LEAST_SLICE

    def take(self, stored: bytes) -> Iterator[bytes]:
        """Yield what the next piece of what is stored stands for."""
        if self._inner is None:
            yield stored
            return
        start = 0
        while start < len(stored):
            piece = self._inner.decompress(stored[start : start + self._slice])
            start += self._slice
            if piece:
                yield piece
            if len(piece) > _LARGE_PIECE:
                self._slice = max(self._slice // 4, _LEAST_SLICE)
            elif len(piece) < _LARGE_PIECE // 4:
                self._slice *= 2


def free(connection: Connection, numbers: Collection[int]) -> None:
    """Drop those of the bodies that no message has any more.

    They are locked first, so that of two transactions which each delete one of the
    last two messages of a body, the later one sees that it is the last.
    """
    mine = among(bodies.c.number, sorted(numbers))
    connection.execute(select(bodies.c.number).where(mine).with_for_update())
    connection.execute(
        delete(bodies).where(mine, ~exists().where(messages.c.body == bodies.c.number))
    )
