"""The framing of RFC 6455, by wsproto, with the limits that it lacks.

Bytes in, events out, no I/O.  What clients say has no meaning here; so of their messages
nothing is kept but how long they are.  Extensions are declined.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from wsproto import events
from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.frame_protocol import CloseReason, FrameProtocol
from wsproto.utilities import LocalProtocolError

# Clients have nothing to say; a longer message is only there to be held in memory.
LONGEST = 64 * 2**10  # octets

# Frames between two of our pings.  Each takes some ten microseconds, and there is room for
# ten thousand of them in what is read at once.
MOST_FRAMES = 100

GOING_AWAY = int(CloseReason.GOING_AWAY)
POLICY = int(CloseReason.POLICY_VIOLATION)
TOO_BIG = int(CloseReason.MESSAGE_TOO_BIG)
TRY_AGAIN_LATER = int(CloseReason.TRY_AGAIN_LATER)


@dataclass(frozen=True, slots=True)
class Pinged:
    """The client wants *answer* to be sent."""

    answer: bytes


@dataclass(frozen=True, slots=True)
class Closed:
    """The client has closed, or made a mistake: *answer* is the last thing to be sent."""

    answer: bytes


def text_frame(text: str) -> bytes:
    """Return a whole message.  A server's frames are the same for all of its clients."""
    return bytes(FrameProtocol(client=False, extensions=[]).send_data(text, fin=True))


class Flood(Exception):
    """The client says more than anybody needs to."""


class Wire:
    """One connection, behind its handshake."""

    def __init__(self) -> None:
        self._connection = Connection(ConnectionType.SERVER)
        self._frames = 0  # since the last ping
        self._length = 0  # of the message that arrives

    @property
    def is_closed(self) -> bool:
        """Whether both sides have said that they close."""
        return self._connection.state is ConnectionState.CLOSED

    def receive_data(self, data: bytes) -> Iterator[Pinged | Closed]:
        """Yield what *data* asks for; behind `Closed` comes at most another one.

        Raises `Flood`, and is not to be given any more data then.
        """
        if self.is_closed:
            return
        self._connection.receive_data(data)
        for event in self._connection.events():
            self._count(event)
            if isinstance(event, events.CloseConnection):
                yield Closed(self.close(event.code))
            elif self._connection.state is ConnectionState.LOCAL_CLOSING:
                continue  # until the client says that it closes, too
            elif isinstance(event, events.Ping):
                yield Pinged(self._sent(event.response()))
            elif isinstance(event, events.Message) and self._is_too_long(event):
                yield Closed(self.close(TOO_BIG, "a message may have 64 KiB"))

    def ping(self) -> bytes:
        """Return what asks the client whether it lives."""
        self._frames = 0
        return self._sent(events.Ping())

    def close(self, code: int, reason: str = "") -> bytes:
        """Return what says that this side closes, or b"" if it has said so already."""
        if code == CloseReason.NO_STATUS_RCVD:
            code = int(CloseReason.NORMAL_CLOSURE)
        return self._sent(events.CloseConnection(code, reason))

    def _count(self, event: events.Event) -> None:
        """Count a frame, at its end."""
        self._frames += not isinstance(event, events.Message) or event.frame_finished
        if self._frames > MOST_FRAMES:
            raise Flood

    def _is_too_long(self, event: events.Message[Any]) -> bool:
        data = event.data
        self._length += len(data.encode() if isinstance(data, str) else data)
        too_long = self._length > LONGEST
        if event.message_finished:
            self._length = 0
        return too_long

    def _sent(self, event: events.Event) -> bytes:
        try:
            return self._connection.send(event)
        except LocalProtocolError:  # nothing is sent behind a close
            return b""
