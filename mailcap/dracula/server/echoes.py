"""Noticing that an answer comes back as a request."""

from __future__ import annotations

from collections.abc import Callable

_ID = slice(11, 15)
_MOST_ALIKE = 4
_MOST_REMEMBERED = 16_384  # about 4 MiB
_SECONDS = 10.0


class Echoes:
    """Tells a client, who counts its message ids up, from a server that answers our answers.

    Most answers are valid requests, too: if one of two servers is asked in the name of the
    other, each answers the other's answers.  All of these have the same message id.
    *seconds* tells the time of any one clock.
    """

    def __init__(self, seconds: Callable[[], float]) -> None:
        self._seconds = seconds
        self._since = seconds()
        self._seen: dict[tuple[object, bytes], int] = {}

    def hears(self, datagram: bytes, address: object) -> bool:
        """Note a request; return whether its message id came too often from that address."""
        now = self._seconds()
        if now - self._since >= _SECONDS or len(self._seen) >= _MOST_REMEMBERED:
            self._seen.clear()
            self._since = now
        who = (address, datagram[_ID])
        times = self._seen[who] = self._seen.get(who, 0) + 1
        return times > _MOST_ALIKE
