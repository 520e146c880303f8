"""What the server answers, whatever carries it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from mailcap.dracula.server.listing import Listing
from mailcap.dracula.server.peers import Peers
from mailcap.dracula.server.statistics import Statistics
from mailcap.dracula.store import Store
from mailcap.dracula.wire.codec import Codec
from mailcap.dracula.wire.packet import (
    DATA_SIZE,
    SIZE,
    BadPacket,
    Command,
    Packet,
    Rejected,
    pack_count,
)

UDP = "udp"
TCP = "tcp"

Answer = bytes | Coroutine[Any, Any, bytes] | None

# More of them over TCP, so that those over UDP, where asking costs nothing, fill no room there.
_LISTS_WAITING = {UDP: 16, TCP: 32}
_ERROR = b"%c" % Command.ERROR
_UNKNOWN = b"unknown_command_"


class Responder:
    """Turns requests into answers: octets, none at all, or octets that take a while.

    Nothing that arrives raises anything.
    """

    def __init__(
        self, store: Store, codec: Codec, *, peers: Peers, listing: Listing, statistics: Statistics
    ) -> None:
        self._store = store
        self._codec = codec
        self._peers = peers
        self._listing = listing
        self._statistics = statistics

    def answer(self, request: bytes, *, via: str) -> Answer:
        """Return the answer to *request*, which came *via* `UDP` or `TCP`."""
        try:
            packet = self._codec.decode(request)
        except Rejected as error:
            refusal = self._refuse(error, via)
            if via == UDP and (request[:1] == _ERROR or len(request) < SIZE):
                # Either an answer of another server, in the name of which somebody asked us:
                # the two would tell each other for ever that they do not understand.  Or
                # the answer would be longer, for whoever's address is on the datagram.
                return None
            return refusal
        self._statistics.asked(via, packet.command)
        return _HANDLERS.get(packet.command, Responder._unknown)(self, packet, via)

    def answer_overlong(self, *, via: str) -> bytes:
        """Return the answer to a request that was longer than a packet."""
        return self._refuse(BadPacket("bad packet: too large, size must be 1500 bytes"), via)

    def put(self, packet: Packet) -> int:
        """Count what *packet* names, tell the peers, and return the count."""
        count = self._store.put(packet.namespace, packet.data)
        self._peers.pass_on(packet)
        return count

    def _put(self, packet: Packet, _via: str) -> bytes:
        self.put(packet)
        return self._reply(packet, b"")

    def _replicate(self, packet: Packet, _via: str) -> None:
        self._store.put(packet.namespace, packet.data)

    def _count(self, packet: Packet, _via: str) -> bytes:
        return self._reply(packet, pack_count(self._store.count(packet.namespace, packet.data)))

    def _count_namespace(self, packet: Packet, _via: str) -> bytes:
        return self._reply(packet, pack_count(self._store.count_namespace(packet.namespace)))

    def _count_server(self, packet: Packet, _via: str) -> bytes:
        return self._reply(packet, pack_count(self._store.count_all()))

    def _keys(self, packet: Packet, via: str) -> Answer:
        if self._listing.waiting < _LISTS_WAITING[via]:
            return self._found(packet, via)
        if via == UDP:
            return None  # as if it had been lost on the way
        return self._error(packet, b"too many lists are waited for, try again later")

    async def _found(self, packet: Packet, via: str) -> bytes:
        return self._list(packet, via, await self._listing.find(packet.namespace, packet.data))

    def _namespaces(self, packet: Packet, via: str) -> bytes:
        return self._list(packet, via, self._store.namespaces())

    def _list(self, packet: Packet, via: str, items: Iterable[bytes]) -> bytes:
        data = b"\n".join(items)
        if via == UDP and len(data) > DATA_SIZE:  # as many whole ones as a packet takes
            data = data[: data.rfind(b"\n", 0, DATA_SIZE + 1)]
        return self._codec.encode(
            Packet(packet.command, packet.message_id, packet.namespace, data), endless=True
        )

    def _unknown(self, packet: Packet, via: str) -> bytes | None:
        if via == UDP and packet.data.startswith(_UNKNOWN):
            return None  # the same as above, between two that know each other
        return self._error(packet, _UNKNOWN + b"%c" % packet.command)

    def _refuse(self, error: Rejected, via: str) -> bytes:
        self._statistics.refused(via, error)
        return self._codec.encode_unsigned(error.answer)

    def _error(self, packet: Packet, text: bytes) -> bytes:
        return self._codec.encode(Packet(Command.ERROR, packet.message_id, packet.namespace, text))

    def _reply(self, packet: Packet, data: bytes) -> bytes:
        return self._codec.encode(Packet(packet.command, packet.message_id, packet.namespace, data))


_HANDLERS: dict[Command, Callable[[Responder, Packet, str], Answer]] = {
    Command.PUT: Responder._put,  # noqa: SLF001
    Command.COUNT: Responder._count,  # noqa: SLF001
    Command.COUNT_NAMESPACE: Responder._count_namespace,  # noqa: SLF001
    Command.COUNT_SERVER: Responder._count_server,  # noqa: SLF001
    Command.REPLICATE: Responder._replicate,  # noqa: SLF001
    Command.KEYS: Responder._keys,  # noqa: SLF001
    Command.NAMESPACES: Responder._namespaces,  # noqa: SLF001
}
