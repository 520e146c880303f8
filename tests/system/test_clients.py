"""Programs that people use deliver, and the API has the message at once."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest

from support.clients import (
    WAYS,
    Errand,
    Way,
    send_with_curl,
    send_with_nodemailer,
    send_with_smtplib,
    send_with_swaks,
)
from support.smtp import Client

CLIENTS = [
    pytest.param(send_with_smtplib, id="smtplib"),
    pytest.param(send_with_swaks, id="swaks", marks=pytest.mark.programs("swaks")),
    pytest.param(send_with_curl, id="curl", marks=pytest.mark.programs("curl")),
    pytest.param(
        send_with_nodemailer, id="nodemailer", marks=pytest.mark.programs("node", "nodemailer")
    ),
]

BODY = (
    b"From: Sender <from@sender.example>\r\n"
    b"To: Somebody Else <not-the-envelope@header.example>\r\n"
    b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n"
    b"Date: Sat, 21 Nov 2026 10:20:30 +0000\r\n"
    b"X-Long: " + b"x" * 900 + b"\r\n"
    b"MIME-Version: 1.0\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: 8bit\r\n"
    b"\r\n"
    b".a line that begins with a dot\r\n"
    b".\r\n"
    b"..\r\n"
    b"Gr\xc3\xbc\xc3\x9fe from \xe6\x9d\xb1\xe4\xba\xac\t \r\n"
    b"\r\n"
    b"https://example.com/confirm?code=739204\r\n"
)


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("send", CLIENTS)
def test_what_a_client_sends_is_listed_at_once_and_unchanged(server, api, tmp_path, send, way):
    name = send.__name__.removeprefix("send_with_")
    inbox = f"{name}-{way}@capture.example".lower()
    send(Errand(server.access, way, inbox, BODY, tmp_path))
    (message,) = api.messages(inbox)
    assert message["subject"] == "Grüße"
    assert message["originalInbox"] == inbox
    assert api.raw(inbox, message["_id"]).endswith(b"\r\n" + BODY)


@pytest.mark.parametrize("protocol", ["ESMTP", "ESMTPS", "ESMTPA", "ESMTPSA"])
def test_the_trace_says_how_it_came(server, api, trust, protocol):
    inbox = f"trace-{protocol}@capture.example".lower()
    with Client(server.access.smtp) as client:
        client.expect(250, "EHLO client.example")
        if "S" in protocol.removeprefix("ESMTP"):
            client.starttls(trust)
            client.expect(250, "EHLO client.example")
        if protocol.endswith("A"):
            client.login(server.access.smtp)
        client.deliver(BODY, inbox)
        (message,) = api.messages(inbox)
    trace = api.raw(inbox, message["_id"]).removesuffix(BODY).decode()
    first, received = trace.split("\r\n", 1)
    assert first == "Return-Path: <from@sender.example>"
    text = " ".join(received.split())
    assert text.startswith("Received: from client.example ")
    assert f" with {protocol} " in text
    assert f" for <{inbox}>; " in text
    assert "admin" not in text
    came = parsedate_to_datetime(text.rpartition("; ")[2]).replace(tzinfo=UTC)
    assert abs(datetime.now(UTC) - came) < timedelta(minutes=5)


def test_the_list_has_the_message_in_the_instant_of_the_250(server, api):
    """Two hundred times: any gap between the two would show."""
    with Client(server.access.smtp) as client:
        client.expect(250, "EHLO client.example")
        for number in range(200):
            base = client.deliver(b"Subject: %d\r\n\r\n" % number, "instant@capture.example").base
            newest = api.messages("instant@capture.example", limit=1)
            assert [message["_id"] for message in newest] == [f"{base}-0"]
            assert api.message("instant@capture.example", f"{base}-0")["subject"] == str(number)


def test_every_recipient_has_a_message_and_knows_of_no_other(server, api):
    inboxes = [f"several-{number}@capture.example" for number in range(5)]
    with Client(server.access.smtp) as client:
        client.expect(250, "EHLO client.example")
        base = client.deliver(BODY, *inboxes).base
    ids = [api.messages(inbox)[0]["_id"] for inbox in inboxes]
    assert ids == [f"{base}-{number}" for number in range(5)]
    for inbox, message_id in zip(inboxes, ids, strict=True):
        whole = api.raw(inbox, message_id) + str(api.message(inbox, message_id)).encode()
        assert inbox.encode() in whole
        assert not any(other.encode() in whole for other in inboxes if other != inbox)


def test_a_tag_leads_to_the_bare_inbox(server, api):
    with Client(server.access.smtp) as client:
        client.expect(250, "EHLO client.example")
        client.deliver(BODY, "Tagged+Newsletter@Capture.Example")
    (message,) = api.messages("tagged@capture.example")
    assert message["originalInbox"] == "Tagged+Newsletter@Capture.Example"
    assert api.messages("TAGGED+other@capture.example") == [message]


@pytest.mark.parametrize("role", ["submission", "submissions"])
def test_submission_without_a_login_is_refused(server, trust, role):
    with Client(
        getattr(server.access, role), tls=trust if role == "submissions" else None
    ) as client:
        client.expect(250, "EHLO client.example")
        assert client.expect(530, "MAIL FROM:<from@sender.example>").text.startswith("5.7.0")


def test_a_wrong_password_is_refused_on_every_listener(server, trust):
    wrong = b"AUTH PLAIN AGFkbWluAHdyb25n"  # NUL admin NUL wrong
    for way in (Way("smtp", "starttls", None), Way("submissions", "implicit", None)):
        service = getattr(server.access, way.role)
        with Client(service, tls=trust if way.tls == "implicit" else None) as client:
            client.expect(250, "EHLO client.example")
            if way.tls == "starttls":
                client.starttls(trust)
                client.expect(250, "EHLO client.example")
            assert client.expect(535, wrong).text.startswith("5.7.8")
