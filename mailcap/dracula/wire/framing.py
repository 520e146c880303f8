"""Packets in a stream: where each ends."""

from __future__ import annotations

from enum import Enum, auto

from mailcap.dracula.wire.packet import SIZE, Command

STOP = b"\n.\n"

_HEADER = 15  # octets before the namespace: hash and id may be any, even a stop
_WHITE = b"\t\n\v\f\r "
_ROOM = SIZE + 64  # for white space before a request
_LONGEST_ANSWER = 64 * 2**20
_STARTS = tuple(b"%c " % command for command in Command)


class Overlong(Enum):
    """A request that was longer than a packet, read to its end and thrown away."""

    OVERLONG = auto()


class StreamTooLong(Exception):
    """A server's answer does not end."""


class RequestReader:
    """Cuts what a client sends into requests.

    `receive_data` takes octets as they come; `next_event` gives the octets of the next
    request (at most 1,500, and not padded), or None until more octets come.
    """

    __slots__ = ("_buffer", "_overlong", "_searched")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._searched = 0
        self._overlong = False

    @property
    def held(self) -> int:
        """How many octets have arrived and belong to no event yet."""
        return len(self._buffer)

    def receive_data(self, data: bytes) -> None:
        """Take what has arrived."""
        self._buffer += data

    def next_event(self) -> bytes | Overlong | None:
        """Return the next request, or None if it is not complete yet."""
        buffer = self._buffer
        end = buffer.find(STOP, max(self._searched, 0 if self._overlong else self._first_stop()))
        if end < 0:
            self._wait()
            return None
        too_long = self._overlong or end > _ROOM
        request = b"" if too_long else bytes(buffer[:end]).lstrip(_WHITE)
        del buffer[: end + len(STOP)]
        self._searched = 0
        self._overlong = False
        if too_long or len(request) > SIZE:
            return Overlong.OVERLONG
        return request if len(request) == SIZE else request.rstrip(_WHITE)

    def _wait(self) -> None:
        """Keep what may become a request: the rest of one that is too long goes at once."""
        if len(self._buffer) > _ROOM + len(STOP):
            self._overlong = True
            del self._buffer[: -len(STOP) + 1]
        self._searched = max(0, len(self._buffer) - len(STOP) + 1)

    def _first_stop(self) -> int:
        """Return before which octet no request ends."""
        head = bytes(self._buffer[: _ROOM - SIZE])
        begin = head.lstrip(_WHITE)
        return len(head) - len(begin) + _HEADER if begin.startswith(_STARTS) else 0


class AnswerReader:
    """Collects one answer of a server."""

    __slots__ = ("_buffer",)

    def __init__(self) -> None:
        self._buffer = bytearray()

    def receive_data(self, data: bytes) -> bytes | None:
        """Take what has arrived; return the answer when it is complete.

        None is shorter than a packet, so a stop within one is data.  Raises
        `StreamTooLong`.
        """
        searched = max(SIZE, len(self._buffer) - len(STOP) + 1)
        self._buffer += data
        end = self._buffer.find(STOP, searched)
        if end >= 0:
            return bytes(self._buffer[:end])
        if len(self._buffer) > _LONGEST_ANSWER:
            raise StreamTooLong
        return None
