"""Where a request ends, and how long it may be: nobody must be able to see it in another way."""

from contextlib import suppress
from http.client import HTTPException

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.memory import GET, post, refused


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


PIECES = st.sampled_from(
    [b"GET /healthz HTTP/1.1\r\n", b"POST / HTTP/1.1\r\n", b"Host: x\r\n", b"\r\n", b"\n", b"\r",
     b"Transfer-Encoding: chunked\r\n", b"Content-Length: 5\r\n", b"5\r\n", b"0\r\n\r\n", b"hello",
     b" ", b":", b"Connection: close\r\n", b"Expect: 100-continue\r\n", b"/?_mailsacKey=k_alice "]
)  # fmt: skip


def test_any_bytes_are_answered_or_refused(connect, mistakes):
    @given(st.lists(PIECES | st.binary(max_size=20), max_size=30))
    def check(pieces):
        client = connect(body=1000, header=2000, line=500)
        for piece in pieces:
            client.send(piece)
        with suppress(HTTPException):  # the answer to HEAD, or to a version of no name
            for answer in client.answers():
                assert answer.status in {100, 200, 400, 401, 404, 405, 413, 414, 431, 501}
        client.close()

    check()
    assert mistakes == []
