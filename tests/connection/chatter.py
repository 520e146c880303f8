"""A protocol just rich enough to try a connection with: one command a line."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass

from twisted.internet.defer import CancelledError, Deferred, fail
from twisted.internet.protocol import Factory

from connection.wires import Client, Reactor
from mailcap.connection.dialogue import WAKE, After, Farewell, Stream, Wake, Work
from mailcap.connection.in_flight import InFlight
from mailcap.connection.pump import Pump
from mailcap.connection.registry import Registry
from mailcap.domain.accounts import Access
from mailcap.domain.envelope import Connection


@dataclass(frozen=True)
class Line:
    wire: bytes


class Lines:
    """Cuts lines; behind ``message`` everything up to a line ``end`` is a message."""

    def __init__(self) -> None:
        self.buffer = b""
        self.in_message = False
        self.dropped = False

    @property
    def waiting(self) -> int:
        return len(self.buffer)

    @property
    def held(self) -> int:
        return len(self.buffer)

    def receive_data(self, data: bytes) -> None:
        self.buffer += data

    def next_event(self) -> str | None:
        end = b"end\n" if self.in_message else b"\n"
        line, found, rest = self.buffer.partition(end)
        if not found:
            return None
        self.buffer, self.in_message = rest, False
        return line.decode()

    def drop_message(self) -> None:
        self.buffer, self.dropped = b"", True

    def discard(self) -> None:
        self.buffer, self.in_message = b"", False


class Chat:
    """Repeats what it is told, but for the words that it knows."""

    kind = "chat"

    def __init__(self, connection: Connection) -> None:
        self.reader = Lines()
        self.after: After | None = None
        self.connection = connection
        self.tls: str | None = None
        self.work: list[Deferred] = []
        self.handled: list[str] = []
        self.idle_seconds = 300.0
        self.made = 0  # pieces of streams
        self.closed = 0  # streams
        self.access: Access | None = None

    def greeting(self) -> Line:
        return Line(b"hello\n")

    def ended(self) -> None:
        pass

    def farewell(self, why: Farewell) -> Line:
        return Line(f"farewell {why.name}\n".encode())

    def secured(self, tls: str) -> None:
        self.tls = tls

    def handle(self, event: str | Wake) -> Line | Work | Stream | None:
        if event is WAKE:
            return Line(b"woken\n")
        self.handled.append(event)
        word, _, rest = event.partition(" ")
        known = getattr(self, f"_{word}", None)
        return known(rest) if known else Line(f"{event}\n".encode())

    def _nothing(self, _: str) -> None:
        return None

    def _message(self, _: str) -> Line:
        self.reader.in_message = True
        return Line(b"go on\n")

    def _times(self, count: str) -> Line:
        return Line(b"x" * int(count) + b"\n")

    def _work(self, _: str) -> Work:
        def begin() -> Deferred:
            self.work.append(Deferred())
            return self.work[-1]

        return self._await(begin)

    def _coroutine(self, _: str) -> Work:
        async def begin() -> str:
            return "awaited"

        return self._await(begin)

    def _cancelled(self, _: str) -> Work:
        return self._await(lambda: fail(CancelledError()))

    def _failing(self, _: str) -> Work:
        def begin() -> Deferred:
            raise RuntimeError("before it has begun")

        return self._await(begin)

    def _await(self, begin: Callable) -> Work:
        return Work(
            begin,
            lambda result: Line(f"{result}\n".encode()),
            lambda error: Line(f"failed: {error}\n".encode()),
        )

    def _stream(self, words: str) -> Stream:
        """``stream <pieces> <octets of each>``, behind ``work`` if it is the third word."""
        return Stream(self._pieces(*words.split()))

    async def _pieces(self, count: str, size: str, *more: str) -> AsyncGenerator[bytes, None]:
        try:
            if "work" in more:
                self.work.append(Deferred())
                yield f"{await self.work[-1]}\n".encode()
            for number in range(int(count)):
                self.made += 1
                yield b"%d" % (number % 10) * int(size)
            if "boom" in more:
                raise RuntimeError("in the middle")
            if "close" in more:
                self.after = After.CLOSE
            yield b"\n"
        finally:
            self.closed += 1

    def _boom(self, _: str) -> Line:
        raise RuntimeError("this cannot be handled")

    def _bad(self, _: str) -> Work:
        def begin() -> Deferred:
            self.work.append(Deferred())
            return self.work[-1]

        return Work(begin, lambda _: 1 / 0, lambda _: 1 / 0)

    def _close(self, _: str) -> Line:
        self.after = After.CLOSE
        return Line(b"bye\n")

    def _shut(self, _: str) -> Line:
        self.after = After.SHUT
        return Line(b"enough\n")

    def _tls(self, _: str) -> Line:
        self.reader.discard()
        self.after = After.START_TLS
        return Line(b"ready\n")


class Chats(Factory):
    """Serves `Chat`; `sessions` are all that there were."""

    noisy = False

    def __init__(self, reactor: Reactor, *, tls=None, idle_seconds=300, most=0, in_flight=10**6):
        self.reactor = reactor
        self.registry = Registry(reactor, most=most)
        self.in_flight = InFlight(in_flight)
        self.sessions: list[Chat] = []
        self._tls = tls
        self._idle_seconds = idle_seconds

    def buildProtocol(self, _addr) -> Pump:
        return Pump(
            self._new_session,
            clock=self.reactor,
            registry=self.registry,
            in_flight=self.in_flight,
            tls=self._tls,
        )

    def client(self) -> Client:
        return Client(self.reactor, self)

    def _new_session(self, connection: Connection, _wake: Callable[[], None]) -> Chat:
        self.sessions.append(Chat(connection))
        self.sessions[-1].idle_seconds = self._idle_seconds
        return self.sessions[-1]
