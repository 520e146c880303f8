"""From octets to commands, one at a time, with every limit checked as they arrive."""

from __future__ import annotations

import re
from collections.abc import Callable

from mailcap.imap.wire.commands import Command
from mailcap.imap.wire.events import (
    Done,
    Dropped,
    LineTooLong,
    LiteralAnnounced,
    Malformed,
    Response,
    TooBig,
)
from mailcap.imap.wire.grammar import BadCommand, parse_command

Event = (
    Command | Done | Dropped | LineTooLong | LiteralAnnounced | Malformed | Response | TooBig
)  # fmt: skip

UNTRUSTED_LIMIT = 8_192  # octets of a command before login
COMMAND_LIMIT = 65_536  # and behind it, messages not counted
RESPONSE_LIMIT = 12_288  # octets of a line that carries a login (RFC 4954 section 4)

_LITERAL = re.compile(rb"~?\{([0-9]{1,20})(\+?)\}\r?\Z")
_TAG = re.compile(rb'[^\x00-\x20(){%*"\\+\x7f-\xff]{1,100}+(?= )')
_STORING = re.compile(rb"[^ ]++ (?:APPEND|(?:UID )?REPLACE [^ ]++) ", re.IGNORECASE)
_MOST_LITERALS = 1_000  # of one command: each may cost the client an answer


class Reader:
    """Cuts what a client sends into events.

    `receive_data` takes octets as they come; `next_event` gives the next event, or None
    until more octets come.  One at a time, because an event may change what the octets
    behind it mean: behind AUTHENTICATE and IDLE say so with `expect_response` and
    `expect_done` before asking for the next one.

    A command is parsed once, when all of it is there.  *message_limit* is in octets;
    `command_limit` counts all of a command but messages.  Both limits may be changed, as
    may `utf8`: whether mailbox names are UTF-8.
    """

    _dropping: str | None
    _read: Callable[[], Event | None]

    def __init__(self, *, message_limit: int, command_limit: int = UNTRUSTED_LIMIT) -> None:
        self.command_limit = command_limit
        self.utf8 = False
        self.message_limit = message_limit
        self._buffer = bytearray()
        self.discard()

    def receive_data(self, data: bytes) -> None:
        """Take what has arrived."""
        self._buffer += data

    def next_event(self) -> Event | None:
        """Return the next event, or None if it is not complete yet."""
        return self._read()

    @property
    def waiting(self) -> int:
        """How many octets have arrived and belong to no event yet."""
        return len(self._buffer)

    @property
    def held(self) -> int:
        """How many octets are in memory."""
        return len(self._buffer)

    @property
    def in_message(self) -> bool:
        """Whether the octets that come next belong to a message."""
        return self._in_message and self._line_start > len(self._buffer)

    def discard(self) -> None:
        """Forget all that has arrived, as STARTTLS demands (RFC 9051 section 6.2.1)."""
        self._buffer.clear()
        self._begin_command()

    def abandon(self) -> None:
        """Forget the command whose literal was announced: the client was refused."""
        del self._buffer[: self._line_start]
        self._begin_command()

    def drop_message(self) -> None:
        """Throw away what has arrived of a command with a message, and the rest as it comes."""
        if self._in_message:
            self._dropping = self._tag()
            self._skip_literal()

    def expect_response(self) -> None:
        """Take the next line for an answer to a challenge of AUTHENTICATE."""
        self._read = self._read_response

    def expect_done(self) -> None:
        """Take the next line for the end of IDLE."""
        self._read = self._read_done

    def _begin_command(self) -> None:
        self._line_start = 0  # where the line at hand begins: behind the last literal
        self._searched = 0
        self._messages = 0  # octets of messages in the buffer
        self._literals = 0
        self._named_mailbox = False
        self._in_message = False
        self._dropping = None
        self._read = self._read_command

    # Commands

    def _read_command(self) -> Event | None:
        while True:
            if self._dropping is not None:
                self._skip_literal()
            end = self._line_end(self.command_limit)
            if end is None:
                return None
            if end < 0:
                return LineTooLong()
            literal = _LITERAL.search(self._buffer, max(self._line_start, end - 32), end)
            if literal is None:
                return self._complete(end)
            event = self._announce(int(literal[1]), end, waits=not literal[2])
            if event is not None:
                return event

    def _line_end(self, limit: int) -> int | None:
        """Return where the line at hand ends; None if it does not yet, -1 if it is too long."""
        buffer = self._buffer
        end = buffer.find(b"\n", max(self._line_start, self._searched))
        reached = len(buffer) if end < 0 else end
        if self._line_start <= len(buffer) and reached - self._messages > limit:
            self._read = self._read_nothing
            return -1
        self._searched = len(buffer)
        return None if end < 0 else end

    def _announce(self, size: int, end: int, *, waits: bool) -> Event | None:
        """Take note of a literal behind the line that ends at *end*."""
        is_message = self._is_message(end)
        tag = self._dropping or self._tag()
        self._literals += 1
        limit = self.message_limit if is_message else self.command_limit
        if not is_message:
            size_so_far = end + 1 - self._messages
            limit -= min(size_so_far, limit)
        if size > limit or self._literals > _MOST_LITERALS:
            if waits:
                self._line_start = end + 1
                self.abandon()
            else:
                self._read = self._read_nothing
            return TooBig(tag, coming=not waits)
        if is_message:
            self._messages += size
        self._in_message = is_message
        self._line_start = self._searched = end + 1 + size
        return LiteralAnnounced(tag, size if is_message else None) if waits else None

    def _is_message(self, end: int) -> bool:
        """Whether the literal behind the line at hand is a message, not a mailbox's name."""
        verb = _STORING.match(self._buffer, 0, end + 1)
        if verb is None:
            return False
        if not self._named_mailbox:
            self._named_mailbox = True
            between = bytes(self._buffer[verb.end() : end])
            return not between.startswith((b"{", b"~{"))
        return True

    def _complete(self, end: int) -> Event:
        octets = bytes(self._buffer[:end]).removesuffix(b"\r")
        del self._buffer[: end + 1]
        dropping = self._dropping
        self._begin_command()
        if dropping is not None:
            return Dropped(dropping)
        try:
            return parse_command(octets, utf8=self.utf8)
        except BadCommand as error:
            return Malformed(error.tag, str(error), charset=error.charset)

    def _skip_literal(self) -> None:
        """Throw away all that is there of a command that is not wanted."""
        gone = min(self._line_start, len(self._buffer))
        del self._buffer[:gone]
        self._line_start -= gone
        self._searched = 0
        self._messages = max(0, self._line_start)

    def _tag(self) -> str:
        match = _TAG.match(self._buffer)
        return match[0].decode() if match else "*"

    # What is no command

    def _read_response(self) -> Event | None:
        line = self._whole_line()
        if isinstance(line, bytes):
            return Response(line)
        return line

    def _read_done(self) -> Event | None:
        line = self._whole_line()
        if isinstance(line, bytes):
            return Done() if line.upper() == b"DONE" else Malformed("*", "DONE is missing")
        return line

    def _whole_line(self) -> bytes | LineTooLong | None:
        end = self._line_end(RESPONSE_LIMIT)
        if end is None:
            return None
        if end < 0:
            return LineTooLong()
        line = bytes(self._buffer[:end]).removesuffix(b"\r")
        del self._buffer[: end + 1]
        self._begin_command()
        return line

    def _read_nothing(self) -> None:
        self._buffer.clear()
