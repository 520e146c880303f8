import base64
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcap.authentication.sasl import (
    MECHANISMS,
    Cancelled,
    Credentials,
    Exchange,
    MalformedResponse,
    Plain,
    decode_response,
    decode_text,
    parse_plain,
)
from mailcap.domain.errors import AuthenticationFailed


def test_base64():
    assert decode_response(b"AGEAYg==") == b"\0a\0b"
    assert decode_response(b"") == b""
    assert decode_response(b"=") == b""


@pytest.mark.parametrize(
    "line", [b"*", b"a", b"AGEAYg", b"AGEAYg=", b"AGE AYg==", b"AGEAYg==x", b"\xff"]
)
def test_not_base64(line):
    with pytest.raises(MalformedResponse):
        decode_response(line)


@given(st.binary())
def test_what_is_encoded_comes_back(octets):
    assert decode_response(base64.b64encode(octets)) == octets


@pytest.mark.parametrize(
    ("message", "parts"),
    [
        (b"\0tim\0tanstaaftanstaaf", Plain("", "tim", "tanstaaftanstaaf")),
        (b"Ursel\0Kurt\0xipj3plmq", Plain("Ursel", "Kurt", "xipj3plmq")),
        (b"\0\0", Plain("", "", "")),
        ("\0jürgen\0paßwort".encode(), Plain("", "jürgen", "paßwort")),
    ],
)
def test_plain(message, parts):
    assert parse_plain(message) == parts


@pytest.mark.parametrize("message", [b"", b"tim", b"tim\0x", b"a\0b\0c\0d", b"\0j\xfcrgen\0x"])
def test_not_plain(message):
    with pytest.raises(MalformedResponse):
        parse_plain(message)


def test_passwords_are_not_shown():
    assert "secret" not in repr(Plain("", "tim", "secret"))


@pytest.mark.parametrize("octets", [b"a\0b", b"\xff"])
def test_not_text(octets):
    with pytest.raises(MalformedResponse):
        decode_text(octets)


@given(st.binary())
def test_no_octets_raise_anything_else(octets):
    for parse in (decode_response, parse_plain, decode_text):
        with suppress(MalformedResponse):
            parse(octets)


def coded(octets: bytes) -> bytes:
    return base64.b64encode(octets)


def test_plain_in_one_step_or_two():
    expected = Credentials("tim", "secret")
    assert Exchange("PLAIN").begin(coded(b"\0tim\0secret")) == expected
    exchange = Exchange("PLAIN")
    assert exchange.begin(None) == b""
    assert exchange.respond(coded(b"Tim\0tim\0secret")) == expected


def test_login_asks_twice():
    exchange = Exchange("LOGIN")
    assert exchange.begin(None) == b"Username:"
    assert exchange.respond(coded(b"tim")) == b"Password:"
    assert exchange.respond(coded(b"secret")) == Credentials("tim", "secret")
    exchange = Exchange("LOGIN")
    assert exchange.begin(coded(b"tim")) == b"Password:"


def test_nobody_acts_for_another():
    with pytest.raises(AuthenticationFailed):
        Exchange("PLAIN").begin(coded(b"eve\0tim\0secret"))


def test_a_client_gives_up():
    exchange = Exchange("LOGIN")
    exchange.begin(None)
    with pytest.raises(Cancelled):
        exchange.respond(b"*")


@pytest.mark.parametrize("mechanism", MECHANISMS)
@given(responses=st.lists(st.binary(max_size=30) | st.just(b"\0a\0b").map(coded), max_size=3))
def test_any_responses_end_somehow(mechanism, responses):
    exchange = Exchange(mechanism)
    with suppress(MalformedResponse, Cancelled, AuthenticationFailed):
        outcome = exchange.begin(None)
        for line in responses:
            if isinstance(outcome, Credentials):
                break
            outcome = exchange.respond(line)


def test_credentials_show_no_password():
    assert "secret" not in repr(Credentials("tim", "secret"))
