"""Networks of datagrams that are lists: what was sent, and to whom."""

from __future__ import annotations

from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.task import Clock


class DatagramTransport:
    """The end of a datagram socket; *error* is raised by every write, if there is one."""

    def __init__(self, port: int = 3509) -> None:
        self.sent: list[tuple[bytes, tuple[str, int] | None]] = []
        self.error: OSError | None = None
        self.closed = False
        self._port = port

    def write(self, octets: bytes, address: tuple[str, int] | None = None) -> None:
        if self.error is not None:
            raise self.error
        self.sent.append((octets, address))

    def connect(self, host: str, port: int) -> None:
        self.connected = host, port

    def getHost(self) -> IPv4Address:
        return IPv4Address("UDP", "127.0.0.1", self._port)

    def getHandle(self) -> Any:
        return self

    def setsockopt(self, *_: int) -> None:
        raise OSError("not this one")

    def stopListening(self) -> None:
        self.closed = True

    def take(self) -> list[tuple[bytes, tuple[str, int] | None]]:
        """Return what was sent since the last time."""
        sent, self.sent = self.sent, []
        return sent


class DatagramReactor(Clock):
    """A clock with a network whose servers are functions.

    *servers* maps places to functions from a request to an answer, or None for none; one
    that is not there refuses connections, as a system does.
    """

    def __init__(self, servers: dict[Any, Any]) -> None:
        super().__init__()
        self.servers = servers
        self.log: list[tuple[Any, bytes]] = []
        self.open = 0

    def listenUDP(self, _port: int, protocol: Any, interface: str) -> Any:
        assert interface == "127.0.0.1"
        end = _End(self, protocol)
        self.open += 1
        protocol.transport = end
        protocol.startProtocol()
        return end


class _End(DatagramTransport):
    def __init__(self, reactor: DatagramReactor, protocol: Any) -> None:
        super().__init__()
        self._reactor = reactor
        self._protocol = protocol

    def write(self, octets: bytes, address: tuple[str, int] | None = None) -> None:
        super().write(octets, address)
        self._reactor.log.append((self.connected, octets))
        self._reactor.callLater(0, self._arrive, octets)

    def stopListening(self) -> None:
        super().stopListening()
        self._reactor.open -= 1

    def _arrive(self, octets: bytes) -> None:
        if self.closed:
            return
        server = self._reactor.servers.get(self.connected)
        if server is None:
            self._protocol.connectionRefused()
        elif (answer := server(octets)) is not None:
            self._protocol.datagramReceived(answer, self.connected)
