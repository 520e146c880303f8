"""HTTP/1.1 as it arrives: every limit is checked while bytes come in.

`twisted.web.http.HTTPChannel` reads the request.  What it leaves open is closed
here: a request may not trickle in for ever, nor be larger than it may; what is
refused is refused with an answer in the shape of all others; who does not read
what it asked for gets no more of it.
"""

# ruff: noqa: N802 - the names of methods that Twisted calls
from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, cast

from twisted.internet.interfaces import IDelayedCall, ITCPTransport
from twisted.internet.protocol import connectionDone
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure
from twisted.web.http import RESPONSES, HTTPChannel
from twisted.web.http import Request as TwistedRequest

from mailcap.connection.peers import host_of
from mailcap.connection.registry import Guest
from mailcap.domain.accounts import Access
from mailcap.domain.errors import Busy
from mailcap.web.problems import problem_reply
from mailcap.web.server import Site

if TYPE_CHECKING:
    from mailcap.web.request import Request

# A client that is still sending must not have its answer destroyed by a reset: what
# comes in after a refusal is thrown away for so many seconds before closing.
LINGER = 2.0

# What is left of the last answer may take so many seconds when an idle connection ends.
_FLUSH = 15.0

_LENGTH_DIGITS = 18

# So many octets may follow a request that is held.  The base class would read no more
# behind 16 KiB, and never see that the client goes away.
_BEHIND_HELD = 8 * 2**10


class BodyTooLarge(Exception):
    """The body of the request that is arriving is over its limit."""


class Successor(Guest, Protocol):
    """What takes a connection over, and speaks another protocol on it."""

    def dataReceived(self, data: bytes) -> None:
        """See `IProtocol`."""

    def connectionLost(self, reason: Failure) -> None:
        """See `IProtocol`."""


