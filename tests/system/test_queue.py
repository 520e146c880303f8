"""Who waits for a greeting, and that nobody else notices: the real daemon, with little room."""

import imaplib
import socket
import ssl

import pytest
from prometheus_client.parser import text_string_to_metric_families

from support.rest import Api
from support.smtp import Client

# Three of those who deliver, and a fourth place for who logs in.
LITTLE = {"queue.sessions": 4, "queue.reserved": 25, "queue.timeout": 2}
BUSY = b"421 4.3.2 Too busy to serve this connection now, try again later\r\n"


class Waiting:
    """A connection from *source* that expects to wait."""

    def __init__(self, service, source: str = "127.0.1.1") -> None:
        self.socket = socket.create_connection(
            service.address, timeout=60, source_address=(source, 0)
        )

    def close(self) -> None:
        self.socket.close()

    def read(self) -> bytes:
        """Return what comes next, up to the end of a line."""
        octets = b""
        while not octets.endswith(b"\n") and (more := self.socket.recv(4096)):
            octets += more
        return octets


@pytest.fixture
def connect():
    """A function that connects as `Waiting` does; all are closed with the test."""
    opened: list[Waiting] = []

    def make(*arguments) -> Waiting:
        opened.append(Waiting(*arguments))
        return opened[-1]

    yield make
    for each in opened:
        each.close()


@pytest.fixture
def full(daemon, connect):
    """A daemon with no room for another connection of 127.0.1.0/24."""
    server = daemon(settings=LITTLE)
    server.crowd = [connect(server.access.smtp) for _ in range(3)]
    assert all(each.read().startswith(b"220 ") for each in server.crowd)
    return server


def metrics(access) -> dict[tuple, float]:
    access.api_url = access.api_url.removesuffix("/api")
    answer = Api(access).request("GET", "/metrics")
    access.api_url += "/api"
    assert answer.status == 200
    return {
        (sample.name.removeprefix("mailcap_"), *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.body.decode())
        for sample in family.samples
    }


def test_a_place_becomes_free(full, connect):
    other = connect(full.access.smtp)
    other.socket.sendall(b"EHLO early.example\r\n")
    full.crowd[0].close()
    said = other.read()
    assert said.startswith(b"220 ")
    while b" Hello\r\n" not in said:
        said += other.read()


def test_the_time_is_up(full, connect):
    other = connect(full.access.smtp)
    assert other.read() == BUSY
    assert other.read() == b""
    assert metrics(full.access)["queue_refused_total",] == 1
    assert "smtp: 1 connections wait, 0 were refused so far: too much sessions (3, limit 3)" in str(
        full.log
    )


def test_the_queue_is_full(daemon, connect):
    server = daemon(settings=LITTLE | {"queue.size": 1, "queue.timeout": 60})
    for _ in range(3):
        assert connect(server.access.smtp).read().startswith(b"220 ")
    held = connect(server.access.smtp)
    assert connect(server.access.smtp).read() == BUSY
    server.terminate()
    assert held.read() == b"421 4.3.2 Service shutting down, try again later\r\n"
    assert held.read() == b""


def test_others_notice_nothing(full, connect):
    access = full.access
    for _ in range(5):
        connect(access.smtp)
    assert connect(access.smtp, "127.0.2.1").read().startswith(b"220 ")
    with Client(access.submission) as client:
        client.expect(250, "EHLO x")
    with imaplib.IMAP4(*access.imap.address, timeout=60) as reader:
        reader.login("admin", access.imap.password)
        assert reader.select()[0] == "OK"
    said = metrics(access)
    assert said["queue_length", "smtp"] == 5
    assert said["sessions", "smtp"] == 4
    assert said["room_short", "smtp", "sessions"] == 1


# Fifteen places for those who send, eleven of them for those who deliver; ten for readers.
FEW = {"limits.connections": 40}


def test_who_takes_all_places_gives_some_up(daemon, connect):
    server = daemon(settings=FEW)
    flood = [connect(server.access.submission) for _ in range(12)]
    assert all(each.read().startswith(b"220 ") for each in flood)
    other = connect(server.access.smtp, "127.0.2.1")
    assert other.read().startswith(b"220 ")
    assert flood[0].read() == b"421 4.3.2 Too many connections, try again later\r\n"
    assert flood[0].read() == b""


def test_readers_keep_out_neither_others_nor_mail(daemon, connect):
    access = daemon(settings=FEW).access
    said = [connect(access.pop3).read() for _ in range(6)]
    assert [each[:3] for each in said] == [b"+OK"] * 5 + [b"-ER"]
    assert connect(access.pop3, "127.0.2.1").read().startswith(b"+OK")
    assert connect(access.smtp).read().startswith(b"220 ")


def test_what_readers_have_is_no_room_for_mail(daemon, connect):
    access = daemon(settings=FEW).access
    for number in range(10):
        assert connect(access.pop3, f"127.0.{number % 2 + 1}.1").read().startswith(b"+OK")
    flood = [connect(access.submission) for _ in range(11)]
    assert all(each.read().startswith(b"220 ") for each in flood[:10])
    assert connect(access.smtp, "127.0.3.1").read().startswith(b"220 ")


def test_who_expects_tls_is_refused_in_its_words(daemon):
    server = daemon(settings=LITTLE | {"queue.sessions": 1, "queue.timeout": 1})
    trust = ssl.create_default_context(cafile=server.access.ca_file)
    with Client(server.access.submissions, tls=trust) as client:
        with pytest.raises(ssl.SSLError, match="INTERNAL_ERROR"):
            Client(server.access.submissions, tls=trust)
        client.expect(250, "EHLO x")


def test_metrics_have_the_names_they_had(daemon):
    server = daemon()

    def send(number: int) -> None:
        with Client(server.access.smtp) as client:
            client.expect(250, f"EHLO host{number}.example")
            client.expect(250, f"MAIL FROM:<a@six.levels.deep.{number}.sender.example>")
            client.expect(250, f"RCPT TO:<to{number}@x.example>")
            client.data(b"Subject: x\r\n\r\nhello\r\n")
            client.expect(221, "QUIT")

    send(0)
    before = metrics(server.access)
    for number in range(1, 200):
        send(number)
    after = metrics(server.access)
    assert after["messages_stored_total",] - before["messages_stored_total",] == 199
    assert {name for name in after if name[0] != "sessions"} == {
        name for name in before if name[0] != "sessions"
    }


def test_metrics_are_for_networks_that_are_named(daemon):
    server = daemon(settings={"metrics.networks": "192.0.2.0/24"})
    server.access.api_url = server.access.api_url.removesuffix("/api")
    assert Api(server.access).request("GET", "/metrics").status == 404
