"""Keys: the ways to give one, and what becomes of requests without."""

import json

import pytest
from twisted.internet.defer import Deferred

from mailcap.domain.errors import StoreUnavailable, TooManyFailures

NOT_AUTHORIZED = "Not authorized. You may need to log in first."
ME = "/api/me"


@pytest.mark.parametrize("name", ["Mailsac-Key", "mailsac-key", "MAILSAC-KEY", "mAiLsAc-KeY"])
def test_the_header_in_any_case(ask, name):
    assert ask("GET", ME, key=None, **{name: "k_bob"}).json["_id"] == "bob"


def test_the_query(ask):
    assert ask("GET", f"{ME}?_mailsacKey=k_bob", key=None).json["_id"] == "bob"
    assert ask("GET", f"{ME}?x=1&_mailsacKey=k%5Fbob&y", key=None).json["_id"] == "bob"


def test_a_field_of_the_body(ask):
    """405 instead of 401 shows that the key was found."""
    body = json.dumps({"_mailsacKey": "k_bob", "info": "ü"}).encode()
    for content_type in ("application/json", "application/x-www-form-urlencoded", "x"):
        answer = ask("PUT", ME, key=None, body=body, Content_Type=content_type)
        assert answer.status == 405
    assert ask("DELETE", ME, key=None, body=body).status == 401  # a body means nothing there


def test_the_header_goes_before_the_query_and_the_query_before_the_body(ask, authenticator):
    body = b'{"_mailsacKey": "third"}'
    ask("POST", f"{ME}?_mailsacKey=second", key="first", body=body)
    ask("POST", f"{ME}?_mailsacKey=second", key=None, body=body)
    ask("POST", ME, key=None, body=body)
    assert [key for key, _ in authenticator.asked] == ["first", "second", "third"]


def test_the_authenticator_learns_who_asks(ask, authenticator):
    ask("GET", ME)
    assert authenticator.asked == [("k_alice", "192.0.2.7")]


@pytest.mark.parametrize("key", [None, "", "wrong", "k_alice ", "K_ALICE"])
def test_without_a_valid_key(ask, key):
    answer = ask("GET", ME, key=key)
    if key == "k_alice ":  # white space around a header's value is none of it
        assert answer.status == 200
        return
    assert answer.status == 401
    assert answer.message == NOT_AUTHORIZED


@pytest.mark.parametrize("key", [None, ""])
def test_nobody_is_asked_about_no_key(ask, authenticator, key):
    ask("GET", f"{ME}?_mailsacKey=", key=key)
    assert authenticator.asked == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"[]",
        b'["_mailsacKey"]',
        b'{"_mailsacKey": 1}',
        b'{"_mailsacKey": null}',
        b'{"_mailsacKey": ""}',
        b'{"_mailsacKey": {"k_alice": 1}}',
        b"\xff\xfe\xfd",
        b"[" * 60_000,
        b'{"a":' * 10_000,
        b'{"a": ' + b"9" * 10_000 + b"}",
        b"_mailsacKey=k_alice",
        b'{"_mailsacKey": "k_alice", "x": "' + b"y" * 70_000 + b'"}',
    ],
)
def test_bodies_without_a_key(ask, mistakes, body):
    answer = ask("POST", ME, key=None, body=body)
    assert (answer.status, answer.message) == (401, NOT_AUTHORIZED)
    assert mistakes == []


@pytest.mark.parametrize("target", ["?_mailsacKey=%FF%00", "?_mailsacKey=%ED%A0%80"])
def test_keys_that_are_no_text(ask, authenticator, target):
    assert ask("GET", ME + target, key=None).status == 401
    assert ask("POST", ME, key=None, body=b'{"_mailsacKey": "\\ud800"}').status == 401
    assert all(key.encode() for key, _ in authenticator.asked)
    assert len(authenticator.asked) == 2


def test_a_source_that_failed_too_often(ask, authenticator):
    authenticator.failure = TooManyFailures("Too many failed logins.", 12.3)
    answer = ask("GET", ME)
    assert (answer.status, answer.headers["Retry-After"]) == (429, "13")
    assert answer.message == "Too many failed logins."
    assert ask("GET", "/api/nothing").status == 429


def test_a_store_that_cannot_tell(ask, authenticator):
    authenticator.failure = StoreUnavailable("host db.internal refused")
    answer = ask("GET", ME)
    assert answer.status == 503
    assert "db.internal" not in answer.message


@pytest.mark.parametrize("path", [b"/api/me", b"/api/nothing"])
def test_a_client_that_goes_away_before_it_is_known(connect, authenticator, mistakes, path):
    authenticator.wait = wait = Deferred()
    client = connect()
    client.send(b"GET " + path + b" HTTP/1.1\r\nHost: x\r\nMailsac-Key: wrong\r\n\r\n")
    client.close()
    if not wait.called:
        wait.callback(None)
    assert mistakes == []
