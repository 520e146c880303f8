"""One WebSocket: its connection, its patience, and how it ends."""

# ruff: noqa: N802 - the names of methods that Twisted calls
from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IPushProducer, IReactorTime
from twisted.python.failure import Failure
from zope.interface import implementer

from mailcap.domain.accounts import Access
from mailcap.web.live.outbox import Outbox
from mailcap.web.live.wire import (
    GOING_AWAY,
    POLICY,
    TRY_AGAIN_LATER,
    Closed,
    Flood,
    Wire,
    text_frame,
)
from mailcap.web.replies import to_json

# Whoever has not answered one ping when the next is due is taken for dead.
PING_SECONDS = 30.0

# How long a client may take to read what is left and to say that it closes, too.
CLOSE_SECONDS = 5.0


@implementer(IPushProducer)
class Session:
    """Takes over the connection *channel*; a `mailcap.web.channel.Successor`.

    `ended` fires when nothing can be sent any more.  `access` is None until it is known
    who this is.
    """

    kind = "websocket"

    def __init__(self, channel: Any, clock: IReactorTime) -> None:
        self.access: Access | None = None
        self.ended: Deferred[None] = Deferred()
        self._channel = channel
        self._clock = clock
        self._wire = Wire()
        self._outbox = Outbox(channel.write)
        channel.registerProducer(self, True)
        self._heard = True
        self._closing = False
        self._deaf = False
        self._timer = clock.callLater(PING_SECONDS, self._ping)

    def send(self, frame: bytes) -> None:
        """Send a frame; whoever is too far behind is dropped instead."""
        if self._closing:
            return
        if self._outbox.is_full:
            self._outbox.clear()
            self.close(TRY_AGAIN_LATER, "too far behind")
        else:
            self._outbox.add(frame)

    def refuse(self, status: int, error: str) -> None:
        """Say why there is nothing to hear, and close."""
        if not self._closing:
            self._outbox.add(text_frame(to_json({"status": status, "error": error}).decode()))
            self.close(POLICY)

    def close(self, code: int, reason: str = "") -> None:
        """Close, when what is on its way has been sent and the client agrees."""
        if not self._closing:
            self._outbox.add(self._wire.close(code, reason))
            self._wind_up()

    def expel(self) -> None:
        """See `Guest`: the key was revoked."""
        self.refuse(401, "The key is not valid any more.")

    def leave(self) -> None:
        """See `Guest`."""
        self.close(GOING_AWAY, "the server stops")

    def abort(self) -> None:
        """See `Guest`."""
        self._channel.abort()

    def dataReceived(self, data: bytes) -> None:
        """Take what the client sends, which means nothing but that it lives."""
        self._heard = True
        if self._deaf:
            return
        try:
            self._obey(data)
        except Flood:
            self._deaf = True
            self.close(POLICY, "too many frames")
        if self._closing and self._wire.is_closed:
            self._finish()

    def _obey(self, data: bytes) -> None:
        for event in self._wire.receive_data(data):
            self._outbox.add(event.answer)
            if isinstance(event, Closed):
                self._wind_up()

    def connectionLost(self, reason: Failure) -> None:  # noqa: ARG002
        """End."""
        self._stop()
        if self._timer.active():
            self._timer.cancel()

    def pauseProducing(self) -> None:
        """See `IPushProducer`."""
        self._outbox.pause()

    def resumeProducing(self) -> None:
        """See `IPushProducer`."""
        self._outbox.resume()
        if self._closing and self._wire.is_closed:
            self._finish()

    def stopProducing(self) -> None:
        """See `IPushProducer`: `connectionLost` comes, too."""

    def _ping(self) -> None:
        if not self._heard:
            self.abort()
            return
        self._heard = False
        self._outbox.add(self._wire.ping())
        self._timer = self._clock.callLater(PING_SECONDS, self._ping)

    def _wind_up(self) -> None:
        self._stop()
        if self._timer.active():
            self._timer.cancel()
        self._timer = self._clock.callLater(CLOSE_SECONDS, self.abort)

    def _stop(self) -> None:
        if not self._closing:
            self._closing = True
            self.ended.callback(None)

    def _finish(self) -> None:
        """Let the transport send what it has, and close."""
        if self._outbox.is_empty:
            self._channel.unregisterProducer()
            self._channel.loseConnection()
