"""From octets to commands, one at a time, with every limit checked as they arrive."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from mailcap.connection.lines import AUTH_LINE, LineReader
from mailcap.pop3.wire.commands import AuthResponse, Command, LineTooLong
from mailcap.pop3.wire.grammar import parse_command

COMMAND_LINE: Final = 255  # octets of a command, its end included (RFC 2449 section 4)


class Reader(LineReader[Command]):
    """Cuts what a client sends into events.

    `receive_data` takes octets as they come; `next_event` gives the next event, or None
    until more octets come.  One at a time, because AUTH changes what the octets behind
    it mean: say so with `expect_response` before asking for the next one.
    """

    __slots__ = ("_read",)

    in_message: Final = False  # nothing that a client sends here is one

    _read: Callable[[], Command | None]
    _too_long = LineTooLong()

    def next_event(self) -> Command | None:
        """Return the next event, or None if it is not complete yet."""
        return self._read() if self._buffer else None

    @property
    def held(self) -> int:
        """How many octets are in memory."""
        return len(self._buffer)

    def drop_message(self) -> None:
        """Do nothing: there is no message."""

    def discard(self) -> None:
        """Forget all that has arrived, as STLS demands (RFC 2595 section 4)."""
        super().discard()
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
