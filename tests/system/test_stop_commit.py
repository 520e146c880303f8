"""A stop in the middle of a commit: every 250 is there once, and nothing that heard 421."""

import signal
import sqlite3
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from time import monotonic

import psycopg
import pytest

from support.counting import check
from support.daemon import Daemon
from support.load import Load
from support.rest import Api
from support.smtp import Client, stuffed

TIMEOUT = 2  # seconds
LAST = 15  # seconds more, for the last commit
CLOSING = 16  # seconds more at most, for goodbyes and the store; a busy machine needs some
LETTER = b"Subject: one\r\n\r\nIt is on its way.\r\n"
RECIPIENTS = ["one@stop.example", "two@stop.example", "three@stop.example"]

Start = Callable[..., Daemon]
Three = tuple[Client, Client, Client]


@contextmanager
def locked(url: str) -> Iterator[None]:
    """Let nobody commit a message meanwhile, though the database is well."""
    other: sqlite3.Connection | psycopg.Connection
    if url.startswith("sqlite:"):
        other = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
    else:
        other = psycopg.connect(url)
        other.execute("LOCK TABLE messages IN SHARE MODE")
    try:
        yield
    finally:
        other.rollback()
        other.close()


@contextmanager
def sending(server: Daemon) -> Iterator[Three]:
    """Return a client whose message is being committed, one who waits behind, one who still sends.

    The first has TLS and many recipients.
    """
    with ExitStack() as stack:
        first, waiting, arriving = (
            stack.enter_context(Client(server.access.smtp)) for _ in range(3)
        )
        first.expect(250, "EHLO stop.example")
        first.starttls(ssl.create_default_context(cafile=server.access.ca_file))
        # Each is read before the next one's commands are answered.
        in_data(first, *RECIPIENTS).send(stuffed(LETTER))
        in_data(waiting, "waiting@stop.example").send(stuffed(LETTER))
        in_data(arriving, "arriving@stop.example").send(LETTER)
        yield first, waiting, arriving


def in_data(client: Client, *recipients: str) -> Client:
    """Take *client* to where its message may follow."""
    client.expect(250, "EHLO stop.example")
    client.envelope(recipients)
    client.expect(354, "DATA")
    return client


def hear(client: Client) -> tuple[int, str]:
    reply = client.read_reply()
    return reply.code, reply.text[:5]


def stored(server: Daemon, *inboxes: str) -> list[int]:
    api = Api(server.access)
    return [len(api.messages(inbox)) for inbox in inboxes]


@pytest.mark.parametrize("signals", [1, 2])
def test_what_is_being_committed_is_answered(daemon: Start, store_url: str, signals: int) -> None:
    """And nothing else is stored; a second signal changes nothing but the time."""
    timeout = TIMEOUT if signals == 1 else 600
    server = daemon(database=store_url, settings={"shutdown.timeout": timeout})
    with ExitStack() as stack:
        with locked(store_url):
            first, waiting, arriving = stack.enter_context(sending(server))
            for number in range(signals):
                server.signal(signal.SIGTERM)
                assert server.log.wait_for(["Received SIGTERM", "asked to stop again"][number])
            assert hear(waiting) == (421, "4.3.2")
            arriving.send(b".\r\n")
            assert hear(arriving) == (421, "4.3.2")
        assert [hear(first), hear(first)] == [(250, "2.0.0"), (421, "4.3.2")]
        assert server._ended() == -signal.SIGTERM
    server.start()
    assert stored(server, *RECIPIENTS) == [1, 1, 1]
    assert stored(server, "waiting@stop.example", "arriving@stop.example") == [0, 0]


def test_a_commit_that_does_not_end_is_not_waited_for(daemon: Start, store_url: str) -> None:
    """Then its sender hears nothing at all, and the log says so."""
    server = daemon(database=store_url, settings={"shutdown.timeout": TIMEOUT})
    with locked(store_url), sending(server) as (first, waiting, arriving):
        began = monotonic()
        server.signal(signal.SIGTERM)
        assert hear(waiting) == (421, "4.3.2")
        assert hear(arriving) == (421, "4.3.2")
        assert first.at_end()
        assert server._ended() == -signal.SIGTERM
        assert monotonic() - began < TIMEOUT + LAST + CLOSING
    assert server.log.find("1 messages may be stored though their senders have no answer")
    server.start()
    assert stored(server, *RECIPIENTS) == [0, 0, 0]  # the process that would have, is gone
    assert stored(server, "waiting@stop.example", "arriving@stop.example") == [0, 0]


def test_in_full_swing(daemon: Start, store_url: str) -> None:
    server = daemon(database=store_url, settings={"shutdown.timeout": TIMEOUT})
    load = Load(server.access.smtp, connections=20, label="stop", last_word=421)
    load.wait_for_acknowledged(200)
    with ExitStack() as stack:
        with locked(store_url):
            _, waiting, _ = stack.enter_context(sending(server))
            server.signal(signal.SIGTERM)
            assert hear(waiting) == (421, "4.3.2")
        assert server._ended() == -signal.SIGTERM
    load.join()
    server.start()
    check(Api(server.access), load)
