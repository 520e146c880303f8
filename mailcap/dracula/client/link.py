"""One server over UDP, as a client sees it."""

# ruff: noqa: N802 - the names of methods that Twisted calls

from __future__ import annotations

from dataclasses import dataclass
from secrets import randbits
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.protocol import DatagramProtocol

from mailcap.dracula.places import Place
from mailcap.dracula.wire.codec import Codec
from mailcap.dracula.wire.packet import SIZE, Command, Packet, Rejected, unpack_count

_IDS = 2**32
_MOST_WAITING = 20_000


class NoAnswer(Exception):
    """The server did not answer this call; the text says why."""


class Refusal(Exception):
    """The server answered with an error; the text is its own."""


@dataclass(frozen=True, slots=True)
class _Call:
    answer: Deferred[int]
    command: Command
    timer: IDelayedCall
    heard: int  # how much the server had said when it was asked


class Link(DatagramProtocol):
    """A connected socket: the system passes on what this server sends, and its refusals.

    Message ids begin anywhere, so that others cannot tell which to answer.
    `healthy` is what its owner thinks of the server.
    """

    transport: Any
    noisy = False

    def __init__(self, place: Place, codec: Codec, reactor: Any) -> None:
        self.place = place
        self.healthy = False
        self._codec = codec
        self._reactor = reactor
        self._calls: dict[int, _Call] = {}
        self._next_id = randbits(32)
        self._heard = 0
        self._port: Any = None

    def open(self) -> None:
        """Open the socket, and believe in the server until it disappoints."""
        self._listen()
        self.healthy = True

    def startProtocol(self) -> None:
        """Accept datagrams from the server alone."""
        self.transport.connect(*self.place)

    def stopProtocol(self) -> None:
        """Note that the socket is closed; it is opened again for the next call.

        Twisted's epoll reactor closes it when the system says that nobody listens there.
        """
        self._port = None
        self._fail_all("connection refused")

    def close(self) -> Any:
        """Let go of the socket; whoever waits hears `NoAnswer`."""
        self._fail_all("the client was closed")
        self.healthy = False
        return None if self._port is None else self._port.stopListening()

    def ask(
        self, command: Command, namespace: bytes, data: bytes, *, timeout: float
    ) -> Deferred[int]:
        """Send a request; return the count in its answer.

        Fails with `NoAnswer` or `Refusal`.  Raises `WrongSize`.
        """
        if self._port is None:
            self._listen()
        answer: Deferred[int] = Deferred()
        message_id = self._take_id()
        octets = self._codec.encode(Packet(command, message_id, namespace, data))
        if len(self._calls) >= _MOST_WAITING:
            answer.errback(NoAnswer("too many calls wait for their answers"))
            return answer
        timer = self._reactor.callLater(timeout, self._time_out, message_id)
        self._calls[message_id] = _Call(answer, command, timer, self._heard)
        try:
            self.transport.write(octets)
        except OSError as error:
            self._fail(message_id, error.strerror or str(error))
        return answer

    def datagramReceived(self, datagram: bytes, addr: tuple[str, int]) -> None:  # noqa: ARG002
        """Take an answer; what answers no call of ours is left alone."""
        if len(datagram) < SIZE:
            return
        try:
            packet = self._codec.decode_answer(datagram[:SIZE])
        except Rejected:
            return
        call = self._calls.get(packet.message_id)
        if call is None or packet.command not in (call.command, Command.ERROR):
            return
        self._heard += 1
        self._forget(packet.message_id)
        if packet.command is Command.ERROR:
            call.answer.errback(Refusal(packet.data.decode("utf-8", "replace")))
        else:
            call.answer.callback(unpack_count(datagram))

    def connectionRefused(self) -> None:
        """Nobody listens there: no call will be answered."""
        self._fail_all("connection refused")

    def _listen(self) -> None:
        loopback = "::1" if ":" in self.place.host else "127.0.0.1"
        any_host = "::" if ":" in self.place.host else "0.0.0.0"  # noqa: S104  answers come there
        interface = loopback if self.place.host == loopback else any_host
        self._port = self._reactor.listenUDP(0, self, interface=interface)

    def _take_id(self) -> int:
        self._next_id = (self._next_id + 1) % _IDS
        return self._next_id

    def _forget(self, message_id: int) -> _Call:
        call = self._calls.pop(message_id)
        if call.timer.active():
            call.timer.cancel()
        return call

    def _time_out(self, message_id: int) -> None:
        heard = self._calls[message_id].heard != self._heard
        self._fail(message_id, "an answer was lost" if heard else "no answer in time", lost=heard)

    def _fail(self, message_id: int, why: str, *, lost: bool = False) -> None:
        # A server that has answered others meanwhile is well: only this packet was lost.
        self.healthy = self.healthy and lost
        self._forget(message_id).answer.errback(NoAnswer(why))

    def _fail_all(self, why: str) -> None:
        for message_id in tuple(self._calls):
            self._fail(message_id, why)
