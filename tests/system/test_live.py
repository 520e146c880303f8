"""Waiting for mail and hearing of it, with real clients of a real daemon."""

import json
import re
import socket
import subprocess
import time
from contextlib import ExitStack, contextmanager, suppress
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from support.programs import NODE_FOLDER, find
from support.smtp import Client

SECONDS = 20  # for what takes a moment
PUBLIC = "live@capture.example"


def url(access, addresses: str, *, key: str | None = None) -> str:
    place = urlsplit(access.api_url)
    key = access.api_key if key is None else key
    return f"ws://{place.hostname}:{place.port}/incoming-messages?key={key}&addresses={addresses}"


def hear(live) -> dict:
    return json.loads(live.recv(SECONDS))


def deliver(server, *recipients: str, body: bytes = b"Subject: hi\r\n\r\nhello\r\n") -> None:
    with Client(server.access.smtp) as client:
        client.expect(250, "EHLO sender.example")
        client.deliver(body, *recipients)


@contextmanager
def waiting(access, inbox: str, *, key: str | None = None, query: str = "timeout=60"):
    """A request that waits."""
    place = urlsplit(access.api_url)
    connection = HTTPConnection(place.hostname, place.port, timeout=SECONDS)
    target = f"/api/addresses/{inbox}/messages/wait?{query}"
    connection.request("GET", target, headers={"Mailsac-Key": key or access.api_key})
    try:
        yield connection
    finally:
        connection.close()


def closed_with(live) -> int:
    try:
        while True:
            live.recv(SECONDS)
    except ConnectionClosed as closed:
        return closed.rcvd.code


def test_frames(server):
    with connect(url(server.access, PUBLIC)) as live:
        assert hear(live)["msg"] == "Listening"
        deliver(server, "else@capture.example", PUBLIC)
        frame = hear(live)
    assert (frame["subject"], frame["text"]) == ("hi", "hello\r\n")
    assert frame["email"]["inbox"] == PUBLIC
    assert re.fullmatch(r"\w+-1", frame["_id"])


def test_a_domain_with_public_mail(daemon):
    """Its owner hears of all of it, anybody of the public inbox that they name."""
    server = daemon()
    server.command("account", "add", "qa")
    owner, other = (
        server.command("key", "add", "one", "--account", name).strip() for name in ("qa", "admin")
    )
    server.command("domain", "add", "open.example", "--account", "qa")
    server.command("domain", "set", "open.example", "--account", "qa", "--public", "--websocket")
    server.command("address", "reserve", "kept@open.example", "--account", "qa")
    with (
        connect(url(server.access, "open.example", key=owner)) as domain,
        connect(url(server.access, "any@open.example", key=other)) as inbox,
        connect(url(server.access, "kept@open.example", key=other)) as refused,
    ):
        assert (hear(domain)["domains"], hear(inbox)["status"]) == (["open.example"], 200)
        assert hear(refused)["status"] == 403
        deliver(server, "kept@open.example", "any@open.example", "else@open.example")
        assert [hear(domain)["inbox"] for _ in range(3)] == [
            "kept@open.example",
            "any@open.example",
            "else@open.example",
        ]
        assert hear(inbox)["inbox"] == "any@open.example"


def test_refusals(server):
    with connect(url(server.access, PUBLIC, key="wrong")) as live:
        assert hear(live)["status"] == 401
        assert closed_with(live) == 1008
    with pytest.raises(InvalidStatus, match="403"):
        connect(url(server.access, PUBLIC), origin="http://evil.example")
    place = urlsplit(server.access.api_url)
    with connect(url(server.access, PUBLIC), origin=f"http://{place.netloc}") as live:
        assert hear(live)["status"] == 200


def test_too_long(server):
    with connect(url(server.access, PUBLIC)) as live:
        live.send("x" * 65536)
        assert hear(live)["status"] == 200
        live.send("x" * 65537)
        assert closed_with(live) == 1009


@pytest.mark.parametrize(
    "package",
    [
        pytest.param(name, marks=pytest.mark.programs("node", name), id=name)
        for name in ("ws-2", "ws")
    ],
)
def test_with_the_clients_of_mailsacs_examples(server, package):
    script = [find("node"), NODE_FOLDER / "listen.js", package]
    words = [*script, url(server.access, PUBLIC).replace("?", "?_id=admin&")]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as client:
        assert json.loads(client.stdout.readline())["status"] == 200
        deliver(server, PUBLIC)
        frame = json.loads(client.stdout.readline())
        client.terminate()
    assert frame["to"]
    assert (frame["subject"], frame["text"]) == ("hi", "hello\r\n")


