"""Passing puts on to the other servers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from mailcap.dracula.places import Place
from mailcap.dracula.server.statistics import Statistics
from mailcap.dracula.wire.codec import Codec
from mailcap.dracula.wire.packet import Command, Packet

Send = Callable[[bytes, tuple[str, int]], None]


class Peers:
    """The other servers; *send* writes a datagram and raises `OSError`.

    Nobody confirms what they get: it may be lost as any datagram may.
    """

    def __init__(
        self, places: Sequence[Place], codec: Codec, statistics: Statistics, send: Send
    ) -> None:
        self._places = places
        self._codec = codec
        self._statistics = statistics
        self._send = send

    def pass_on(self, packet: Packet) -> None:
        """Tell every peer of a put; one that cannot be told keeps none of the others waiting."""
        if not self._places:
            return
        octets = self._codec.encode(replace(packet, command=Command.REPLICATE))
        for place in self._places:
            try:
                self._send(octets, place)
                self._statistics.replicated += 1
            except OSError:
                self._statistics.not_replicated += 1
