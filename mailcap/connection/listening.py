"""What lies between a port and a protocol: the PROXY header, the entrance, then TLS.

In this order, because a balancer passes TLS on without looking into it, and who is held
has to be known, but must not cost anything yet.
"""

# ruff: noqa: N802, N815 - the names of methods that Twisted calls

from __future__ import annotations

from socket import AF_INET, AF_INET6
from typing import Any

from twisted.internet.abstract import FileDescriptor
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import (
    IAddress,
    IHandshakeListener,
    IOpenSSLContextFactory,
    IOpenSSLServerConnectionCreator,
    IProtocol,
    IProtocolFactory,
    IReactorTime,
)
from twisted.internet.protocol import Protocol, connectionDone
from twisted.logger import Logger
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.python.failure import Failure
from zope.interface import directlyProvides, implementer, providedBy

from mailcap.connection.holding import Entrance, HoldingFactory
from mailcap.connection.peers import ProxyNetworks, host_of
from mailcap.connection.proxy_header import HeaderReader, InvalidHeader

TLSContext = IOpenSSLContextFactory | IOpenSSLServerConnectionCreator

HEADER_SECONDS = 5

_TCP_FAMILIES = (AF_INET, AF_INET6)

_log = Logger()


def listener(
    factory: IProtocolFactory,
    *,
    clock: IReactorTime,
    proxies: ProxyNetworks,
    tls: TLSContext | None = None,
    entrance: Entrance | None = None,
) -> IProtocolFactory:
    """Return *factory* behind whatever its clients say first.

    With *tls*, that is TLS; and those in *proxies* send a PROXY header before it.  In
    between lies the *entrance*: who is held there costs no more than a socket.
    """
    if tls is not None:
        from twisted.protocols.tls import TLSMemoryBIOFactory

        factory = TLSMemoryBIOFactory(tls, False, factory, clock)
    if entrance is not None:
        factory = HoldingFactory(factory, entrance)
    return ProxyFactory(factory, proxies, clock) if proxies.networks else factory


def plain_tcp(transport: Any) -> FileDescriptor | None:
    """Return the socket's own transport if nothing but PROXY lies between."""
    if isinstance(transport, ProxiedProtocol):
        transport = transport.transport
    return transport if isinstance(transport, FileDescriptor) else None


def send_at_once(transport: Any) -> None:
    """Let short answers leave at once, if *transport* is a TCP connection.

    Else the second of two waits until the client has acknowledged the first, which many
    do 40 ms later (RFC 896, RFC 1122 section 4.2.3.2).
    """
    connected = getattr(transport, "socket", None)
    if connected is not None and connected.family in _TCP_FAMILIES:
        transport.setTcpNoDelay(True)


@implementer(IHandshakeListener)
class ProxiedProtocol(ProtocolWrapper):
    """Reads the PROXY header, and only then connects the protocol behind it.

    To that protocol this is a transport with the peer and the host of which the header
    tells.  Without a valid header in time the connection is dropped without a word.
    """

    transport: Any
    wrappedProtocol: Any

    def __init__(self, factory: ProxyFactory, wrapped: IProtocol) -> None:
        super().__init__(factory, wrapped)  # type: ignore[arg-type]  # it is generic, but not yet
        self._header = HeaderReader()
        self._complete = False
        self._timer = factory.clock.callLater(HEADER_SECONDS, self._refuse, "no header in time")

    def makeConnection(self, transport: Any) -> None:
        """Wait for the header: the protocol behind must not ask for its peer before."""
        directlyProvides(self, providedBy(transport))
        Protocol.makeConnection(self, transport)
        self.factory.registerProtocol(self)

    def dataReceived(self, data: bytes) -> None:
        """Take a piece of the header, or pass on what comes after it."""
        if self._complete:
            self.wrappedProtocol.dataReceived(data)
            return
        try:
            self._complete = self._header.feed(data)
        except InvalidHeader as error:
            self._refuse(str(error))
            return
        if self._complete:
            self._timer.cancel()
            self.wrappedProtocol.makeConnection(self)
            if self._header.rest:
                self.wrappedProtocol.dataReceived(self._header.rest)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Tell the protocol behind, if it ever knew of the connection."""
        if self._timer.active():
            self._timer.cancel()
        if self._complete:
            super().connectionLost(reason)
        else:
            self.factory.unregisterProtocol(self)

    def handshakeCompleted(self) -> None:
        """Pass on that TLS, begun by STARTTLS, is ready."""
        if IHandshakeListener.providedBy(self.wrappedProtocol):
            self.wrappedProtocol.handshakeCompleted()

    def getPeer(self) -> IAddress:
        """Return who is behind the balancer."""
        ends = self._header.endpoints
        return _address(ends.source, ends.source_port) if ends else super().getPeer()

    def getHost(self) -> IAddress:
        """Return where that peer believes it is connected to."""
        ends = self._header.endpoints
        return _address(ends.destination, ends.destination_port) if ends else super().getHost()

    def _refuse(self, why: str) -> None:
        _log.warn("PROXY header from {peer} refused: {why}", peer=self.transport.getPeer(), why=why)
        self.transport.abortConnection()


class ProxyFactory(WrappingFactory):
    """Expects a PROXY header from those, and only from those, who are known to send one."""

    noisy = False

    def __init__(
        self, factory: IProtocolFactory, proxies: ProxyNetworks, clock: IReactorTime
    ) -> None:
        super().__init__(factory)
        self.clock = clock
        self._proxies = proxies

    def buildProtocol(self, addr: IAddress | None) -> Any:
        """Return the protocol for a connection from *addr*."""
        protocol = self.wrappedFactory.buildProtocol(addr)
        if protocol is None or host_of(addr) not in self._proxies:
            return protocol
        return ProxiedProtocol(self, protocol)


def _address(host: str, port: int) -> IAddress:
    return (IPv6Address if ":" in host else IPv4Address)("TCP", host, port)
