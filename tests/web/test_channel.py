"""Limits hold while bytes arrive, and what is refused is refused in words."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import Deferred
from twisted.internet.testing import StringTransport

from mailcap.web.channel import LINGER

GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


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


def test_requests_follow_each_other_on_a_connection(connect):
    client = connect()
    client.send(GET + GET)
    client.send(GET)
    assert [answer.status for answer in client.answers()] == [200, 200, 200]


def test_any_way_of_cutting_the_stream_gives_the_same_answers(connect):
    stream = GET + post(b"Content-Length: 5\r\n", b"hello") + b"\r\n" + GET
    stream += post(b"Transfer-Encoding: chunked\r\n", b"5\r\nhello\r\n0\r\n\r\n") + GET

    @given(st.lists(st.integers(1, len(stream) - 1)))
    def check(cuts):
        client = connect()
        places = [0, *sorted(cuts), len(stream)]
        for start, end in pairwise(places):
            client.send(stream[start:end])
        assert [answer.status for answer in client.answers()] == [200, 405, 200, 405, 200]

    check()


def test_a_body_at_its_limit_is_taken(connect):
    client = connect(body=1000)
    client.send(post(b"Content-Length: 1000\r\n", b"x" * 1000))
    client.send(
        post(b"Transfer-Encoding: chunked\r\n", b"3e8\r\n" + b"x" * 1000 + b"\r\n0\r\n\r\n")
    )
    assert [answer.status for answer in client.answers()] == [405, 405]


def test_an_announced_body_over_the_limit_is_refused_before_it_comes(connect):
    client = connect(body=1000)
    client.send(post(b"Content-Length: 1001\r\n"))
    assert "1000" in refused(client, 413).message


def test_nobody_is_asked_to_go_on_with_a_body_over_the_limit(connect):
    client = connect(body=1000)
    client.send(post(b"Content-Length: 1001\r\nExpect: 100-continue\r\n"))
    assert client.transport.value().startswith(b"HTTP/1.1 413 ")


def test_a_body_within_the_limit_is_asked_for(connect):
    client = connect(body=1000)
    client.send(post(b"Content-Length: 1000\r\nExpect: 100-continue\r\n"))
    assert client.transport.value() == b"HTTP/1.1 100 Continue\r\n\r\n"


@pytest.mark.parametrize("length", [b"9" * 19, b"9" * 5000, b"0" * 4999 + b"1"])
def test_a_length_that_no_number_could_hold(connect, mistakes, length):
    client = connect()
    client.send(post(b"Content-Length: " + length + b"\r\n"))
    refused(client, 413)
    assert mistakes == []


def test_chunks_are_counted_as_they_arrive(connect):
    client = connect(body=1000)
    client.send(post(b"Transfer-Encoding: chunked\r\n"))
    for _ in range(10):
        client.send(b"64\r\n" + b"x" * 100 + b"\r\n")
    assert client.answers() == []
    client.send(b"1\r\nx")
    refused(client, 413)


def test_a_chunk_that_never_ends_is_not_collected(connect):
    client = connect(body=1000)
    client.send(post(b"Transfer-Encoding: chunked\r\n", b"7fffffff\r\n" + b"x" * 1001))
    refused(client, 413)


@pytest.mark.parametrize(
    "bad",
    [
        b"GET\r\n\r\n",
        b"GET /healthz HTTP/3.0\r\n\r\n",
        b"G\xffT /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /health z HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nna me: x\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nname: a\0b\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nname: a\nb: c\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity\r\nContent-Length: 5\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, chunked\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: \x0bchunked\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5, 5\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 0x5\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length:\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\n0\n\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
        b"GET / HTTP/1.1\r\n Host: x\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n",
    ],
)
def test_what_is_no_http_is_refused(connect, mistakes, bad):
    client = connect()
    client.send(bad)
    refused(client, 400)
    assert mistakes == []


def test_a_request_line_over_the_limit(connect):
    client = connect(line=500)
    client.send(b"GET /" + b"x" * 480)
    assert client.answers() == []
    client.send(b"x" * 100)
    refused(client, 414)


def test_a_request_line_over_the_limit_in_one_piece(connect):
    client = connect(line=500)
    client.send(b"GET /" + b"x" * 600 + b" HTTP/1.1\r\nHost: x\r\n\r\n" + GET)
    refused(client, 414)


def test_a_header_line_over_the_limit(connect):
    client = connect(line=500)
    client.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 600)
    refused(client, 431)


def test_a_header_over_the_limit(connect):
    client = connect(header=2000)
    client.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + b"X: 1234567890\r\n" * 130 + b"Y: z\r\n")
    assert client.answers() == []
    client.send(b"X: 1234567890\r\n" * 40)
    refused(client, 431)


def test_the_header_of_each_request_counts_for_itself(connect):
    client = connect(header=2000)
    for _ in range(5):
        client.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + b"X: 1234567890\r\n" * 130 + b"\r\n")
    assert [answer.status for answer in client.answers()] == [200] * 5


def test_more_than_500_headers(connect):
    client = connect()
    client.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + b"X: 1\r\n" * 502 + b"\r\n")
    refused(client, 400)


def test_a_request_may_not_trickle_in_for_ever(connect, reactor):
    client = connect(patience=60)
    client.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n")
    for _ in range(5):
        reactor.advance(11)
        client.send(b"X: y\r\n")
    assert client.answers() == []
    reactor.advance(5)
    refused(client, 408)


def test_a_body_may_not_trickle_in_for_ever_either(connect, reactor):
    client = connect(patience=60)
    client.send(post(b"Content-Length: 100\r\n"))
    for _ in range(5):
        reactor.advance(11)
        client.send(b"x")
    reactor.advance(5)
    refused(client, 408)


def test_time_between_requests_is_not_taken_from_the_next(connect, reactor):
    client = connect(patience=60)
    client.send(GET)
    reactor.advance(59)
    client.send(GET[:10])
    reactor.advance(59)
    client.send(GET[10:])
    assert [answer.status for answer in client.answers()] == [200, 200]


@pytest.mark.parametrize("before", [b"", GET])
def test_an_idle_connection_is_closed_without_a_word(connect, reactor, log, before):
    client = connect(patience=60)
    if before:
        client.send(before)
        client.answers()
    reactor.advance(59)
    assert not client.transport.disconnecting
    reactor.advance(1)
    assert client.transport.disconnecting
    assert client.answers() == []
    assert log == []


def test_an_idle_connection_that_does_not_end_is_cut_off(connect, reactor, log):
    client = connect(patience=60)
    reactor.advance(60)
    assert client.transport.disconnecting
    client.send(GET)  # too late
    reactor.advance(14)
    assert not client.transport.aborted
    reactor.advance(1)
    assert client.transport.aborted
    assert log == []


def test_a_long_wait_for_an_answer_is_not_idleness(connect, reactor, mail):
    mail.wait = Deferred()
    client = connect(patience=60)
    client.send(
        b"GET /api/addresses/a@b.c/messages HTTP/1.1\r\nHost: x\r\nMailsac-Key: k_alice\r\n\r\n"
    )
    reactor.advance(3600)
    mail.wait.callback(None)
    assert [answer.status for answer in client.answers()] == [200]


def test_a_refused_connection_ends_soon(connect, reactor):
    client = connect()
    client.send(b"nonsense\r\n")
    for _ in range(10):
        client.send(b"more")
        reactor.advance(LINGER / 10 + 0.001)
    assert client.transport.aborted


def test_who_asks_to_close_and_never_reads_is_cut_off(connect, reactor):
    client = connect(patience=60)
    client.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert client.transport.disconnecting
    reactor.advance(59)
    client.send(GET)
    assert not client.transport.aborted
    reactor.advance(1)
    assert client.transport.aborted


def test_pipelined_requests_wait_for_a_client_that_does_not_read(connect, mail):
    message_id = mail.add("a@b.c", b"Subject: x\r\n\r\n" + b"x" * 100_000)
    request = (
        b"GET /api/raw/a@b.c/%b HTTP/1.1\r\nHost: x\r\nMailsac-Key: k_alice\r\n\r\n"
        % message_id.encode()
    )
    client = connect(window=50_000)
    client.send(request * 100)
    held = len(client.transport.value())
    assert 100_000 < held < 210_000
    assert client.transport.producerState == "paused"
    count = 0
    while answers := client.answers():
        count += len(answers)
    assert count == 100
    assert client.transport.producerState == "producing"


def test_thousands_of_pipelined_requests_let_others_take_turns(connect_to, build):
    site = build()
    greedy, other = connect_to(site), connect_to(site)
    greedy.channel.dataReceived(GET * 1000)
    other.channel.dataReceived(GET)
    assert other.transport.value().count(b"HTTP/1.1 200 OK") == 1
    assert greedy.transport.value().count(b"HTTP/1.1 200 OK") == 1
    assert len(greedy.answers()) == 1  # and then its turns come
    assert len(greedy.answers()) == 999


def test_a_client_that_goes_away_before_its_next_turn(connect_to, build, reactor, mistakes):
    client = connect_to(build())
    client.channel.dataReceived(GET * 3)
    client.close()
    reactor.advance(100)
    assert len(client.answers()) == 1
    assert reactor.getDelayedCalls() == []
    assert mistakes == []


def test_who_stops_reading_between_turns_has_no_more_of_them(connect, reactor):
    client = connect()
    client.channel.dataReceived(GET * 3)
    client.channel.pauseProducing()
    reactor.advance(1)
    assert len(client.answers()) == 1
    client.channel.resumeProducing()
    reactor.advance(1)
    assert len(client.answers()) == 2


def test_what_was_sent_behind_the_last_request_of_a_connection_is_ignored(connect):
    client = connect()
    client.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" + GET)
    assert [answer.status for answer in client.answers()] == [200]


def test_a_connection_over_the_limit_is_told_so(build, registry):
    site = build()
    registry._most = 1
    channels = [site.buildProtocol(None) for _ in range(2)]
    transports = [StringTransport() for _ in range(2)]
    for channel, transport in zip(channels, transports, strict=True):
        channel.makeConnection(transport)
    assert transports[0].value() == b""
    assert transports[1].value().startswith(b"HTTP/1.1 503 Service Unavailable\r\n")


def test_the_registry_forgets_closed_connections(connect, registry):
    client = connect()
    assert len(registry) == 1
    client.close()
    assert len(registry) == 0


def test_an_idle_connection_leaves_at_once(connect):
    client = connect()
    client.send(GET)
    client.channel.leave()
    assert client.transport.disconnecting


def test_a_connection_leaves_when_its_request_is_answered(connect, mail):
    mail.wait = Deferred()
    client = connect()
    client.send(
        b"GET /api/addresses/a@b.c/messages HTTP/1.1\r\nHost: x\r\nMailsac-Key: k_alice\r\n\r\n"
        + GET
    )
    client.channel.leave()
    assert not client.transport.disconnecting
    mail.wait.callback(None)
    (answer,) = client.answers()
    assert (answer.status, answer.headers["Connection"]) == (200, "close")
    assert client.transport.disconnecting


def test_bodies_of_all_connections_together_are_bounded(connect_to, build):
    site = build(held=1000, body=800)
    first, second, third = (connect_to(site) for _ in range(3))
    first.send(post(b"Content-Length: 800\r\n", b"x" * 799))
    second.send(post(b"Content-Length: 800\r\n", b"x" * 201))
    assert first.answers() == []
    second.send(b"x")
    refused(second, 503)
    first.send(b"x")
    assert first.answers()[0].status == 405
    third.send(post(b"Content-Length: 800\r\n", b"x" * 800))
    assert third.answers()[0].status == 405
    assert site.budget.free == 1000


def test_a_body_that_is_given_up_is_no_longer_held(connect_to, build):
    site = build(held=1000, body=1000)
    for _ in range(5):
        client = connect_to(site)
        client.send(post(b"Content-Length: 1000\r\n", b"x" * 999))
        client.close()
    assert site.budget.free == 1000


def test_a_last_request_behind_a_slow_one_has_all_the_time_it_needs(connect, mail, reactor):
    slow = b"GET /api/addresses/a@b.c/messages HTTP/1.1\r\nHost: x\r\nMailsac-Key: k_alice\r\n"
    client = connect(patience=60)
    first, second = Deferred(), Deferred()
    mail.wait = first
    client.send(slow + b"\r\n" + slow + b"Connection: close\r\n\r\n")
    mail.wait = second
    first.callback(None)
    reactor.advance(3600)
    assert not client.transport.aborted
    second.callback(None)
    assert [answer.status for answer in client.answers()] == [200, 200]
    assert client.transport.disconnecting
