"""What a listener does with hostile clients, and with many."""

import re
import tracemalloc
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.logger import globalLogPublisher

from connection.certificates import client_side, server_side
from connection.wires import Reactor
from smtp.stand_ins import BASE, Server
from support.scripts import play

REPLY = re.compile(rb"(?:[2-5][0-5][0-9]-[ -~]*\r\n)*[2-5][0-5][0-9] [ -~]*\r\n")
TRANSACTION = b"MAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\nDATA\r\n"

fragments = st.sampled_from(
    [
        b"EHLO client.test\r\n",
        b"HELO x\r\n",
        b"MAIL FROM:<a@b.test>\r\n",
        b"MAIL FROM:<> SMTPUTF8 BODY=BINARYMIME\r\n",
        b"RCPT TO:<c@d.test>\r\n",
        b"RCPT TO:<postmaster>\r\n",
        b"RCPT TO:<c>\r\n",
        b"DATA\r\n",
        b"\r\n.\r\n",
        b".\r\n",
        b"\n.\n",
        b"BDAT 5\r\n12345",
        b"BDAT 5 LAST\r\n",
        b"BDAT 0 LAST\r\n",
        b"BDAT 5000\r\n",
        b"BDAT x\r\n",
        b"AUTH PLAIN\r\n",
        b"AUTH LOGIN dGlt\r\n",
        b"AUTH PLAIN AHRpbQB0YW5zdGFhZnRhbnN0YWFm\r\n",
        b"dGFuc3RhYWZ0YW5zdGFhZg==\r\n",
        b"*\r\n",
        b"STARTTLS\r\n",
        b"RSET\r\n",
        b"NOOP\r\n",
        b"HELP\r\n",
        b"VRFY c\r\n",
        b"QUIT\r\n",
        b"x" * 3000,
        b"\r\n",
    ]
)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(fragments | st.binary(max_size=30), max_size=25),
    st.sampled_from(["smtp", "submission"]),
)
def test_no_client_can_break_a_session(pieces, role):
    """Whatever comes in, only replies go out, nothing is logged and nothing is kept."""
    reactor = Reactor()
    troubles = []

    def note(event):
        if "log_failure" in event:
            troubles.append(event["log_failure"])

    globalLogPublisher.addObserver(note)
    try:
        server = Server(reactor, role=role, plaintext_auth="always", message_size=1000)
        client = server.client()
        heard = client.read() + b"".join(client.send(piece) for piece in pieces)
        client.close()
    finally:
        globalLogPublisher.removeObserver(note)
        reactor.close()
    assert not troubles
    assert re.fullmatch(rb"(?:%b)*" % REPLY.pattern, heard)
    assert server.in_flight.used == 0
    assert len(server.registry) == 0
    assert reactor.getDelayedCalls() == []


@settings(max_examples=100, deadline=None)
@given(
    st.lists(fragments, max_size=20).map(b"".join),
    st.lists(st.integers(min_value=0, max_value=3000), max_size=6),
)
def test_it_does_not_matter_how_the_octets_come(octets, cuts):
    def play_in(pieces):
        reactor = Reactor()
        server = Server(reactor, plaintext_auth="always", message_size=1000)
        client = server.client()
        heard = client.read() + b"".join(client.send(piece) for piece in pieces)
        reactor.close()
        return heard, [(each.envelope, each.body) for each in server.deliverer.deliveries]

    places = sorted({0, len(octets), *(cut % (len(octets) + 1) for cut in cuts)})
    pieces = [octets[start:end] for start, end in pairwise(places)]
    assert play_in(pieces) == play_in([octets])


def test_a_smuggled_message_is_part_of_the_first(reactor):
    for end in (b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r\n.\r", b"\r.\r\n", b"\r\n.\r\r\n"):
        server = Server(reactor)
        client = server.client()
        client.send(b"EHLO client.test\r\n")
        client.send(TRANSACTION)
        assert client.send(b"first" + end + TRANSACTION + b"second") == b""
        assert client.send(b"\r\n.\r\n") == f"250 2.0.0 OK : queued as {BASE}\r\n".encode()
        assert server.body.endswith(b"second\r\n")


def test_a_hundred_megabytes(reactor):
    """They cost no memory beyond the limit, get their 552, and the session goes on."""
    server = Server(reactor, message_size=2**20, idle_seconds=300)
    client = server.client()
    client.send(b"EHLO client.test\r\n")
    client.send(TRANSACTION)
    tracemalloc.start()
    for _ in range(60):
        client.protocol.dataReceived(b"x" * 65_536)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 2 * 2**20
    assert client.send(b"\r\n.\r\n") == b"552 5.3.4 Message too large\r\n"
    play(client, "C: NOOP\nS: 250 2.0.0 OK")
    client.send(TRANSACTION)
    for _ in range(1600):
        client.protocol.dataReceived(b"x" * 65_536)
    assert client.read() == b"552 5.3.4 Message too large\r\n"
    assert client.closed
    assert server.in_flight.used == 0


def test_idle_clients_and_a_slow_one_cost_nobody_else_anything(reactor):
    server = Server(reactor, tls=server_side())
    idle = [server.client() for _ in range(200)]
    slow = server.client()
    slow.send(b"EHLO client.test\r\n")
    slow.send(TRANSACTION)
    slow.send(b"x")
    before = reactor.system_calls
    other = server.client()
    other.read()
    for _ in range(20):
        play(other, "C: EHLO client.test\nS: 250-mail.test Hello\n" + "S: 250...\n" * 11)
        other.send(TRANSACTION)
        play(other, f"C: .\nS: 250 2.0.0 OK : queued as {BASE}")
    assert len(server.deliverer.deliveries) == 20
    assert reactor.system_calls - before <= 2
    assert len(reactor.getDelayedCalls()) == len(idle) + 2


def test_a_session_within_tls_that_is_pipelined(reactor):
    server = Server(reactor, role="submissions", tls=server_side())
    client = server.client()
    client.start_tls(client_side())
    client.read()
    heard = client.send(
        b"EHLO client.test\r\nAUTH PLAIN AHRpbQB0YW5zdGFhZnRhbnN0YWFm\r\n"
        + (TRANSACTION + b"x" * 50_000 + b"\r\n.\r\n") * 20
        + b"QUIT\r\n"
    )
    while not client.closed:
        heard += client.read()
    assert heard.count(b"queued as") == 20
    assert heard.endswith(b"221 2.0.0 Bye\r\n")
    assert {each.body for each in server.deliverer.deliveries} == {b"x" * 50_000 + b"\r\n"}
