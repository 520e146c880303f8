"""Paths in all their spellings, methods, and where nothing is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.logger import formatEvent

from mailcap.domain.errors import InvalidValue
from mailcap.web.request import original, segments
from mailcap.web.routing import Parameter


def test_nothing_is_compiled_that_makes_urls(build, monkeypatch):
    def compile_builder(*_):
        raise AssertionError("this takes long, and is in vain")

    monkeypatch.setattr("werkzeug.routing.Rule._compile_builder", compile_builder)
    assert len(list(build().resource._app.url_map.iter_rules())) > 50


LIST = "/api/addresses/{}/messages"


@pytest.mark.parametrize(
    ("spelling", "inbox"),
    [
        ("bob@x.test", "bob@x.test"),
        ("bob%40x.test", "bob@x.test"),
        ("BoB@X.Test", "bob@x.test"),
        ("bob+tag@x.test", "bob@x.test"),
        ("bob%2Btag@x.test", "bob@x.test"),
        ("bob%2btag%40x.test", "bob@x.test"),
        ("a%2Fb@x.test", "a/b@x.test"),
        ("a%25b@x.test", "a%b@x.test"),
        ("a%252Fb@x.test", "a%2fb@x.test"),
        ("%2Ba@x.test", "+a@x.test"),
        ("b%C3%B6b@x.test", "böb@x.test"),
        ("bob@x%2Etest", "bob@x.test"),
        ("%22a%20b%22@x.test", '"a b"@x.test'),
        ("*@x.test", "*@x.test"),
    ],
)
def test_addresses_in_paths(ask, mail, spelling, inbox):
    assert ask("GET", LIST.format(spelling)).status == 200
    assert mail.queries[-1]["inbox"] == inbox


@pytest.mark.parametrize(
    "path",
    [
        "/api//addresses/bob@x.test/messages",
        "//api/addresses///bob@x.test/messages",
        "/api/addresses/bob@x.test/messages/",
        "/api/addresses/bob@x.test/messages///",
        "/%61pi/addr%65sses/bob@x.test/messages",
        "http://mailcap.test/api/addresses/bob@x.test/messages",
        "http://mailcap.test:8025//api/addresses/bob@x.test/messages/?limit=3",
    ],
)
def test_slashes_and_whole_urls(ask, mail, path):
    mail.add("bob@x.test")
    answer = ask("GET", path)
    assert (answer.status, len(answer.json)) == (200, 1)


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE"])
def test_a_trailing_slash_never_redirects(ask, mail, method):
    mail.owners["bob@x.test"] = 1
    assert ask(method, LIST.format("bob@x.test") + "/").status in {200, 204}


@pytest.mark.parametrize(
    "path",
    [
        "/api",
        "/api/",
        "/api/nothing",
        "/api/addresses/bob@x.test/nothing",
        "/api/addresses//bob@x.test//nothing",
        "/api/addresses/bob@x.test/messages/id/nothing",
        "/api/addresses/a/b@x.test/messages",
        "/api/ME",
        "/api/me/..",
        "/api/./me",
        "/api/raw/bob@x.test",
        "/api/me%2F",
        "/api%2Fme",
        "/api/me%00",
        "/",
        "*",
        "/nothing",
        "/healthz/more",
        "no-slash",
        "/" + "a/" * 1000,
    ],
)
def test_where_nothing_is(ask, path):
    answer = ask("GET", path)
    assert answer.status == 404
    assert answer.message


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/api/me", "GET, HEAD"),
        ("/api/addresses/a@b.c/messages", "DELETE, GET, HEAD"),
        ("/api/addresses/a@b.c/message-count/", "GET, HEAD"),
        ("/api/addresses/a@b.c/messages/x-0", "DELETE, GET, HEAD"),
        ("/api//raw/a@b.c/x-0", "GET, HEAD"),
        ("/healthz", "GET, HEAD"),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "OPTIONS", "TRACE", "INVENTED"])
def test_another_method(ask, path, allowed, method):
    answer = ask(method, path)
    assert answer.status == 405
    assert answer.headers["Allow"] == allowed
    assert answer.message


@pytest.mark.parametrize("method", ["get", "Get", "head", "gET", "delete"])
@pytest.mark.parametrize("path", ["/healthz", "/api/me", "/nothing"])
def test_a_method_in_small_letters_is_another_one(ask, path, method):
    assert ask(method, path).status == 501


@pytest.mark.parametrize("path", ["/api/nothing", "/api", "/api//nothing", "/api/me"])
@pytest.mark.parametrize("key", [None, "wrong"])
def test_under_api_strangers_learn_nothing(ask, path, key):
    assert ask("PATCH", path, key=key).status == 401


@pytest.mark.parametrize("path", ["/apis", "/nothing/api", "/healthz/api"])
def test_elsewhere_no_key_is_asked_for(ask, authenticator, path):
    assert ask("GET", path, key=None).status == 404
    assert authenticator.asked == []


@pytest.mark.parametrize("path", ["/api/raw/b%FFb@x.test/x-0", "/%C3", "/api/%ED%A0%80"])
def test_a_path_that_is_no_utf_8(ask, mistakes, path):
    answer = ask("GET", path)
    assert answer.status == 400
    assert answer.message
    assert mistakes == []


@pytest.mark.parametrize(
    "host", ["a..b", "x" * 300, "\xff", "[::1", "a b", "", "http://", "[::1]:99999", ":"]
)
def test_no_host_header_upsets_the_router(ask, mistakes, host):
    assert ask("GET", "/api/me", X="1", Host=host).status == 200
    assert mistakes == []


def test_head_is_get_without_the_body(ask, mail):
    message_id = mail.add("bob@x.test")
    for path in (
        "/api/me",
        LIST.format("bob@x.test"),
        f"/api/raw/bob@x.test/{message_id}",
        "/api/x",
    ):
        get, head = ask("GET", path), ask("HEAD", path)
        assert head.body == b""
        assert head.status == get.status
        assert dict(head.headers) | {"Date": ""} == dict(get.headers) | {"Date": ""}
        assert int(head.headers["Content-Length"]) == len(get.body)


@pytest.mark.parametrize(
    "accept", ["text/html", "application/json, text/plain, */*", "image/png;q=1, */*;q=0", "bad;;"]
)
def test_accept_is_not_looked_at(ask, mail, accept):
    message_id = mail.add("bob@x.test")
    assert ask("GET", "/api/me", Accept=accept).headers.get_content_type() == "application/json"
    raw = ask("GET", f"/api/raw/bob@x.test/{message_id}", Accept=accept)
    assert raw.headers.get_content_type() == "text/plain"


def test_every_answer_is_modest_and_says_what_it_is(ask):
    for path in ("/api/me", "/api/nothing", "/healthz", "/", "/%FF"):
        headers = ask("GET", path).headers
        assert headers["Server"] == "mailcap"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"
        assert headers["Content-Type"] == "application/json; charset=utf-8"
        assert not [name for name in headers if name.lower().startswith("access-control")]


def test_no_url_is_logged(build, connect_to, reactor, log):
    site = build()
    site.doStart()
    assert reactor.getDelayedCalls() == []
    client = connect_to(site)
    for path in ("/api/me", "/api/nothing", "/healthz"):
        client.request("GET", f"{path}?_mailsacKey=k_secret")
    site.doStop()
    assert "k_secret" not in str([formatEvent(event) for event in log] + log)


def test_no_protocol_without_limits_is_offered_over_tls(build, monkeypatch):
    monkeypatch.setattr("twisted.web.http.H2_ENABLED", True)
    assert build().acceptableProtocols() == [b"http/1.1"]


@given(st.binary(max_size=60))
def test_any_part_survives_routing(text):
    quoted = b"".join(b"%%%02X" % octet for octet in text)
    try:
        wanted = text.decode()
    except UnicodeDecodeError:
        return
    found = segments(b"/first//" + quoted + b"/last/")
    assert found[0] == b"first"
    assert found[-1] == b"last"
    assert [original(part.decode()) for part in found[1:-1]] == ([wanted] if text else [])


@given(st.binary(max_size=60))
def test_parts_never_contain_a_slash(path):
    assert all(part and b"/" not in part for part in segments(path))


def test_a_parameter_by_its_spellings():
    number = Parameter("number", int, 7, spellings=("a", "b"))
    assert number.value({}) == 7
    assert number.value({b"b": [b"1", b"2"]}) == 1
    assert number.value({b"b": [b"1"], b"a": [b"3"]}) == 3
    assert number.value({b"number": [b"1"]}) == 7


def test_a_bad_parameter_is_named():
    def read(_text):
        raise InvalidValue("this is bad.")

    with pytest.raises(InvalidValue, match=r"^x: this is bad\.$"):
        Parameter("x", read).value({b"x": [b"\xff"]})
