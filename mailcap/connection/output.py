"""The way out of a connection: at once if it can be, and no more than the client reads."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

from twisted.internet.abstract import FileDescriptor
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

from mailcap.connection.compression import Deflate
from mailcap.connection.idle import IdleTimer
from mailcap.connection.listening import TLSContext, plain_tcp, send_at_once

# Octets of a stream that are written at once, and how long a stream may hold up the others.
_MOST_KEPT = 65_536
_SLICE_SECONDS = 0.02


class Output:
    """Writes to a *transport*, which is a sign of life for the *timer*.

    `choked` is to be set while the client does not read, `deflate` to compress what follows.
    """

    def __init__(self, transport: Any, *, clock: IReactorTime, timer: IdleTimer) -> None:
        self.choked = False
        self.deflate: Deflate | None = None
        self._transport = transport
        self._clock = clock
        self._timer = timer
        self._tcp: FileDescriptor | None = plain_tcp(transport)
        self._immediate = self._tcp is not None  # nothing is waiting in the transport to be sent
        self._room: Deferred[None] | None = None  # awaited by a stream
        self._over = False
        send_at_once(transport)

    def write(self, data: bytes) -> None:
        """Send *data*, behind all that was written before."""
        self._timer.touch()
        if self.deflate is not None:
            data = self.deflate.deflate(data)
        if self._immediate and self._tcp is not None:
            # Twisted waits for the reactor to come round, and asks the kernel to be told
            # when.  To try at once spares most of the system calls of an answer.
            sent = self._tcp.writeSomeData(data)
            if sent == len(data):
                return
            self._immediate = False  # slow, or gone: now the transport keeps the order
            if isinstance(sent, int):
                data = data[sent:]
        self._transport.write(data)

    def start_tls(self, context: TLSContext | None) -> None:
        """Encrypt what follows."""
        self._tcp = None
        self._immediate = False
        self._transport.startTLS(context)

    def shut(self) -> None:
        """Say that nothing follows; the client may go on sending."""
        if self._tcp is not None:
            self._tcp.loseWriteConnection()
        else:
            self._transport.loseConnection()  # TLS listens on until the client agrees

    # A stream

    @property
    def is_waiting(self) -> bool:
        """Whether a stream waits for its client, or for others to have their turn."""
        return self._room is not None

    async def pour(self, pieces: AsyncGenerator[bytes, None], kept: list[bytes]) -> None:
        """Write *kept* and *pieces*, as there is room; what is left stays in *kept*.

        Closes *pieces* at the end, or when `stop` tells that nobody wants more of them.
        """
        size, began = 0, self._clock.seconds()
        async for piece in pieces:
            if self._over:
                break
            kept.append(piece)
            size += len(piece)
            if size >= _MOST_KEPT or self._clock.seconds() - began > _SLICE_SECONDS:
                self.write(b"".join(kept))
                kept.clear()
                await self._find_room()
                size, began = 0, self._clock.seconds()
        await pieces.aclose()

    def go_on(self) -> None:
        """Let a stream go on, if there is room."""
        if self._room is not None and (self._over or not self.choked):
            room, self._room = self._room, None
            room.callback(None)

    def stop(self) -> None:
        """Let a stream end: nothing more is to be written."""
        self._over = True
        self.go_on()

    def _find_room(self) -> Deferred[None]:
        """Wait until the client reads, and until the others have had their turn."""
        self._room = Deferred()
        if not self.choked:
            self._clock.callLater(0, self.go_on)
        return self._room
