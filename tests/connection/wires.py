"""Connections without a network: real transports over socket pairs, and a reactor by hand."""

import select
import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress

from twisted.internet import address, tcp
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.task import Clock
from twisted.python.failure import Failure

_REASONS = {ConnectionDone: ConnectionDone(), ConnectionLost: ConnectionLost()}


class Reactor(Clock):
    """A clock, and the part of a reactor that transports need; `turn` moves all octets."""

    def __init__(self) -> None:
        super().__init__()
        self.readers: set[tcp.Connection] = set()
        self.writers: set[tcp.Connection] = set()
        self.system_calls = 0  # what a reactor would have told the kernel
        self._sockets: list[socket.socket] = []

    def make_pair(self) -> tuple[socket.socket, socket.socket]:
        pair = socket.socketpair()
        self._sockets += pair
        return pair

    def close(self) -> None:
        for each in self._sockets:
            each.close()

    def addReader(self, reader) -> None:
        self.system_calls += reader not in self.readers
        self.readers.add(reader)

    def removeReader(self, reader) -> None:
        self.system_calls += reader in self.readers
        self.readers.discard(reader)

    def addWriter(self, writer) -> None:
        self.system_calls += writer not in self.writers
        self.writers.add(writer)

    def removeWriter(self, writer) -> None:
        self.system_calls += writer in self.writers
        self.writers.discard(writer)

    def turn(self) -> None:
        """Read and write until nothing more happens without the clock."""
        while True:
            self.advance(0)
            ready = self._ready()
            if not ready:
                return
            for transport, act in ready:
                if transport.connected:
                    self._finish(transport, act(), reading=act == transport.doRead)

    def _ready(self):
        def able(transports, which):
            if not transports:
                return []
            by_number = {each.fileno(): each for each in transports}
            asked = [[], []]
            asked[which] = list(by_number)
            return [by_number[number] for number in select.select(*asked, [], 0)[which]]

        return [
            *((each, each.doWrite) for each in able(self.writers, 1)),
            *((each, each.doRead) for each in able(self.readers, 0)),
        ]

    def _finish(self, transport, why, *, reading: bool) -> None:
        """Do as `twisted.internet.posixbase` does with what a transport returns."""
        if why is None:
            return
        self.removeReader(transport)
        failure = Failure(_REASONS.get(type(why), why))
        if reading and isinstance(why, ConnectionDone):
            transport.readConnectionLost(failure)
        else:
            self.removeWriter(transport)
            transport.connectionLost(failure)


class Transport(tcp.Connection):
    """The server's end."""

    _tlsClientDefault = False  # noqa: N815

    def __init__(self, end, protocol, reactor, ends) -> None:
        super().__init__(end, protocol, reactor)
        self._ends = ends
        self.connected = 1
        self.startReading()

    def getPeer(self):
        return _address(self._ends[0])

    def getHost(self):
        return _address(self._ends[1])


class Client:
    """The other end: `send` and `read` as they are, or behind TLS after `start_tls`."""

    def __init__(self, reactor: Reactor, factory, *, peer="192.0.2.1", local="192.0.2.25") -> None:
        self.reactor = reactor
        self.socket, end = reactor.make_pair()
        self.socket.setblocking(False)
        self.protocol = factory.buildProtocol(_address(peer))
        self.transport = Transport(end, self.protocol, reactor, (peer, local))
        self.protocol.makeConnection(self.transport)
        self.closed = False
        self._tls: ssl.SSLObject | None = None

    def close(self) -> None:
        self.socket.close()
        self.reactor.turn()

    def send(self, octets: bytes) -> bytes:
        """Send *octets*, and return what comes back."""
        if self._tls is not None:
            self._tls.write(octets)
            octets = self._outgoing.read()
        self._push(octets)
        return self.read()

    def read(self) -> bytes:
        """Return what has come; then `closed` tells whether that was all."""
        self.reactor.turn()
        octets = b"".join(self._pull())
        self.reactor.turn()
        octets += b"".join(self._pull())
        return octets if self._tls is None else self._decrypt(octets)

    def start_tls(self, context: ssl.SSLContext) -> None:
        """Shake hands."""
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname="mail.test")
        while True:
            with suppress(ssl.SSLWantReadError):
                tls.do_handshake()
                break
            self._push(self._outgoing.read())
            octets = self.read()
            assert octets, "the handshake has ended early"
            self._incoming.write(octets)
        self._push(self._outgoing.read())
        self._tls = tls

    def _push(self, octets: bytes) -> None:
        view = memoryview(octets)
        while view:
            try:
                view = view[self.socket.send(view) :]
            except BlockingIOError:
                self.reactor.turn()
            except (BrokenPipeError, ConnectionResetError):
                return
        self.reactor.turn()

    def _pull(self) -> Iterator[bytes]:
        with suppress(BlockingIOError):
            while octets := self.socket.recv(65536):
                yield octets
            self.closed = True

    def _decrypt(self, octets: bytes) -> bytes:
        assert self._tls is not None
        self._incoming.write(octets)
        plain = b""
        with suppress(ssl.SSLWantReadError):
            while octets := self._tls.read():
                plain += octets
            self.closed = True
        return plain


def _address(host: str):
    if host.startswith("/"):
        return address.UNIXAddress(host)
    kind = address.IPv6Address if ":" in host else address.IPv4Address
    return kind("TCP", host, 40000)
