"""Messages as bytes: source, text, HTML and headers, and how safe they are to show."""

import json

import pytest

from mailcap.web.api import bodies
from mailcap.web.api.computing import HEAVY

INBOX = "bob@x.test"
CSP = "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'"
HTML = (
    b"From: a@b.c\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: multipart/related; boundary=b\r\n\r\n"
    b'--b\r\nContent-Type: text/html; charset=iso-8859-1\r\n\r\n<h1 onclick="x()">Gr\xfc\xdfe</h1>'
    b'<script>alert(1)</script><img src="cid:pic"><a href="https://example.com">go</a>\r\n'
    b"--b\r\nContent-Type: image/png\r\nContent-ID: <pic>\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\nUE5H\r\n--b--\r\n"
)
HEADERS = (
    b"Subject: =?utf-8?q?x?=\r\nX-Two: one\r\n"
    b"x-two: two\r\n\tfolded\r\nNo field\r\nX-Empty:\r\n\r\n"
)


@pytest.fixture
def get(ask, mail):
    """A function that stores a message and gets a view of it."""

    def send(path: str, body: bytes, query: str = "", **more):
        message_id = mail.add(INBOX, body)
        return ask("GET", f"/api/{path}/{INBOX}/{message_id}{query}", **more)

    return send


@pytest.fixture
def get_headers(ask, mail):
    """A function that stores a message and gets its headers."""

    def send(query: str = "", body: bytes = HEADERS):
        message_id = mail.add(INBOX, body)
        return ask("GET", f"/api/addresses/{INBOX}/messages/{message_id}/headers{query}")

    return send


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\0",
        b"x",
        b"\r\n.\r\n",
        bytes(range(256)),
        HTML,
        b"a: b\n\nbare\nlfs\r",
        b"\xff" * 70_000,
    ],
)
def test_the_source_ends_with_the_exact_bytes(get, body):
    answer = get("raw", body)
    assert answer.status == 200
    assert answer.body.endswith(body)
    trace = answer.body[: len(answer.body) - len(body)]
    assert trace.startswith(b"Return-Path: <from@sender.test>\r\n")
    assert b"\tfor <bob@x.test>; " in trace
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


def test_text_is_exactly_as_sent(get):
    boundary = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nCode 123\r\n--b--\r\n"
    assert get("text", boundary).body == b"Code 123"
    assert get("text", b"\r\n:)\r\n").body == b":)\r\n"
    assert get("text", b"\r\n12345").headers["Content-Type"] == "text/plain; charset=utf-8"


def test_text_is_made_of_html(get):
    text = get("text", HTML).body.decode()
    assert "Grüße" in text
    assert "[1] https://example.com" in text
    assert "alert" not in text


def test_dirty_is_as_sent_with_its_images(get):
    answer = get("dirty", HTML)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    page = answer.body.decode()
    assert '<h1 onclick="x()">Grüße</h1><script>alert(1)</script>' in page
    assert '<img src="data:image/png;base64,UE5H">' in page


def test_dirty_is_made_of_text(get):
    assert get("dirty", b"\r\n<1>\r\nx").body == (
        b'<html><head><meta http-equiv="content-type" content="text/html; charset=utf-8" />'
        b"</head><body><div>&lt;1&gt;<br />x</div></body></html>"
    )


def test_body_does_nothing_and_loads_nothing(get):
    answer = get("body", HTML)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    page = answer.body.decode()
    assert "Grüße" in page
    assert "go" in page
    for bad in ("script", "alert", "onclick", "<img", "href", "data:", "cid:"):
        assert bad not in page


def test_body_is_made_of_text(get):
    assert get("body", b"\r\n:)\n").body == b"<div>:)<br></div>"


@pytest.mark.parametrize("path", ["dirty", "body"])
@pytest.mark.parametrize("query", ["", "?download=1"])
def test_html_is_served_in_a_sandbox(get, path, query):
    headers = get(path, HTML, query).headers
    assert headers["Content-Security-Policy"] == CSP
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("path", "suffix"),
    [("raw", ".eml"), ("text", ".txt"), ("dirty", ".html"), ("body", ".html"),
     ("headers", "-headers.json")],
)  # fmt: skip
def test_downloads_have_safe_names(get, mail, path, suffix):
    assert "Content-Disposition" not in get(path, HTML).headers
    assert "Content-Disposition" not in get(path, HTML, "?download=0").headers
    answer = get(path, HTML, "?download=1")
    newest = mail._stored[-1][0].id
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{newest}{suffix}"'


