"""Connections: requests take turns, nobody is waited for without end, and all say goodbye."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import Deferred
from twisted.internet.testing import StringTransport

from mailcap.web.channel import LINGER
from web.memory import GET, post, refused


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


def test_what_waits_for_its_turn_is_not_begun_behind_the_goodbye(connect, reactor, mail):
    mail.owners["a@b.c"] = 1
    mail.add("a@b.c")
    client = connect()
    client.channel.dataReceived(
        GET
        + b"DELETE /api/addresses/a@b.c/messages?_mailsacKey=k_alice HTTP/1.1\r\nHost: x\r\n\r\n"
    )
    client.channel.leave()
    reactor.advance(1)
    assert [answer.status for answer in client.answers()] == [200]
    assert len(mail._stored) == 1
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