class Channel(HTTPChannel):
    """A connection, and a `mailcap.connection.registry.Guest`."""

    site: Site
    requests: list[Request]
    kind = "http"

    _ended = False
    _arriving = False
    _next_turn: IDelayedCall | None = None
    _guest: Guest | None = None
    _successor: Successor | None = None

    def connectionMade(self) -> None:
        """Take over the limits of the site, and ask to be let in."""
        self.MAX_LENGTH = self.site.limits.line
        self.totalHeadersSize = self.site.limits.header
        super().connectionMade()
        host = host_of(cast("ITCPTransport", self.transport).getPeer())
        if self.site.registry.admit(self, host) is not None:
            self.refuse(503, "The server has no room for another connection, or is stopping.")

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Forget the connection."""
        self.site.registry.remove(self)
        if self._next_turn is not None:
            self._next_turn.cancel()
        super().connectionLost(reason)
        if self._successor is not None:
            self._successor.connectionLost(reason)
        self._guest = self._successor = None

    def hold(self, guest: Guest) -> None:
        """Let *guest* be told of what concerns this connection, until the request is done.

        The request may take long.  Meanwhile the connection is read, so that it is seen
        when the client goes away; so whoever sends much more behind it is cut off.
        """
        self._guest = guest
        self._cut_off_the_eager(0)

    def hand_over(self, successor: Successor) -> None:
        """Speak HTTP no more: what comes from here on is for *successor*."""
        self._guest = self._successor = successor
        self.requests.clear()
        if self._dataBuffer:
            data, self._dataBuffer = b"".join(self._dataBuffer), []
            successor.dataReceived(data)

    @property
    def access(self) -> Access | None:
        """What a request may do that is held; others bring their keys along."""
        return self._guest.access if self._guest is not None else None

    def expel(self) -> None:
        """Tell who is held that the right is gone."""
        if self._guest is not None:
            self._guest.expel()

    def leave(self) -> None:
        """Close, when the request under way has been answered."""
        if self._handlingRequest and self.requests:
            self.persistent = False
            self.requests[0].responseHeaders.setRawHeaders(b"Connection", [b"close"])
        if self._guest is not None:
            self._guest.leave()
        elif not (self._handlingRequest and self.requests):
            self._ended = True
            self.loseConnection()

    def abort(self) -> None:
        """Close now."""
        cast("ITCPTransport", self.transport).abortConnection()

    def dataReceived(self, data: bytes) -> None:
        """Read on; the time for a request runs from its first octet, not from its last.

        Otherwise an octet a minute would hold a connection for ever.
        """
        if self._successor is not None:
            self._successor.dataReceived(data)
            return
        if self._ended:
            return
        if not self._arriving:
            self._arriving = True
            self.resetTimeout()
        LineReceiver.dataReceived(self, data)

    def lineReceived(self, line: bytes) -> None:
        """Take the request line or a header line."""
        if self._receivedHeaderSize + len(line) > self.totalHeadersSize:
            self.refuse(431, f"A request's header may have {self.totalHeadersSize} octets.")
        else:
            super().lineReceived(line)

    def lineLengthExceeded(self, line: bytes) -> None:  # noqa: ARG002
        """Refuse a line that is too long, having read no more of it than the limit."""
        status = 431 if self._receivedHeaderSize else 414
        self.refuse(status, f"A line of a request's header may have {self.MAX_LENGTH} octets.")

    def headerReceived(self, line: bytes) -> bool:
        """Take a header, unless others might read it in another way.

        A bare line feed, which some servers take for a line's end, would let a header
        hide in another one; of ``Transfer-Encoding`` only ``chunked`` is understood by
        all (RFC 9112 section 11.2); a length that no number could hold is none.
        """
        name, _, value = line.partition(b":")
        name, value = name.strip().lower(), value.strip()
        if line.translate(None, b"\0\r\n") != line:
            self.refuse(400, "A header has a line break or a NUL in it.")
        elif name == b"transfer-encoding" and value.lower() != b"chunked":
            self.refuse(400, "The only transfer encoding here is chunked.")
        elif name == b"content-length" and len(value) > _LENGTH_DIGITS:
            self.refuse(413, self._too_large)
        else:
            return bool(super().headerReceived(line))
        return False

    def allHeadersReceived(self) -> None:
        """Refuse what cannot be answered before ``100 Continue`` asks for the body."""
        hosts = self.requests[-1].requestHeaders.getRawHeaders(b"Host", ())
        if self._version == b"HTTP/1.1" and len(hosts) != 1:  # RFC 9112 section 3.2
            self.refuse(400, "A request of HTTP/1.1 has exactly one Host header.")
        elif self.length is not None and self.length > self.site.limits.body:
            self.refuse(413, self._too_large)
        elif not self._ended:
            super().allHeadersReceived()

    def rawDataReceived(self, data: bytes) -> None:
        """Take a piece of the body, or what comes behind a request that is still to be answered."""
        if self._successor is not None:
            self._successor.dataReceived(data)
            return
        self._cut_off_the_eager(len(data))
        try:
            super().rawDataReceived(data)
        except BodyTooLarge:
            self.refuse(413, self._too_large)
        except Busy as error:
            self.refuse(503, str(error))

    def allContentReceived(self) -> None:
        """Hand the request over."""
        if not self._ended:
            self._arriving = False
            super().allContentReceived()

    def requestDone(self, request: TwistedRequest) -> None:
        """Go on to the next request, in its turn, if the client reads its answers.

        Else a hundred pipelined requests would have a hundred answers in memory, and
        thousands of short ones would keep everybody else waiting.  And whoever does not
        even read the last answer is not waited for.
        """
        was_last = not self.persistent
        self._guest = None
        self.paused = True
        super().requestDone(request)
        if was_last:
            self._ended = True
            self.setTimeout(self.site.limits.patience)
        elif self._waitingForTransport:
            self._networkProducer.pauseProducing()
        elif self._buffer:
            self._next_turn = self.callLater(0, self._take_turn)
        else:
            self.paused = False

    def resumeProducing(self) -> None:
        """Go on with what the client sent before it began to read again."""
        super().resumeProducing()
        if self.paused and self._next_turn is None:
            self._take_turn()

    def _take_turn(self) -> None:
        """Read the next request, as far as it is there."""
        self._next_turn = None
        if not self._waitingForTransport:
            self.paused = False
            if data := self.clearLineBuffer():
                self.dataReceived(data)

    def timeoutConnection(self) -> None:
        """Give up: on the end, on a request that arrives, or on the next one."""
        if self._ended:
            self.abort()
        elif self._arriving:
            self.refuse(408, "The request took too long to arrive.")
        else:
            self._ended = True
            self.setTimeout(_FLUSH)
            self.loseConnection()

    def refuse(self, status: int, message: str) -> None:
        """Answer what never became a request, and close."""
        if self._ended:
            return
        self._ended = True
        reply = problem_reply(status, message)
        assert self.transport is not None
        self.transport.writeSequence(
            [
                b"HTTP/1.1 %d %b\r\n" % (status, RESPONSES.get(status, b"Refused")),
                b"Content-Type: %b\r\n" % str(reply.content_type).encode(),
                b"Content-Length: %d\r\n" % len(reply.body),
                b"X-Content-Type-Options: nosniff\r\n",
                b"Connection: close\r\n\r\n",
                reply.body,
            ]
        )
        if self.requests:
            self.requests[-1].release()
        self.clearLineBuffer()
        self.setRawMode()
        self.setTimeout(LINGER)

    def _cut_off_the_eager(self, octets: int) -> None:
        if self._guest is not None and sum(map(len, self._dataBuffer)) + octets > _BEHIND_HELD:
            self.abort()

    def _respondToBadRequestAndDisconnect(self) -> None:
        """Refuse what the base class can make no sense of."""
        self.refuse(400, "This is no valid HTTP request.")

    @property
    def _too_large(self) -> str:
        return f"A request's body may have {self.site.limits.body} octets."
