"""A server without its ports: answers by function call, on a clock that stands still."""

from twisted.internet.task import Clock, deferLater

from mailcap.dracula.server.listing import Listing
from mailcap.dracula.server.peers import Peers
from mailcap.dracula.server.responder import UDP, Responder
from mailcap.dracula.server.statistics import Statistics
from mailcap.dracula.store import Store
from mailcap.dracula.wire.codec import Codec
from mailcap.dracula.wire.packet import Command, Packet, unpack_count

TURN = 0.125  # seconds that others get between two pieces of a search


class House:
    """A responder with all that is behind it in sight; `passed_on` is what peers were sent."""

    def __init__(self, secret: bytes = b"very-secure3", peers=(), digest=None, room=2**28) -> None:
        self.clock = Clock()
        self.codec = Codec(secret, *([digest] if digest else []))
        self.store = Store(self.clock.seconds, ttl=60, room=room)
        self.statistics = Statistics()
        self.passed_on = []
        self.listing = Listing(self.store, lambda: deferLater(self.clock, TURN))
        self.responder = Responder(
            self.store,
            self.codec,
            peers=Peers(peers, self.codec, self.statistics, self.send),
            listing=self.listing,
            statistics=self.statistics,
        )

    def send(self, octets, address):
        self.passed_on.append((octets, address))

    def ask(self, command, namespace=b"n", data=b"", *, via=UDP, message_id=7):
        """Return the answer as a packet, None if there is none."""
        request = Packet(command, message_id, namespace, data)
        answer = self.responder.answer(self.codec.encode(request), via=via)
        return None if answer is None else self.codec.decode(answer)

    def count(self, command, namespace=b"n", data=b""):
        request = Packet(command, 7, namespace, data)
        return unpack_count(self.responder.answer(self.codec.encode(request), via=UDP))

    def put(self, *keys, namespace=b"n"):
        for key in keys:
            assert self.ask(Command.PUT, namespace, key) == Packet(
                Command.PUT, 7, namespace.strip()
            )
