"""The least that can be done with a datagram in Python and Twisted: send it back."""

from twisted.internet import reactor
from twisted.internet.protocol import DatagramProtocol


class Echo(DatagramProtocol):
    noisy = False

    def datagramReceived(self, datagram: bytes, addr: tuple[str, int]) -> None:  # noqa: N802
        self.transport.write(datagram, addr)


if __name__ == "__main__":
    port = reactor.listenUDP(0, Echo(), interface="127.0.0.1")
    print(port.getHost().port, flush=True)
    reactor.run()
