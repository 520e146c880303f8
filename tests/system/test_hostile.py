"""What a client does to the server is its own trouble, and nobody else's."""

import socket
import statistics
from contextlib import ExitStack
from itertools import repeat
from select import select
from time import perf_counter

import pytest

from support.rest import Api
from support.smtp import Client

MEBI = 1024 * 1024
LIMIT = 25 * MEBI  # limits.message_size, out of the box
SLACK = 8 * MEBI  # for what sockets and two allocators hold

IDLE = 2000


pytestmark = pytest.mark.usefixtures("enough_files")


def median_delivery(service, inbox: str) -> float:
    """Return the seconds that a message takes from MAIL to 250."""
    seconds = []
    with Client(service) as client:
        client.expect(250, "EHLO busy.example")
        for number in range(300):
            start = perf_counter()
            client.deliver(b"Subject: %d\r\n\r\n" % number, inbox)
            seconds.append(perf_counter() - start)
    return statistics.median(seconds)


def test_idle_and_slow_connections_cost_nobody_else_anything(daemon):
    server = daemon(soft_files=256)
    service = server.access.smtp
    alone = median_delivery(service, "alone@capture.example")
    before = server.memory()
    with ExitStack() as stack:
        clients = [stack.enter_context(Client(service)) for _ in range(IDLE)]
        each = (server.memory() - before) / IDLE
        slow = clients[:50]
        for client in slow:
            client.expect(250, "EHLO slow.example")
            client.envelope(["slow@capture.example"])
            client.expect(354, "DATA")
            client.send(b"Subject: drop by drop")
        among_them = median_delivery(service, "crowd@capture.example")
        for client in slow:
            client.send(b"\r\n\r\n.\r\n")
            assert client.read_reply().code == 250
        for client in clients:
            client.expect(250, "NOOP")
    assert each < 32 * 1024
    assert among_them < 3 * alone + 0.005
    assert len(Api(server.access).messages("slow@capture.example", limit=100)) == 50


def test_a_client_that_never_reads_is_not_answered_for_ever(daemon):
    """What it pipelines has to wait in its own buffers, not in the server's memory."""
    server = daemon()
    median_delivery(server.access.smtp, "before@capture.example")  # all its processes are there
    before = server.memory()
    with Client(server.access.smtp, receive_buffer=4096) as deaf:
        deaf.expect(250, "EHLO deaf.example")
        sent = fill(deaf.socket, b"EHLO deaf.example\r\n", at_most=256 * MEBI)
        with Client(server.access.smtp) as other:
            other.expect(250, "NOOP")
    assert sent < 16 * MEBI  # the buffers of two sockets, at their largest
    assert server.memory() - before < 2 * SLACK


def fill(connection: socket.socket, command: bytes, *, at_most: int) -> int:
    """Send *command* until nobody takes any more for a second; return the octets."""
    connection.setblocking(False)
    pending = command * 10_000
    sent = 0
    while sent < at_most and select([], [connection], [], 1.0)[1]:
        sent += connection.send(pending[sent % len(command) :])
    return sent


