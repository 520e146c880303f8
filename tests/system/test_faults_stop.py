"""A stop is polite while it can be: nobody is dropped without a word, and it comes to an end."""

import signal
from contextlib import ExitStack
from imaplib import IMAP4
from time import monotonic

import pytest

from support.daemon import Daemon
from support.rest import Api
from support.smtp import Client

TIMEOUT = 2  # seconds
MORE = 5.0  # seconds that a busy machine may need besides


@pytest.fixture
def server(daemon) -> Daemon:
    return daemon(settings={"shutdown.timeout": TIMEOUT})


def in_data(server: Daemon) -> Client:
    """Return a client who has sent half a message."""
    client = Client(server.access.smtp)
    client.expect(250, "EHLO slow.example")
    client.envelope(["slow@capture.example"])
    client.expect(354, "DATA")
    client.send(b"Subject: half\r\n\r\n" + b"x" * 100_000)
    return client


def ended(server: Daemon, within: float) -> None:
    """Wait for the end that a signal has begun."""
    began = monotonic()
    assert server._ended() == -signal.SIGTERM
    assert monotonic() - began < within + MORE


def test_who_is_in_the_middle_may_finish(server):
    with in_data(server) as client:
        server.signal(signal.SIGTERM)
        assert server.log.wait_for("Received SIGTERM")
        assert server.log.wait_for(f"Port {server.access.smtp.port} Closed")
        with pytest.raises(ConnectionError):
            Client(server.access.smtp)
        client.send(b"\r\n.\r\n")
        assert client.read_reply().code == 250
        assert client.read_reply().code == 421
    ended(server, 0)
    server.start()
    assert len(Api(server.access).messages("slow@capture.example")) == 1


def test_who_does_not_finish_is_told_so(server):
    with in_data(server) as client:
        server.signal(signal.SIGTERM)
        reply = client.read_reply()
        assert (reply.code, reply.text[:5]) == (421, "4.3.2")
        ended(server, 1)


def test_a_second_signal_ends_the_waiting(daemon):
    server = daemon(settings={"shutdown.timeout": 600})
    with in_data(server) as client:
        server.signal(signal.SIGTERM)
        assert server.log.wait_for("Received SIGTERM")
        server.signal(signal.SIGTERM)
        assert client.read_reply().code == 421
        ended(server, 1)
    assert server.log.find("asked to stop again")


def test_mail_clients_hear_bye(server):
    service = server.access.imap
    with ExitStack() as stack:
        clients = [stack.enter_context(IMAP4(*service.address)) for _ in range(3)]
        server.signal(signal.SIGTERM)
        assert [client.readline()[:5] for client in clients] == [b"* BYE"] * 3
        ended(server, 0)
        for client in clients:
            client.shutdown()
            stack.pop_all()
