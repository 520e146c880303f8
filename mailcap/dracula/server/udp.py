"""dracula over UDP."""

# ruff: noqa: N802 - the names of methods that Twisted calls

from __future__ import annotations

import socket
from collections.abc import Collection
from contextlib import suppress
from time import monotonic
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.protocol import DatagramProtocol
from twisted.logger import Logger

from mailcap.dracula.server.echoes import Echoes
from mailcap.dracula.server.responder import UDP, Responder
from mailcap.dracula.server.statistics import Statistics
from mailcap.dracula.wire.packet import SIZE

# What the system holds while we are busy: its own default is not even 100 packets.  It
# gives less if its own limit says so.
_RECEIVE_BUFFER = 8 * 2**20
_REPLICATE = b"R"

_log = Logger()


class Datagrams(DatagramProtocol):
    """Answers each datagram with one.

    *servers* are the addresses of all that replicate to us, and our own: they send nothing
    but replicated puts.  Who asks in their name wants two servers to answer each other;
    where they do not know each other, that ends soon (`Echoes`).
    """

    transport: Any

    def __init__(self, statistics: Statistics, servers: Collection[tuple[str, int]]) -> None:
        self._statistics = statistics
        self._echoes = Echoes(monotonic)
        self._servers = frozenset(tuple(each) for each in servers)
        self.responder: Responder

    def startProtocol(self) -> None:
        """Ask the system for room."""
        with suppress(OSError):
            self.transport.getHandle().setsockopt(
                socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER
            )
        host = self.transport.getHost()
        self._servers |= {(host.host, host.port)}

    def datagramReceived(self, datagram: bytes, addr: tuple[str, int]) -> None:
        """Answer one datagram; what is over a packet's size is cut off, as released."""
        if datagram[:1] != _REPLICATE and (
            addr in self._servers or self._echoes.hears(datagram, addr)
        ):
            return
        answer = self.responder.answer(datagram[:SIZE], via=UDP)
        if isinstance(answer, bytes):
            self._reply(answer, addr)
        elif answer is not None:
            later = Deferred.fromCoroutine(answer)
            later.addCallback(self._reply, addr)
            later.addErrback(lambda failure: _log.failure("no answer", failure))

    def send(self, octets: bytes, address: tuple[str, int]) -> None:
        """Send a datagram.  Raises `OSError`."""
        if self.transport is not None:
            self.transport.write(octets, address)

    def _reply(self, octets: bytes, address: tuple[str, int]) -> None:
        try:
            self.send(octets, address)
        except OSError:  # its buffers are full, or nobody can be there, such as at port 0
            self._statistics.dropped += 1
