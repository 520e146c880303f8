"""dracula over TCP."""

# ruff: noqa: N802 - the names of methods that Twisted calls

from __future__ import annotations

from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import (
    IAddress,
    IHalfCloseableProtocol,
    IPushProducer,
    IReactorTime,
)
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.logger import Logger
from twisted.protocols.policies import TimeoutMixin
from twisted.python.failure import Failure
from zope.interface import implementer

from mailcap.dracula.server.responder import TCP, Answer, Responder
from mailcap.dracula.wire.framing import STOP, Overlong, RequestReader

IDLE_SECONDS = 600  # released clients keep connections in a pool

_log = Logger()


@implementer(IPushProducer, IHalfCloseableProtocol)
class Stream(Protocol, TimeoutMixin):
    """Answers all requests of a connection, in their order.

    A client that does not read its answers is not read from, and one that waits for a
    list is answered nothing else meanwhile.
    """

    transport: Any
    factory: StreamFactory

    def __init__(self, responder: Responder, clock: IReactorTime) -> None:
        self._responder = responder
        self._reader = RequestReader()
        self._full = False  # of answers that the client does not take
        self._ended = False  # the client asks nothing more
        self._answering = False
        self._list: Deferred[bytes] | None = None  # that is waited for
        self.callLater = clock.callLater  # type: ignore[method-assign,assignment]

    def connectionMade(self) -> None:
        """Begin."""
        self.factory.streams.add(self)
        self.transport.registerProducer(self, True)
        self.setTimeout(IDLE_SECONDS)

    def dataReceived(self, data: bytes) -> None:
        """Take what has arrived."""
        self._reader.receive_data(data)
        self._answer()

    def readConnectionLost(self) -> None:
        """Close when everything is answered."""
        self._ended = True
        self._answer()

    def writeConnectionLost(self) -> None:
        """End: nobody would read the answers."""
        self.transport.abortConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: ARG002
        """End."""
        self.factory.streams.discard(self)
        self.setTimeout(None)
        self._full = True
        if self._list is not None:
            self._list.cancel()

    def timeoutConnection(self) -> None:
        """Close a connection on which nothing has been asked, or taken, for long."""
        self.transport.abortConnection()

    def pauseProducing(self) -> None:
        """Wait until the client has taken its answers."""
        self._full = True
        self.transport.pauseProducing()

    def resumeProducing(self) -> None:
        """Go on."""
        self._full = False
        self._answer()

    def stopProducing(self) -> None:
        """End; the connection is lost anyway."""

    def _answer(self) -> None:
        """Answer what is complete, as long as the client takes it."""
        if self._answering:
            self._wait_to_read()
            return
        self._answering = True
        while not self._full:
            request = self._reader.next_event()
            if request is None:
                self._rest()
                break
            # Only whole requests count as activity: else one octet a minute keeps a connection.
            self.resetTimeout()
            if isinstance(request, Overlong):
                answer: Answer = self._responder.answer_overlong(via=TCP)
            else:
                answer = self._responder.answer(request, via=TCP)
            if isinstance(answer, bytes):
                self.transport.write(answer + STOP)
            elif answer is not None:
                self._wait_to_read()
                self._wait_for(Deferred.fromCoroutine(answer))
                return
        self._answering = False

    def _wait_to_read(self) -> None:
        """Read no more than is there; but with nothing there, see the end of the connection."""
        if self._reader.held:
            self.transport.pauseProducing()

    def _rest(self) -> None:
        if self._ended:
            self.transport.unregisterProducer()
            self.transport.loseConnection()
        else:
            self.transport.resumeProducing()

    def _wait_for(self, answer: Deferred[bytes]) -> None:
        """Go on behind a list; in another turn, since there may be one after the other."""

        def send(octets: bytes) -> None:
            self._list = None
            self.transport.write(octets + STOP)
            self.callLater(0, go_on)

        def go_on() -> None:
            self._answering = False
            self._answer()

        def failed(failure: Failure) -> None:
            self._list = None
            if failure.check(CancelledError):
                return
            _log.failure("no answer", failure)
            self.transport.abortConnection()

        self._list = answer
        answer.addCallback(send)
        answer.addErrback(failed)


class StreamFactory(Factory):
    """Makes the protocol for each of up to *most* connections; further ones are closed."""

    noisy = False

    def __init__(self, responder: Responder, clock: IReactorTime, *, most: int) -> None:
        self._responder = responder
        self._clock = clock
        self._most = most
        self.streams: set[Stream] = set()

    def buildProtocol(self, addr: IAddress | None) -> Any:  # noqa: ARG002
        """Return the protocol for a connection."""
        if len(self.streams) >= self._most:
            return None
        stream = Stream(self._responder, self._clock)
        stream.factory = self
        return stream

    def close(self) -> None:
        """Close all connections."""
        for stream in tuple(self.streams):
            stream.transport.abortConnection()
