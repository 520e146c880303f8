"""Lists of keys and namespaces, over TCP."""

# ruff: noqa: N802 - the names of methods that Twisted calls

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP6ClientEndpoint, connectProtocol
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure

from mailcap.dracula.client.link import NoAnswer, Refusal
from mailcap.dracula.places import Place
from mailcap.dracula.wire.codec import Codec
from mailcap.dracula.wire.framing import STOP, AnswerReader, StreamTooLong
from mailcap.dracula.wire.packet import Command, Packet, Rejected


class _Asking(Protocol):
    """Sends one request and waits for its answer."""

    transport: Any

    def __init__(self, request: bytes) -> None:
        self._request = request
        self._reader = AnswerReader()
        self._done = False
        self.answer: Deferred[bytes] = Deferred(lambda _: self._give_up())

    def connectionMade(self) -> None:
        self.transport.write(self._request)

    def dataReceived(self, data: bytes) -> None:
        if self._done:
            return
        try:
            answer = self._reader.receive_data(data)
        except StreamTooLong:
            self.transport.abortConnection()
            return
        if answer is not None:
            self._give_up()
            self.answer.callback(answer)

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: ARG002
        if not self._done:
            self._done = True
            self.answer.errback(NoAnswer("the connection ended"))

    def _give_up(self) -> None:
        self._done = True
        self.transport.abortConnection()


async def ask_list(place: Place, packet: Packet, codec: Codec, *, reactor: Any) -> list[bytes]:
    """Return the items of the list that *packet* asks the server at *place* for.

    Raises `NoAnswer`, `Refusal` and `WrongSize`.
    """
    request = codec.encode(packet) + STOP
    family = TCP6ClientEndpoint if ":" in place.host else TCP4ClientEndpoint
    try:
        asking = await connectProtocol(family(reactor, *place), _Asking(request))
    except Exception as error:  # noqa: BLE001  whatever keeps us from connecting
        raise NoAnswer(str(error)) from None
    octets = await asking.answer
    try:
        answer = codec.decode_answer(octets)
    except Rejected as error:
        raise NoAnswer(str(error)) from None
    if answer.command is Command.ERROR:
        raise Refusal(answer.data.decode("utf-8", "replace"))
    if answer.command is not packet.command or answer.message_id != packet.message_id:
        raise NoAnswer("the answer is to something else")
    return answer.data.split(b"\n") if answer.data else []
