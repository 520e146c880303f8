"""PostgreSQL goes away and comes back: nobody waits for long, nothing is lost or doubled."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

import pytest

from support.counting import check
from support.daemon import Daemon
from support.imap import imaplib_client, ok
from support.load import PersistentLoad
from support.postgres import PostgresServer
from support.rest import Api

CONNECTIONS = 20
SILENCE = 2  # seconds after which the server's life is doubted; out of the box it is 5
BOUND = 10.0  # seconds in which everybody has an answer then
DOUBT = 75.0  # seconds more, while nobody knows whether a message is stored
LAST = 15.0  # the same, at the end
INBOX = "gone.0@load.example"


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    """A server for these tests alone: others would mind."""
    server = PostgresServer()
    yield server
    server.stop()


@pytest.fixture
def url(postgres: PostgresServer) -> str:
    return f"{postgres.create_database()}&connect_timeout={SILENCE}"


@pytest.fixture
def server(daemon: Callable[..., Daemon], url: str) -> Daemon:
    return daemon(database=url, settings={"shutdown.timeout": 5})


@pytest.fixture
def load(server: Daemon) -> PersistentLoad:
    """Senders who are in full swing."""
    load = PersistentLoad(server.access.smtp, connections=CONNECTIONS, label="gone")
    load.wait_for_acknowledged(200)
    return load


@contextmanager
def restarted(postgres: PostgresServer) -> Iterator[None]:
    postgres.stop_at_once()
    try:
        yield
    finally:
        postgres.start_again()


@contextmanager
def crashed(postgres: PostgresServer) -> Iterator[None]:
    postgres.crash()
    try:
        yield
    finally:
        postgres.start_again()


@pytest.mark.parametrize("fault", [restarted, crashed, PostgresServer.paused])
def test_gone_and_back(server, postgres, load, fault):
    """All but those in doubt are told soon; all go on over the same connections afterwards."""
    api = Api(server.access)
    with imaplib_client(server.access, INBOX) as client:
        with fault(postgres):
            others = PersistentLoad(server.access.smtp, connections=CONNECTIONS, label="others")
            others.wait_for_refusals(2 * CONNECTIONS)
            with answered_soon():
                assert api.request("GET", f"/addresses/{INBOX}/messages").status == 503
            with answered_soon():
                kind, (text,) = client.status("INBOX", "(MESSAGES)")
                assert (kind, text[:13]) == ("NO", b"[UNAVAILABLE]")
        load.wait_for_more(100)
        others.wait_for_more(100)
        assert server.log.wait_for("Writing to the database works again")
        load.stop()
        others.stop()
        ok(client.status("INBOX", "(MESSAGES)"))
    assert load.refusals.keys() | others.refusals.keys() == {"451 4.3.0"}
    assert load.slowest < BOUND + DOUBT
    assert others.slowest < 2 * BOUND
    check(api, load)
    check(api, others)
    assert "See to it that the database answers" in server.log.find("Writing to the database fails")
    assert_few_lines(server)


def test_a_connection_is_lost_now_and_then(server, postgres, url, load):
    for _ in range(10):
        assert postgres.drop_connections(url)
        load.wait_for_more(50)
    load.stop()
    check(Api(server.access), load)
    assert_few_lines(server)


@pytest.mark.parametrize("fault", [restarted, PostgresServer.paused])
def test_the_daemon_ends_though_the_database_is_gone(server, postgres, fault):
    load = PersistentLoad(server.access.smtp, connections=CONNECTIONS, label="end", last_word=421)
    load.wait_for_acknowledged(200)
    with fault(postgres):
        with answered_soon(5 + LAST + BOUND):
            server.terminate()
        load.join()
    server.start()
    check(Api(server.access), load)


@contextmanager
def answered_soon(seconds: float = BOUND) -> Iterator[None]:
    began = monotonic()
    yield
    assert monotonic() - began < seconds


def assert_few_lines(server: Daemon) -> None:
    """The operator reads what is wrong, what to do, and when it is over; no more."""
    lines = [line for line in server.log.lines if "mailcap.store" in line]
    assert len(lines) <= 6, server.log