def test_a_revoked_key_ends_all_that_it_began(daemon):
    server = daemon()
    key = server.command("key", "add", "live").strip()
    with connect(url(server.access, PUBLIC, key=key)) as live:
        assert hear(live)["status"] == 200
        with waiting(server.access, PUBLIC, key=key) as request:
            server.command("key", "remove", "live")
            start = time.monotonic()
            assert request.getresponse().status == 403
            assert hear(live)["status"] == 401
            assert closed_with(live) == 1008
            assert time.monotonic() - start < 2


def test_an_inbox_that_is_reserved_by_another(daemon):
    server = daemon()
    server.command("account", "add", "bob")
    with waiting(server.access, PUBLIC) as request:
        server.command("address", "reserve", PUBLIC, "--account", "bob")
        assert request.getresponse().status == 403


def test_at_shutdown_everybody_is_told(daemon):
    server = daemon()
    with connect(url(server.access, PUBLIC)) as live, waiting(server.access, PUBLIC) as request:
        assert hear(live)["status"] == 200
        start = time.monotonic()
        server.terminate()
        assert time.monotonic() - start < 8  # nobody was waited for
        assert closed_with(live) == 1001
        answer = request.getresponse()
        assert (answer.status, json.loads(answer.read())) == (
            503,
            {"message": "The server is stopping."},
        )


def test_waiting(server):
    inbox = "wait@capture.example"
    query = "timeout=60&subjectIncludes=CODE&from=FROM@sender.example"
    with waiting(server.access, inbox, query=query) as request:
        deliver(server, inbox)
        deliver(server, inbox, body=b"Subject: your code\r\n\r\n")
        (found,) = json.loads(request.getresponse().read())
    assert found["subject"] == "your code"
    with waiting(server.access, inbox, query="timeout=0.1&count=3") as request:
        answer = request.getresponse()
        assert (answer.status, json.loads(answer.read())["matched"]) == (408, 2)


def test_whoever_half_closes_has_gone(server):
    """…since nobody could tell one from the other."""
    with waiting(server.access, "half@capture.example") as request:
        request.sock.shutdown(socket.SHUT_WR)
        request.sock.settimeout(SECONDS)
        assert request.sock.recv(1) == b""


def test_a_slow_reader_is_dropped_and_nobody_else(daemon):
    server = daemon()
    place = urlsplit(server.access.api_url)
    with ExitStack() as stack:
        slow = stack.enter_context(socket.socket())
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.connect((place.hostname, place.port))
        target = url(server.access, PUBLIC).partition(place.netloc)[2]
        slow.sendall(
            f"GET {target} HTTP/1.1\r\nHost: {place.netloc}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )
        quick = stack.enter_context(connect(url(server.access, PUBLIC), max_size=None))
        assert hear(quick)["status"] == 200
        body = b"Subject: hi\r\n\r\n" + b"x" * 76 * 5000 + b"\r\n"
        for _ in range(20):
            deliver(server, PUBLIC, body=body)
            assert hear(quick)["subject"] == "hi"
        slow.settimeout(SECONDS)
        received = 0
        with suppress(ConnectionResetError):
            while data := slow.recv(65536):
                received += len(data)
        assert received < 4 * 20 * len(body)  # half of what 20 frames have


WAITERS = 2000


@pytest.mark.usefixtures("enough_files")
def test_many_wait_and_delay_nobody(daemon):
    server = daemon()
    deliver(server, PUBLIC)
    with waiting(server.access, PUBLIC) as request:
        assert request.getresponse().status == 200
    before = server.memory()
    with ExitStack() as stack:
        requests = [
            stack.enter_context(waiting(server.access, f"w{number}@capture.example"))
            for number in range(WAITERS)
        ]
        deliver(server, *[f"w{number}@capture.example" for number in range(900)])
        for request in requests[:900]:
            assert request.getresponse().status == 200
        each = (server.memory() - before) / WAITERS
    assert each < 32 * 1024
