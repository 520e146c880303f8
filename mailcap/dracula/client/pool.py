"""The servers that count together, as one."""

from __future__ import annotations

from collections.abc import Sequence
from secrets import randbits
from typing import Any

from twisted.internet.defer import Deferred, gatherResults, maybeDeferred
from twisted.internet.interfaces import IDelayedCall
from twisted.logger import Logger
from twisted.python.failure import Failure
from xxhash import xxh64_intdigest

from mailcap.domain.errors import CountersUnavailable, InvalidValue
from mailcap.dracula.client.link import Link, NoAnswer, Refusal
from mailcap.dracula.client.lists import ask_list
from mailcap.dracula.places import Place
from mailcap.dracula.wire.codec import Codec
from mailcap.dracula.wire.packet import NAMESPACE_SIZE, Command, Packet, WrongSize

_CHECK_SECONDS = 6.0
_CHECK_SECONDS_WITHOUT_ANY = 1.0
_TRIES = 2
_CHECKED_KEY = b"check"

_log = Logger()

_Pair = tuple[bytes, bytes]


class Client:
    """Puts and counts keys on whichever of *servers* answers.

    A key is always asked of the same server as long as that is well, by every client alike: so
    a put is seen by the next count, whoever asks, without waiting for the servers to
    tell each other.  A server that does not answer within its share of *timeout* seconds is
    left out until it answers a check, and the call goes to another: a put may then count
    twice.  Calls raise `CountersUnavailable`, and at once while no server answers; and
    `InvalidValue` if a namespace (64 octets) or a key (1,419) is too long.

    *reactor* is the network and the clock.
    """

    def __init__(
        self, servers: Sequence[Place], codec: Codec, *, reactor: Any, timeout: float = 1.0
    ) -> None:
        self._codec = codec
        self._reactor = reactor
        self._timeout = timeout
        self._links = [Link(place, codec, reactor) for place in servers]
        self._told = dict.fromkeys(servers, True)  # what the log says of each
        self._asking: dict[_Pair, list[Deferred[int]]] = {}
        self._timer: IDelayedCall | None = None
        self._closed = False

    def open(self) -> None:
        """Make ready for calls, without checks: all servers are believed to answer."""
        for link in self._links:
            link.open()

    def start(self) -> Deferred[None]:
        """Make ready, and check the servers from then on.

        Fires when each has answered its first check, or has not.
        """
        self.open()
        return Deferred.fromCoroutine(self._check())

    def close(self) -> Deferred[Any]:
        """Let go of everything."""
        self._closed = True
        self._stop_timer()
        return gatherResults([maybeDeferred(link.close) for link in self._links])

    @property
    def available(self) -> bool:
        """Whether any server is believed to answer."""
        return any(link.healthy for link in self._links)

    def put(self, namespace: str, key: str) -> Deferred[None]:
        """Count *key* once more."""
        pair = _octets(namespace), _octets(key)
        self._asking.pop(pair, None)  # a count that is under way would not show it
        putting = Deferred.fromCoroutine(self._ask(Command.PUT, *pair))
        return putting.addCallback(lambda _: None)

    def count(self, namespace: str, key: str) -> Deferred[int]:
        """Return how often *key* was put.

        Whoever asks while the same is being asked, and not put in between, shares a packet.
        """
        pair = _octets(namespace), _octets(key)
        answer: Deferred[int] = Deferred()
        waiting = self._asking.get(pair)
        if waiting is not None:
            waiting.append(answer)
            return answer
        waiting = self._asking[pair] = [answer]

        def tell(result: int | Failure) -> None:
            if self._asking.get(pair) is waiting:
                del self._asking[pair]
            for each in waiting:
                each.callback(result)

        Deferred.fromCoroutine(self._ask(Command.COUNT, *pair)).addBoth(tell)
        return answer

    def count_namespace(self, namespace: str) -> Deferred[int]:
        """Return how often any key of *namespace* was put, as far as one server knows."""
        asking = self._ask(Command.COUNT_NAMESPACE, _octets(namespace), b"")
        return Deferred.fromCoroutine(asking)

    def keys(self, namespace: str, pattern: str) -> Deferred[list[str]]:
        """Return the keys that have *pattern* (``*``: anything), as far as one server knows."""
        return self._list(Command.KEYS, _octets(namespace), _octets(pattern))

    def namespaces(self) -> Deferred[list[str]]:
        """Return the namespaces, as far as one server knows."""
        return self._list(Command.NAMESPACES, b"", b"")

    async def _ask(self, command: Command, namespace: bytes, data: bytes) -> int:
        """Ask the server for this key, and if it does not answer the one that follows it."""
        order = self._order(namespace, data)[:_TRIES]
        why = "no healthy dracula udp servers"
        for link in order:
            try:
                timeout = self._timeout / len(order)
                return await link.ask(command, namespace, data, timeout=timeout)
            except WrongSize as error:
                raise InvalidValue(str(error)) from None
            except (NoAnswer, Refusal) as error:
                why = f"{link.place}: {error}"
                self._tell(link, str(error))
        raise CountersUnavailable(why)

    def _order(self, namespace: bytes, data: bytes) -> list[Link]:
        """Return the healthy servers in the order in which this key is theirs.

        Highest random weight: all clients agree, and when a server goes only its own keys move.
        """
        healthy = [link for link in self._links if link.healthy]
        if len(healthy) > 1:
            key = namespace + b"\0" + data
            healthy.sort(key=lambda link: xxh64_intdigest(f"{link.place} ".encode() + key))
        return healthy

    def _list(self, command: Command, namespace: bytes, data: bytes) -> Deferred[list[str]]:
        async def ask() -> list[str]:
            why = "no healthy dracula tcp servers"
            for link in self._order(namespace, data) or self._links:
                packet = Packet(command, randbits(32), namespace, data)
                asking = Deferred.fromCoroutine(
                    ask_list(link.place, packet, self._codec, reactor=self._reactor)
                )
                asking.addTimeout(self._timeout, self._reactor, _no_answer_in_time)
                try:
                    return [item.decode("utf-8", "replace") for item in await asking]
                except WrongSize as error:
                    raise InvalidValue(str(error)) from None
                except (NoAnswer, Refusal) as error:
                    why = f"{link.place}: {error}"
            raise CountersUnavailable(why)

        return Deferred.fromCoroutine(ask())

    async def _check(self) -> None:
        """Ask each server whether it is there, all at once, and again after a while."""
        self._stop_timer()
        checks = [Deferred.fromCoroutine(self._check_one(link)) for link in self._links]
        await gatherResults(checks)
        if not self._closed:
            pause = _CHECK_SECONDS if self.available else _CHECK_SECONDS_WITHOUT_ANY
            self._timer = self._reactor.callLater(pause, self._check_again)

    def _check_again(self) -> None:
        Deferred.fromCoroutine(self._check())

    async def _check_one(self, link: Link) -> None:
        namespace = f"server_healthcheck_{link.place}".encode()[:NAMESPACE_SIZE]
        try:
            await link.ask(Command.COUNT, namespace, _CHECKED_KEY, timeout=self._timeout)
        except (NoAnswer, Refusal) as error:
            link.healthy = False
            self._tell(link, str(error))
        else:
            link.healthy = True
            self._tell(link, "")

    def _tell(self, link: Link, why: str) -> None:
        """Log what has changed, and look again at once when the last server is gone."""
        if self._closed or self._told[link.place] == link.healthy:
            return
        self._told[link.place] = link.healthy
        if link.healthy:
            _log.info("dracula at {place} answers again", place=link.place)
            return
        _log.warn("dracula at {place} is left out: {why}", place=link.place, why=why)
        if not self.available and self._timer is not None:  # else a check is under way
            self._check_again()

    def _stop_timer(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None


def _octets(text: str) -> bytes:
    """Return any text as octets: senders choose it, and some of it is no Unicode."""
    return text.encode("utf-8", "surrogatepass")


def _no_answer_in_time(_result: object, _timeout: float) -> Any:
    raise NoAnswer("no answer in time")
