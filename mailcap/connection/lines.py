"""Lines of commands, cut off what arrives: as SMTP and POP3 have them."""

from __future__ import annotations

from typing import Final, Generic, TypeVar

AUTH_LINE: Final = 12_288  # octets of a line that carries a login (RFC 4954 section 4)

E = TypeVar("E")


class LineReader(Generic[E]):
    """What has arrived, and its next line; limits are in octets, line ends included.

    *E* is an event: `_too_long` stands for a line over its limit.
    """

    __slots__ = ("_buffer", "_overlong", "_searched")

    _too_long: E

    def __init__(self) -> None:
        self._buffer = bytearray()
        self.discard()

    def receive_data(self, data: bytes) -> None:
        """Take what has arrived."""
        self._buffer += data

    @property
    def waiting(self) -> int:
        """How many octets have arrived and belong to no event yet."""
        return len(self._buffer)

    def discard(self) -> None:
        """Forget all that has arrived, as STARTTLS demands (RFC 3207, RFC 2595 section 4)."""
        self._buffer.clear()
        self._searched = 0
        self._overlong = False

    def _take_line(self, limit: int) -> bytes | E | None:
        """Take a line off the buffer, with its end; None if it is not complete yet.

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
        if too_long:
            self._overlong = False
            return self._too_long
        return line.removesuffix(b"\r")

    def _most(self, limit: int) -> int:
        """Return the limit of the line at hand, which an initial response makes longer."""
        return max(limit, AUTH_LINE) if self._buffer[:5].upper() == b"AUTH " else limit
