"""A reactor in memory, and a client that sends whatever bytes a test likes."""

import json
from dataclasses import dataclass
from http.client import HTTPMessage, HTTPResponse
from io import BytesIO

from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


@dataclass
class Answer:
    """One response, parsed."""

    status: int
    headers: HTTPMessage
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def message(self) -> str:
        """The text of an error, which has nothing but that."""
        assert list(self.json) == ["message"]
        return self.json["message"]


class ImmediatePool:
    """A thread pool that works at once, in the caller's thread."""

    def __init__(self) -> None:
        self.jobs = 0

    def callInThreadWithCallback(self, on_result, function, *args):
        self.jobs += 1
        try:
            result = (True, function(*args))
        except Exception:  # noqa: BLE001
            result = (False, Failure())
        on_result(*result)


class FakeReactor(Clock):
    """Time that a test moves, and threads that are none."""

    def __init__(self) -> None:
        super().__init__()
        self.pool = ImmediatePool()

    def getThreadPool(self):
        return self.pool

    def callFromThread(self, function, *args):
        function(*args)


class Transport(StringTransport):
    """A connection whose other end takes *window* octets and then stops reading."""

    def __init__(self, window: int | None = None) -> None:
        super().__init__(peerAddress=IPv4Address("TCP", "192.0.2.7", 41234))
        self.window = window
        self.aborted = False
        self._paused = False

    def write(self, data: bytes) -> None:
        super().write(data)
        self._maybe_pause()

    def writeSequence(self, data) -> None:
        super().writeSequence(data)
        self._maybe_pause()

    def _maybe_pause(self) -> None:
        if self.window is not None and self.producer and self.io.tell() > self.window:
            self._paused = True
            self.producer.pauseProducing()

    def read(self) -> bytes:
        """Take all that is there; the server may then go on."""
        data = self.value()
        self.clear()
        if self._paused:
            self._paused = False
            self.producer.resumeProducing()
        return data

    def abortConnection(self) -> None:
        self.aborted = self.disconnected = True


class Client:
    """One connection to a site."""

    def __init__(self, site, *, window: int | None = None) -> None:
        self.transport = Transport(window)
        self._reactor = site.reactor
        self.channel = site.buildProtocol(self.transport.getPeer())
        self.channel.makeConnection(self.transport)

    def send(self, data: bytes) -> None:
        self.channel.dataReceived(data)
        self._reactor.advance(0)  # pipelined requests take turns

    def read(self) -> bytes:
        """Take all that is there, and let the server go on."""
        data = self.transport.read()
        self._reactor.advance(0)
        return data

    def answers(self, *methods: str) -> list[Answer]:
        """All responses so far; *methods* are those of the requests, GET if none."""
        stream = BytesIO(self.read())
        found = []
        while stream.tell() < len(stream.getvalue()):
            method = methods[len(found)] if methods else "GET"
            found.append(_read_answer(stream, method))
        return found

    def request(
        self, method: str, target: str, *, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> Answer:
        headers = {"Host": "mailcap.test"} | (headers or {})
        lines = [f"{method} {target} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        self.send("\r\n".join([*lines, "", ""]).encode() + body)
        (answer,) = self.answers(method)
        return answer

    def close(self) -> None:
        self.channel.connectionLost(Failure(ConnectionDone()))


class _Socket:
    def __init__(self, stream: BytesIO) -> None:
        self._stream = stream

    def makefile(self, *_args):
        return _Unclosed(self._stream)


class _Unclosed:
    """A stream that outlives the response read from it."""

    def __init__(self, stream: BytesIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str):
        return getattr(self._stream, name)

    def close(self) -> None:
        pass


def _read_answer(stream: BytesIO, method: str) -> Answer:
    response = HTTPResponse(_Socket(stream), method=method)
    response.begin()
    return Answer(response.status, response.headers, response.read())


def post(headers: bytes, body: bytes = b"") -> bytes:
    return (
        b"POST /api/me HTTP/1.1\r\nHost: x\r\nMailsac-Key: k_alice\r\n" + headers + b"\r\n" + body
    )


def refused(client, status: int):
    """Assert that the last answer refuses, that the rest is thrown away, and return it."""
    answer = client.answers()[-1]
    assert answer.status == status
    assert answer.headers["Connection"] == "close"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.message
    client.send(GET)
    assert client.answers() == []
    return answer