LINES = b"x" * 62 + b"\r\n"
TOO_LARGE = {
    "lines": LINES * (MEBI // len(LINES)),
    "one endless line": b"x" * MEBI,
    "dots": b"..\r\n" * (MEBI // 4),
    "bare line feeds": b"\n" * MEBI,
}


@pytest.mark.parametrize("block", TOO_LARGE.values(), ids=TOO_LARGE)
def test_a_message_of_100_mb_is_refused_without_keeping_it(daemon, block):
    server = daemon()
    with Client(server.access.smtp) as client:
        client.expect(250, "EHLO large.example")
        client.deliver(b"Subject: warm\r\n\r\n", "large@capture.example")
        server.forget_peak()
        before = server.memory()
        client.envelope(["large@capture.example"])
        client.expect(354, "DATA")
        for megabyte in repeat(block, 95):  # 99.6 million octets
            client.send(megabyte)
        client.send(b"\r\n.\r\n")
        reply = client.read_reply()
        assert (reply.code, reply.text[:5]) == (552, "5.3.4")
        grown = server.memory("VmHWM") - before
        assert client.deliver(b"Subject: after\r\n\r\n", "large@capture.example").code == 250
    found = [message["subject"] for message in Api(server.access).messages("large@capture.example")]
    assert found == ["after", "warm"]
    assert grown < LIMIT + SLACK, f"{grown / MEBI:.1f} MiB"


def test_a_chunk_of_100_mb_is_refused_without_keeping_it(daemon):
    server = daemon()
    with Client(server.access.smtp) as client:
        client.expect(250, "EHLO large.example")
        client.envelope(["large@capture.example"])
        server.forget_peak()
        before = server.memory()
        client.send(b"BDAT 100000000 LAST\r\n")
        for _ in range(100):
            client.send(b"\0" * 1_000_000)
        reply = client.read_reply()
        assert (reply.code, reply.text[:5]) == (552, "5.3.4")
        grown = server.memory("VmHWM") - before
        client.expect(250, "RSET")
        assert client.deliver(b"Subject: after\r\n\r\n", "large@capture.example").code == 250
    assert grown < LIMIT + SLACK, f"{grown / MEBI:.1f} MiB"


def test_what_is_announced_as_too_large_is_refused_at_once(server):
    with Client(server.access.smtp) as client:
        client.expect(250, "EHLO large.example")
        reply = client.expect(552, "MAIL FROM:<from@sender.example> SIZE=100000000")
        assert reply.text.startswith("5.3.4")
        client.expect(250, f"MAIL FROM:<from@sender.example> SIZE={LIMIT}")


def test_past_four_times_the_limit_the_connection_ends(server):
    with Client(server.access.smtp) as client:
        client.expect(250, "EHLO endless.example")
        client.envelope(["endless@capture.example"])
        client.expect(354, "DATA")
        for _ in range(101):
            client.send(TOO_LARGE["lines"])
        reply = client.read_reply()
        assert (reply.code, reply.text[:5]) == (552, "5.3.4")
        assert client.at_end()


def test_the_largest_message_comes_back_whole(server, api):
    body = b"Subject: large\r\n\r\n"
    body += LINES * ((LIMIT - len(body)) // len(LINES) - 1)
    body += b"y" * (LIMIT - len(body) - 2) + b"\r\n"
    assert len(body) == LIMIT
    with Client(server.access.smtp) as client:
        client.expect(250, "EHLO large.example")
        message_id = client.deliver(body, "largest@capture.example").base + "-0"
    assert api.raw("largest@capture.example", message_id).endswith(body)


def test_plain_text_behind_starttls_is_thrown_away(server, api, trust):
    injected = b"MAIL FROM:<evil@sender.example>\r\nRCPT TO:<injected@capture.example>\r\n"
    with Client(server.access.smtp) as client:
        client.expect(250, "EHLO before.example")
        client.starttls(trust, injected=injected + b"DATA\r\nSubject: evil\r\n\r\n.\r\n")
        assert "STARTTLS" not in client.expect(250, "EHLO after.example").text
        client.expect(503, "DATA")
        client.deliver(b"Subject: good\r\n\r\n", "good@capture.example")
    assert api.messages("injected@capture.example") == []
    (message,) = api.messages("good@capture.example")
    assert b"from after.example" in api.raw("good@capture.example", message["_id"])


@pytest.mark.parametrize(
    "end", [b"\n.\n", b"\r\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\r", b"\n\r.\r\n"]
)
def test_nothing_but_the_true_end_ends_a_message(server, api, end):
    inbox = f"smuggled-{end.hex()}@capture.example"
    body = b"Subject: one\r\n\r\ntext" + end
    body += b"MAIL FROM:<evil@sender.example>\r\nRCPT TO:<evil@capture.example>\r\nDATA\r\n"
    with Client(server.access.smtp) as client:
        client.expect(250, "EHLO smuggler.example")
        client.envelope([inbox])
        client.expect(354, "DATA")
        client.send(body + b".\r\n")
        assert client.read_reply().code == 250
        client.expect(250, "NOOP")
    (message,) = api.messages(inbox)
    kept = body.replace(b"\r\n.", b"\r\n")  # a dot that begins a line stands for stuffing
    assert api.raw(inbox, message["_id"]).endswith(b"\r\n" + kept)
    assert api.messages("evil@capture.example") == []


def test_at_shutdown_everybody_is_told(daemon):
    server = daemon()
    idle, busy = Client(server.access.smtp), Client(server.access.smtp)
    busy.expect(250, "EHLO busy.example")
    busy.envelope(["busy@capture.example"])
    server.terminate()
    for client in (idle, busy):
        with client:
            reply = client.read_reply()
            assert (reply.code, reply.text[:5]) == (421, "4.3.2")
            assert client.at_end()
