"""What a stranger wrote runs nothing and loads nothing, whatever it is fetched as."""

from base64 import b64encode

import pytest

from mime.test_safe_html import ACTING, LOADING, Judge

INBOX = "bob@x.test"
SANDBOX = "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'"
INJECTIONS = LOADING + ACTING
VIEWS = {
    "body": "text/html",
    "dirty": "text/html",
    "text": "text/plain",
    "raw": "text/plain",
    "headers": "application/json",
}


def as_html(injection: str) -> bytes:
    return b"Subject: x\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + injection.encode()


def as_text(injection: str) -> bytes:
    return b"Subject: x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + injection.encode()


def as_subject(injection: str) -> bytes:
    return f"Subject: {injection}\r\nFrom: {injection}\r\n\r\nhello".encode()


def as_page_in_utf_7(injection: str) -> bytes:
    hidden = injection.replace("<", "+ADw-").replace(">", "+AD4-")
    return b"Subject: x\r\nContent-Type: text/html; charset=utf-7\r\n\r\n" + hidden.encode()


def attached(injection: str, media_type: str) -> bytes:
    """Return a message with the injection as an attachment, and as its name and Content-ID."""
    name = injection.replace('"', "'")
    return (
        "Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\ntext\r\n--b\r\n"
        f'Content-Type: {media_type}; name="{name}"\r\nContent-ID: <{name}>\r\n'
        "Content-Disposition: inline\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        f"{b64encode(injection.encode()).decode()}\r\n--b--\r\n"
    ).encode()


@pytest.fixture
def ask(connect):
    """A function that sends all requests over one connection."""
    client = connect()

    def send(target: str):
        return client.request("GET", target, headers={"Mailsac-Key": "k_alice"})

    return send


@pytest.fixture
def get(ask, mail):
    """A function that stores a message and returns what gets something of it."""

    def store(body: bytes):
        message_id = mail.add(INBOX, body)

        def fetch(view: str):
            answer = ask(f"/api/{view}/{INBOX}/{message_id}")
            assert answer.status == 200
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            return answer

        return fetch

    return store


def test_they_are_many():
    assert len(INJECTIONS) >= 100


@pytest.mark.parametrize("form", [as_html, as_text, as_subject, as_page_in_utf_7])
def test_each_is_harmless_in_every_view(get, form):
    for injection in INJECTIONS:
        fetch = get(form(injection))
        for view, media_type in VIEWS.items():
            answer = fetch(view)
            assert answer.headers["Content-Type"] == f"{media_type}; charset=utf-8"
            if view in {"body", "dirty"}:
                assert answer.headers["Content-Security-Policy"] == SANDBOX
                assert answer.headers["Referrer-Policy"] == "no-referrer"
            if view == "body" or (view == "dirty" and form in {as_text, as_subject}):
                page = answer.body.decode()
                assert Judge(page.partition("<body>")[2] or page).guilty == [], injection


@pytest.mark.parametrize("media_type", ["text/html", "image/svg+xml", "text/xml", "application/x"])
def test_each_is_only_saved_as_an_attachment(ask, mail, media_type):
    for injection in INJECTIONS:
        message_id = mail.add(INBOX, attached(injection, media_type))
        here = f"/api/addresses/{INBOX}/messages/{message_id}/attachments"
        listed = ask(here)
        assert listed.headers["Content-Type"] == "application/json; charset=utf-8"
        (shown,) = listed.json
        assert not set(shown["fileName"]) & set('/\\<>:"|?*\r\n\0')
        answer = ask(f"{here}/{shown['checksum']}")
        assert answer.body == injection.encode()
        assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
        assert answer.headers["Content-Security-Policy"] == SANDBOX
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Type"].partition(";")[0] == media_type
        assert len(answer.headers.get_all("Content-Type")) == 1


def test_each_is_only_a_text_in_json(ask, mail):
    for injection in INJECTIONS:
        mail.add(INBOX, as_subject(injection))
    answer = ask(f"/api/addresses/{INBOX}/messages?limit=1000")
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert len(answer.json) == len(INJECTIONS)
