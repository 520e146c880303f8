"""From octets to events, one at a time, with every limit checked as they arrive."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

from mailcap.connection.lines import AUTH_LINE, LineReader
from mailcap.smtp.wire.commands import LineTooLong
from mailcap.smtp.wire.events import AuthResponse, Chunk, Event, Flood, Message
from mailcap.smtp.wire.grammar import parse_command

_FLOOD = 4  # limits of octets in one message: who sends more does not look at replies
_END_OF_DATA = b"\r\n.\r\n"
_FEW_DOTS = 64
_LONG = 16_384  # octets


class Reader(LineReader[Event]):
    """Cuts what a client sends into events.

    `receive_data` takes octets as they come; `next_event` gives the next event, or
    None until more octets come.  One at a time, because an event may change what
    the octets behind it mean: after DATA, BDAT and AUTH say so with `expect_data`,
    `expect_chunk` and `expect_response` before asking for the next one.

    *line_limit* and *message_limit* are in octets, line ends included.
    """

    __slots__ = (
        "_chunk_left",
        "_kept",
        "_last",
        "_line_limit",
        "_message",
        "_message_limit",
        "_read",
        "_size",
        "in_message",
    )

    _read: Callable[[Reader], Event | None]
    _too_long = LineTooLong()
    in_message: bool

    def __init__(self, *, line_limit: int, message_limit: int) -> None:
        self._line_limit = line_limit
        self._message_limit = message_limit
        super().__init__()

    def next_event(self) -> Event | None:
        """Return the next event, or None if it is not complete yet."""
        if not self._buffer and self._chunk_left != 0:
            return None
        return self._read(self)

    @property
    def held(self) -> int:
        """How many octets are in memory."""
        return len(self._buffer) + (self._size if self._kept else 0)

    def discard(self) -> None:
        """Forget all that has arrived, as STARTTLS demands (RFC 3207 section 4.2)."""
        super().discard()
        self.forget_message()
        self._expect_command()

    def forget_message(self) -> None:
        """Begin a new message."""
        self._message = BytesIO()
        self._size = 0
        self._kept = True

    def drop_message(self) -> None:
        """Throw away what has arrived of this message, and the rest as it arrives."""
        self._message = BytesIO()
        self._kept = False

    def expect_response(self) -> None:
        """Take the next line for an answer to a challenge of AUTH."""
        self._read = Reader._read_response

    def expect_data(self) -> None:
        """Take what follows for a message, up to CR LF . CR LF."""
        self.forget_message()
        # The line end of DATA itself may be the first half of the end of the message
        # (RFC 5321 section 4.1.1.4).  It is put back, but neither counted nor kept.
        self._buffer[:0] = b"\r\n"
        self._size = -2
        self.in_message = True
        self._read = Reader._read_data

    def expect_chunk(self, size: int, *, last: bool) -> None:
        """Take the next *size* octets for a part of the message (RFC 3030 section 2)."""
        self._chunk_left = size
        self._last = last
        if self._size + size > self._message_limit:
            self.drop_message()  # it will be too much: so none of it is kept
        self.in_message = True
        self._read = Reader._read_chunk

    def _expect_command(self) -> None:
        self.in_message = False
        self._chunk_left = -1
        self._read = Reader._read_command

    def _read_command(self) -> Event | None:
        line = self._take_line(self._line_limit)
        return parse_command(line) if isinstance(line, bytes) else line

    def _read_response(self) -> Event | None:
        line = self._take_line(AUTH_LINE)
        if line is None:
            return None
        self._expect_command()
        return AuthResponse(line) if isinstance(line, bytes) else line

    def _read_data(self) -> Event | None:
        buffer = self._buffer
        if self._size < 0 and len(buffer) == 2:  # noqa: PLR2004  # the line end of DATA
            return None
        dot = self._find_dot()
        end = buffer.find(_END_OF_DATA, dot) if dot >= 0 else -1
        if end >= 0:
            self._move(end + 2, stuffed=dot < end)
            del buffer[:3]
            return self._complete()
        # What may be the beginning of an end, or of a dot to take away, waits for
        # the rest of it: from the first CR among the last four octets on.
        cut = buffer.find(b"\r", max(0, len(buffer) - len(_END_OF_DATA) + 1))
        self._move(len(buffer) if cut < 0 else cut, stuffed=dot >= 0)
        return self._flood()

    def _find_dot(self) -> int:
        """Return where CR LF and a dot are, which is an end or a dot to take away.

        To look for single dots is 40 times as fast as to look for three octets, and
        attachments have hardly any.
        """
        buffer = self._buffer
        dot = 0
        if len(buffer) > _LONG:
            for _ in range(_FEW_DOTS):
                dot = buffer.find(b".", dot + 1)
                if dot < 0 or buffer[dot - 2 : dot] == b"\r\n":
                    return max(-1, dot - 2)
        return buffer.find(b"\r\n.", max(0, dot - 1))

    def _read_chunk(self) -> Event | None:
        count = min(self._chunk_left, len(self._buffer))
        self._chunk_left -= count
        self._move(count, stuffed=False)
        if self._chunk_left:
            return self._flood()
        if self._last:
            return self._complete()
        self._expect_command()
        return self._flood() or Chunk(self._size, self._kept)

    def _move(self, count: int, *, stuffed: bool) -> None:
        """Move *count* octets from the buffer to the message, as long as it is kept."""
        start = 2 if self._size < 0 < count else 0  # the line end of DATA
        with memoryview(self._buffer)[:count] as view:
            octets = bytes(view).replace(b"\r\n.", b"\r\n") if stuffed else view
            self._size += len(octets)
            if self._kept and self._size <= self._message_limit:
                self._message.write(octets[start:])
            elif self._kept:
                self.drop_message()
        del self._buffer[:count]

    def _complete(self) -> Event:
        self._expect_command()
        body = self._message.getvalue() if self._kept else None
        event = self._flood() or Message(body, self._size)
        self.forget_message()
        return event

    def _flood(self) -> Flood | None:
        if self._size <= _FLOOD * self._message_limit:
            return None
        self._read = Reader._read_nothing
        self.in_message = False
        return Flood()

    def _read_nothing(self) -> None:
        self._buffer.clear()
