"""Long answers: written as they are taken, and bounded."""

import pytest
from twisted.internet.defer import Deferred

from mailcap.web.responses import SMALL

INBOX = "bob@x.test"
BIG = 5_000_000


@pytest.fixture
def download(mail):
    """A request for a message of BIG octets."""
    message_id = mail.add(INBOX, b"Subject: x\r\n\r\n" + bytes(range(256)) * (BIG // 256))
    target = f"/api/raw/{INBOX}/{message_id}?_mailsacKey=k_alice"
    return f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


def drain(client) -> bytes:
    """Read until nothing more comes."""
    found = b""
    while data := client.read():
        found += data
    return found


def test_a_long_answer_is_written_as_it_is_taken(connect, download):
    client = connect(window=64 * 1024)
    client.send(download)
    pieces = []
    while data := client.transport.read():
        pieces.append(len(data))
    assert max(pieces) < 250_000
    assert sum(pieces) > BIG


def test_a_long_answer_is_complete_and_the_connection_goes_on(connect, download, mail):
    client = connect(window=64 * 1024)
    client.send(download + b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    data = drain(client)
    head, _, rest = data.partition(b"\r\n\r\n")
    raw = mail._stored[0][1].raw
    assert b"Content-Length: %d" % len(raw) in head
    assert rest.startswith(raw)
    assert rest[len(raw) :].startswith(b"HTTP/1.1 200 OK")


def test_nothing_waits_for_a_client_that_takes_everything(connect, download, reactor):
    client = connect()
    client.send(download)
    assert len(client.transport.value()) > BIG
    assert reactor.getDelayedCalls() == [client.channel._TimeoutMixin__timeoutCall]


def test_who_takes_nothing_loses_the_connection(connect, download, reactor):
    client = connect(window=64 * 1024, patience=60)
    client.send(download)
    for _ in range(3):
        reactor.advance(59)
        client.transport.read()
    reactor.advance(59)
    assert not client.transport.aborted
    reactor.advance(1)
    assert client.transport.aborted


def test_an_aborted_download_leaves_nothing_behind(connect_to, build, download, reactor, mistakes):
    site = build(held=2 * BIG)
    client = connect_to(site, window=64 * 1024)
    client.send(download)
    assert site.budget.free < BIG
    client.close()
    assert site.budget.free == 2 * BIG
    assert reactor.getDelayedCalls() == []
    assert mistakes == []


def test_a_client_that_goes_away_before_its_answer_is_there(connect, mail, mistakes):
    mail.wait = Deferred()
    client = connect()
    client.send(
        b"GET /api/addresses/a@b.c/messages HTTP/1.1\r\nHost: x\r\nMailsac-Key: k_alice\r\n\r\n"
    )
    client.close()
    assert mail.wait.called  # what was begun for it has been given up
    assert mistakes == []


def test_long_answers_together_are_bounded(connect_to, build, download):
    site = build(held=int(2.5 * BIG))
    clients = [connect_to(site, window=64 * 1024) for _ in range(3)]
    for client in clients:
        client.send(download)
    (refused,) = clients[2].answers()
    assert refused.status == 503
    assert refused.message
    assert "Content-Disposition" not in refused.headers
    drain(clients[0])
    clients[2].send(download)
    assert len(drain(clients[2])) > BIG


def test_a_long_answer_is_not_made_for_head(connect_to, build, download):
    site = build(held=10)
    client = connect_to(site)
    client.send(download.replace(b"GET", b"HEAD"))
    (answer,) = client.answers("HEAD")
    assert (answer.status, answer.body) == (200, b"")
    assert int(answer.headers["Content-Length"]) > BIG


def test_short_answers_are_not_counted(connect_to, build, mail):
    site = build(held=0)
    message_id = mail.add(INBOX, b"Subject: x\r\n\r\n" + b"x" * (SMALL - 1000))
    path = f"/api/raw/{INBOX}/{message_id}"
    answer = connect_to(site).request("GET", path, headers={"Mailsac-Key": "k_alice"})
    assert (answer.status, len(answer.body) > SMALL - 1000) == (200, True)


def test_a_client_of_http_1_0(connect, mail):
    message_id = mail.add(INBOX)
    client = connect()
    target = f"/api/raw/{INBOX}/{message_id}?_mailsacKey=k_alice"
    client.send(f"GET {target} HTTP/1.0\r\n\r\n".encode())
    (answer,) = client.answers()
    assert (answer.status, answer.body) == (200, mail._stored[0][1].raw)
    assert client.transport.disconnecting