def test_headers_as_arrays(get_headers):
    answer = get_headers()
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert answer.json == {
        "return-path": ["<from@sender.test>"],
        "received": ["from sender.test for <bob@x.test>; now"],
        "subject": ["=?utf-8?q?x?="],
        "x-two": ["one", "two folded"],
        "x-empty": [""],
    }
    assert get_headers("?format=json").json == answer.json
    assert get_headers("?messageHeadersFormat=json").json == answer.json


@pytest.mark.parametrize("name", ["format", "messageHeadersFormat"])
@pytest.mark.parametrize("value", ["json-ordered", "ordered-json"])
def test_headers_in_order(get_headers, name, value):
    answer = get_headers(f"?{name}={value}")
    assert answer.json == [
        {"name": "return-path", "value": "<from@sender.test>"},
        {"name": "received", "value": "from sender.test for <bob@x.test>; now"},
        {"name": "subject", "value": "=?utf-8?q?x?="},
        {"name": "x-two", "value": "one"},
        {"name": "x-two", "value": "two folded"},
        {"name": "x-empty", "value": ""},
    ]


@pytest.mark.parametrize("name", ["format", "messageHeadersFormat"])
def test_headers_as_text(get_headers, name):
    answer = get_headers(f"?{name}=plain&download=1")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["Content-Disposition"].endswith('-headers.txt"')
    lines = answer.body.decode().splitlines()
    assert lines[2:] == ["Subject: =?utf-8?q?x?=", "X-Two: one", "x-two: two folded", "X-Empty: "]


def test_headers_in_an_unknown_format(get_headers):
    answer = get_headers("?format=xml")
    assert answer.status == 400
    assert answer.message.startswith("format: ")
    assert get_headers("?format=xml&messageHeadersFormat=plain").status == 200


def test_legacy_headers_are_strings_unless_repeated(get):
    answer = get("headers", HEADERS)
    assert answer.json["subject"] == "=?utf-8?q?x?="
    assert answer.json["x-two"] == ["one", "two folded"]


@pytest.mark.parametrize("path", ["text", "dirty", "body"])
def test_big_messages_are_viewed_in_a_thread(get, reactor, path):
    get(path, b"Subject: x\r\n\r\n" + b"x" * (HEAVY // 2))
    assert reactor.pool.jobs == 0
    answer = get(path, b"Subject: x\r\n\r\n" + b"x" * HEAVY)
    assert (answer.status, reactor.pool.jobs) == (200, 1)


@pytest.mark.parametrize("path", ["raw", "headers"])
def test_what_takes_no_time_waits_for_no_thread(get, reactor, path):
    assert get(path, b"Subject: x\r\n\r\n" + b"x" * HEAVY).status == 200
    assert reactor.pool.jobs == 0


def test_a_big_header_is_viewed_in_a_thread(get, reactor):
    assert get("headers", b"Subject: " + b"x" * HEAVY + b"\r\n\r\n").status == 200
    assert reactor.pool.jobs == 1


def test_what_a_thread_fails_at_is_no_secret_told(get, mistakes, monkeypatch):
    monkeypatch.setattr(bodies.bodies, "safe", lambda *_: 1 / 0)
    answer = get("body", b"\r\n" + b"x" * HEAVY)
    assert answer.status == 500
    assert "division" not in answer.message
    assert len(mistakes) == 1


@pytest.mark.parametrize("text", ["\ud800", "😀" * 3, "\0", "\u2028"])
def test_any_text_can_be_sent(get, monkeypatch, text):
    monkeypatch.setattr(bodies.bodies, "text", lambda *_: text)
    assert get("text", b"\r\n").body.decode() == text.replace("\ud800", "?")


def test_headers_of_a_message_without_any(get_headers):
    assert list(get_headers(body=b"just a text").json) == ["return-path", "received"]


def test_a_header_that_nobody_else_would_send(get_headers):
    body = b"X-Raw: \xff\xfe \xc3\xbc\r\nConstructor: x\r\n__proto__: y\r\n\r\n"
    answer = get_headers(body=body)
    assert answer.json["x-raw"]
    assert (answer.json["constructor"], answer.json["__proto__"]) == (["x"], ["y"])
    assert json.loads(answer.body)
