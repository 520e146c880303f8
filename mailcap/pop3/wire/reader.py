"""From octets to commands, one at a time, with every limit checked as they arrive."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from mailcap.pop3.wire.commands import AuthResponse, Command, LineTooLong
from mailcap.pop3.wire.grammar import parse_command

COMMAND_LINE: Final = 255  # octets of a command, its end included (RFC 2449 section 4)
AUTH_LINE: Final = 12_288  # octets of a line that carries a login (RFC 4954 section 4)

_TOO_LONG: Final = LineTooLong()


class Reader:
    """Cuts what a client sends into events.

    `receive_data` takes octets as they come; `next_event` gives the next event, or None
    until more octets come.  One at a time, because AUTH changes what the octets behind
    it mean: say so with `expect_response` before asking for the next one.
    """

    __slots__ = ("_buffer", "_overlong", "_read", "_searched")

    in_message: Final = False  # nothing that a client sends here is one

    _read: Callable[[], Command | None]

    def __init__(self) -> None:
        self._buffer = bytearray()
        self.discard()

    def receive_data(self, data: bytes) -> None:
        """Take what has arrived."""
        self._buffer += data

    def next_event(self) -> Command | None:
        """Return the next event, or None if it is not complete yet."""
        return self._read() if self._buffer else None

    @property
    def waiting(self) -> int:
        """How many octets have arrived and belong to no event yet."""
        return len(self._buffer)

    @property
    def held(self) -> int:
        """How many octets are in memory."""
        return len(self._buffer)

    def drop_message(self) -> None:
        """Do nothing: there is no message."""

    def discard(self) -> None:
        """Forget all that has arrived, as STLS demands (RFC 2595 section 4)."""
        self._buffer.clear()
        self._searched = 0
        self._overlong = False
        self._read = self._read_command

    def expect_response(self) -> None:
        """Take the next line for an answer to a challenge of AUTH."""
        self._read = self._read_response

    def _read_command(self) -> Command | None:
        line = self._take_line(COMMAND_LINE)
        return parse_command(line) if isinstance(line, bytes) else line

    def _read_response(self) -> Command | None:
        line = self._take_line(AUTH_LINE)
        if line is None:
            return None
        self._read = self._read_command
        return AuthResponse(line) if isinstance(line, bytes) else line

    def _take_line(self, limit: int) -> bytes | LineTooLong | None:
        """Take a line off the buffer, with its end.

        What is over the limit goes as it arrives, up to the end of the line: the remains
        of a line must never be taken for a command.
        """
        buffer = self._buffer
        end = buffer.find(b"\n", self._searched)
        if end < 0:
            if self._overlong or (len(buffer) >= limit and len(buffer) >= self._most(limit)):
                self._overlong = True
                buffer.clear()
            self._searched = len(buffer)
            return None
        too_long = self._overlong or (end >= limit and end >= self._most(limit))
        line = b"" if too_long else bytes(buffer[:end])
        del buffer[: end + 1]
        self._searched = 0
        self._overlong = False
        return _TOO_LONG if too_long else line.removesuffix(b"\r")

    def _most(self, limit: int) -> int:
        """Return the limit of the line at hand, which an initial response makes longer."""
        return max(limit, AUTH_LINE) if self._buffer[:5].upper() == b"AUTH " else limit
