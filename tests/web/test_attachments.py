"""Attachments: listed, downloaded, harmless."""

from base64 import b64encode
from hashlib import md5
from urllib.parse import quote, unquote

import pytest

from mailcap.web.api.computing import HEAVY
from mailcap.web.replies import attachment

INBOX = "bob@x.test"
CSP = "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def part(fields: str, octets: bytes) -> bytes:
    head = f"{fields}\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return head.encode() + b64encode(octets) + b"\r\n"


def mixed(*parts: bytes) -> bytes:
    text = b"Content-Type: text/plain\r\n\r\nhello\r\n"
    pieces = b"".join(b"--b\r\n" + each for each in (text, *parts))
    return b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + pieces + b"--b--\r\n"


PDF = part("Content-Type: application/pdf; name=a.pdf\r\nContent-ID: <x/y@z>", b"%PDF-1")
TEXT = part(
    "Content-Type: text/csv; charset=iso-8859-1\r\n"
    "Content-Disposition: attachment; filename*=UTF-8''Gr%C3%BC%C3%9Fe%3B.csv",
    b"a;\xfc",
)


@pytest.fixture
def get(ask, mail):
    """A function that stores a message and gets its attachments, or one of them."""

    def send(body: bytes, identifier: str | None = None):
        target = f"/api/addresses/{INBOX}/messages/{mail.add(INBOX, body)}/attachments"
        if identifier is not None:
            target += f"/{quote(identifier, safe='')}"
        return ask("GET", target)

    return send


def test_the_list(get):
    assert get(mixed(PDF, TEXT)).json == [
        {
            "checksum": md5(b"%PDF-1").hexdigest(),
            "contentDisposition": "inline",
            "contentId": "x/y@z",
            "contentType": "application/pdf",
            "fileName": "a.pdf",
            "length": 6,
            "transferEncoding": "base64",
        },
        {
            "checksum": md5(b"a;\xfc").hexdigest(),
            "contentDisposition": "attachment",
            "contentId": get(mixed(PDF, TEXT)).json[1]["contentId"],
            "contentType": "text/csv",
            "fileName": "Grüße;.csv",
            "length": 3,
            "transferEncoding": "base64",
        },
    ]
    assert get(b"Subject: x\r\n\r\nno attachment").json == []


@pytest.mark.parametrize(
    "identifier",
    [md5(b"%PDF-1").hexdigest(), md5(b"%PDF-1").hexdigest().upper(), "x/y@z", "<x/y@z>", "a.pdf"],
)
def test_one_by_any_of_its_names(get, identifier):
    answer = get(mixed(PDF, TEXT), identifier)
    assert (answer.status, answer.body) == (200, b"%PDF-1")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="a.pdf"'
    assert answer.headers["Content-Security-Policy"] == CSP
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_text_comes_as_it_is_with_its_charset(get):
    answer = get(mixed(TEXT), "Grüße;.csv")
    assert answer.body == b"a;\xfc"
    assert answer.headers["Content-Type"] == "text/csv; charset=iso-8859-1"
    assert answer.headers["Content-Disposition"] == (
        "attachment; filename=\"Gr__e_.csv\"; filename*=UTF-8''Gr%C3%BC%C3%9Fe%3B.csv"
    )


@pytest.mark.parametrize(
    ("given", "served"),
    [
        ("image/svg+xml", "image/svg+xml"),
        ("text/html", "text/html; charset=utf-8"),
        ('text/html; charset="utf-8\\r\\nX-Evil: 1"', "text/html; charset=utf-8"),
        ('text/html; charset="a b"', "text/html; charset=utf-8"),
        ("message/rfc822", "message/rfc822"),
        ("application/x-" + "y" * 300, "application/octet-stream"),
    ],
)
def test_types(get, given, served):
    fields = f"Content-Type: {given}\r\nContent-Disposition: attachment; filename=f"
    answer = get(mixed(part(fields, b"x")), "f")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == served
    assert "X-Evil" not in answer.headers


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "/etc/passwd", "C:\\windows\\x.ini", "a\tb.txt", 'x"; y=z.txt', "..",
     "%2e%2e%2f", "\u202egpj.exe", "con:", "a" * 300 + ".txt", "=?utf-8?q?a=0d=0aX-Evil=3A_1?="],
)  # fmt: skip
def test_hostile_file_names(get, name):
    body = mixed(part(f"Content-Type: application/x; name*=UTF-8''{quote(name, safe='')}", b"z"))
    (shown,) = get(body).json
    answer = get(body, shown["fileName"])
    assert (answer.status, answer.body) == (200, b"z")
    disposition = answer.headers["Content-Disposition"]
    assert "X-Evil" not in answer.headers
    assert not set(unquote(disposition)) & set("/\\\r\n\t\u202e")
    assert len(disposition) < 1000
    assert get(body, "../../../etc/passwd").status in (200, 404)


@pytest.mark.parametrize(
    "identifier", ["nothing", "%00", "../../../../etc/passwd", "<>", "*", ".*", "\u202e", "0" * 32]
)
def test_what_is_not_there(get, identifier):
    answer = get(mixed(PDF), identifier)
    assert (answer.status, answer.message) == (404, "The message has no such attachment.")


def test_large_ones_are_decoded_in_a_thread(get, reactor):
    large = part("Content-Type: application/pdf; name=a.pdf", b"x" * HEAVY)
    assert get(mixed(large), "a.pdf").body == b"x" * HEAVY
    assert reactor.pool.jobs == 1
    get(mixed(PDF), "a.pdf")
    assert reactor.pool.jobs == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("a b-c_1.txt", 'attachment; filename="a b-c_1.txt"'),
        ('"', "attachment; filename=\"_\"; filename*=UTF-8''%22"),
        ("\ud800", "attachment; filename=\"_\"; filename*=UTF-8''%3F"),
    ],
)
def test_names_in_a_header(name, value):
    assert attachment(name) == ("Content-Disposition", value)
