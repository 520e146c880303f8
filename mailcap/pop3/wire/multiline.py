"""Messages as they go out: lines that end in CRLF, dots stuffed (RFC 1939 section 3)."""

from __future__ import annotations

import re
from itertools import islice
from typing import Final

END: Final = b".\r\n"

_BARE_LF: Final = re.compile(rb"(?<!\r)\n")
_LF: Final = re.compile(rb"\n")


class Stuffing:
    """Makes the pieces of one message fit to go out, wherever they are cut."""

    __slots__ = ("_behind_cr", "_behind_line")

    def __init__(self) -> None:
        self._behind_line = True
        self._behind_cr = False

    def piece(self, octets: bytes) -> bytes:
        """Return the next piece with every bare LF as CRLF, and dots stuffed behind that."""
        if not octets:
            return b""
        # To look whether there is anything to do takes a fraction of the time to do it.
        if octets.count(b"\n") != octets.count(b"\r\n"):
            kept = b"\r" if self._behind_cr else b""  # the CR of an LF that comes only now
            made = _BARE_LF.sub(b"\r\n", kept + octets)[len(kept) :]
        else:
            made = octets
        made = made.replace(b"\n.", b"\n..")
        if self._behind_line and made.startswith(b"."):
            made = b"." + made
        self._behind_line = octets.endswith(b"\n")
        self._behind_cr = octets.endswith(b"\r")
        return made

    def end(self) -> bytes:
        """Return what ends the message: a line end, if the last line has none, and a dot."""
        return END if self._behind_line else b"\r\n" + END


class FirstLines:
    """Lets so many *lines* of a text pass, wherever its pieces are cut."""

    __slots__ = ("left",)

    def __init__(self, lines: int) -> None:
        self.left = lines

    def piece(self, octets: bytes) -> bytes:
        """Return as much of the next piece as is wanted."""
        if not self.left:
            return b""
        count = octets.count(b"\n")
        if count < self.left:
            self.left -= count
            return octets
        last = next(islice(_LF.finditer(octets), self.left - 1, None))
        self.left = 0
        return octets[: last.end()]
