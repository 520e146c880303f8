"""How a reply gets to the client: at once, or as fast as the client takes it."""

# ruff: noqa: N802 - the names of methods that Twisted calls
from __future__ import annotations

from typing import cast

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import (
    IDelayedCall,
    IPushProducer,
    IReactorTime,
    ITCPTransport,
)
from twisted.web.http import datetimeToString
from twisted.web.server import Request
from zope.interface import implementer

from mailcap.web.limits import Budget
from mailcap.web.replies import NO_CONTENT, Reply

# Up to this size a body is simply handed to the transport: a connection has one
# reply under way at most, so that this bounds what it makes the server hold.
SMALL = 256 * 2**10

_PIECE = 128 * 2**10


def begin(request: Request, reply: Reply) -> None:
    """Set status and headers."""
    request.setResponseCode(reply.status)
    set_header = request.responseHeaders.setRawHeaders
    set_header(b"Server", [b"mailcap"])
    set_header(b"Date", [datetimeToString()])
    set_header(b"X-Content-Type-Options", [b"nosniff"])
    set_header(b"Cache-Control", [b"no-store"])  # somebody's mail, and keys in URLs
    if reply.content_type is not None:
        set_header(b"Content-Type", [reply.content_type.encode()])
    if reply.status != NO_CONTENT:  # RFC 9110 section 8.6 forbids it there
        set_header(b"Content-Length", [b"%d" % len(reply.body)])
    for name, value in reply.headers:
        set_header(name.encode(), [value.encode()])


def write_reply(request: Request, reply: Reply) -> None:
    """Write a small *reply* and finish."""
    begin(request, reply)
    request.write(reply.body)
    request.finish()


class Responder:
    """Writes replies.

    Long ones count against *budget* while they are under way.  A client that takes
    nothing for *patience* seconds loses its connection.
    """

    def __init__(self, budget: Budget, clock: IReactorTime, *, patience: float) -> None:
        self._budget = budget
        self._clock = clock
        self._patience = patience

    async def respond(self, request: Request, reply: Reply) -> bytes:
        """Begin *reply* and return what remains to be written.

        Raises `Busy`, having done nothing, if there are too many long ones already.
        """
        size = len(reply.body)
        if size <= SMALL or request.method == b"HEAD":
            begin(request, reply)
            return reply.body
        self._budget.take(size)
        try:
            begin(request, reply)
            await Download(request, reply.body, self._clock, patience=self._patience).finished
        finally:
            self._budget.give_back(size)
        return b""


@implementer(IPushProducer)
class Download:
    """Writes *body* piece by piece, stopping whenever the transport has enough.

    *finished* fires when all is written; cancelling it stops the writing.
    """

    def __init__(
        self, request: Request, body: bytes, clock: IReactorTime, *, patience: float
    ) -> None:
        self.finished: Deferred[None] = Deferred(lambda _: self.stopProducing())
        self._request = request
        self._left = memoryview(body)
        self._patience = patience
        self._paused = False
        self._timeout: IDelayedCall = clock.callLater(
            patience, cast("ITCPTransport", request.transport).abortConnection
        )
        request.registerProducer(self, streaming=True)
        self.resumeProducing()

    def resumeProducing(self) -> None:
        """Write on, because the transport wants more."""
        self._paused = False
        self._timeout.reset(self._patience)
        while self._left and not self._paused:
            piece, self._left = bytes(self._left[:_PIECE]), self._left[_PIECE:]
            self._request.write(piece)
        if not self._left:
            self.stopProducing()
            self._request.unregisterProducer()
            self.finished.callback(None)

    def pauseProducing(self) -> None:
        """Pause, because the transport has enough."""
        self._paused = True

    def stopProducing(self) -> None:
        """Stop: nobody reads any longer, or all is written."""
        self._paused = True
        if self._timeout.active():
            self._timeout.cancel()
