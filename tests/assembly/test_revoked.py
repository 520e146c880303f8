"""What is revoked at the command line stops in the running daemon, within a second."""

import imaplib
import json
import poplib
import smtplib
import time

import pytest

from support.rest import Api

SECOND = 1.0
SLACK = 4.0  # of a busy machine


def test_a_key_that_is_revoked_ends_its_sessions(daemon) -> None:
    server = daemon()
    access = server.access
    secret = server.command("key", "add", "short", "--account", "admin").strip()
    mail = imaplib.IMAP4(*access.imap.address, timeout=60)
    mail.login("admin", secret)
    mail.select("INBOX")
    fetcher = poplib.POP3(*access.pop3.address, timeout=60)
    fetcher.user("admin")
    fetcher.pass_(secret)
    sender = smtplib.SMTP(*access.submission.address, timeout=60)
    sender.ehlo()
    sender.login("admin", secret)
    server.command("key", "remove", "short", "--account", "admin")
    since = time.monotonic()
    assert mail.readline().startswith(b"* BYE [EXPIRED]")
    assert sender.getreply() == (421, b"4.7.0 The login is no longer valid, closing")
    with pytest.raises(poplib.error_proto, match=r"-ERR \[AUTH\] The right"):
        fetcher._getresp()
    assert time.monotonic() - since < SECOND + SLACK
    mail.shutdown()
    fetcher.close()
    sender.close()


def logged_in(server, secret: str) -> imaplib.IMAP4:
    mail = imaplib.IMAP4(*server.access.imap.address, timeout=60)
    mail.login("admin", secret)
    return mail


def send(server, method: str, path: str, **body: str) -> dict:
    """Ask something of one's own account."""
    octets = json.dumps(body).encode() if body else None
    return Api(server.access).request(method, f"/account{path}", body=octets).json


@pytest.mark.parametrize(
    ("things", "body"), [("/keys", {"label": "ci"}), ("/users", {"name": "ci"})]
)
def test_a_key_replaced_at_once_ends_its_sessions(daemon, things, body) -> None:
    server = daemon()
    old = logged_in(server, send(server, "POST", things, **body)["key"])
    send(server, "DELETE", f"{things}/ci")
    new = logged_in(server, send(server, "POST", things, **body)["key"])
    assert old.readline().startswith(b"* BYE [EXPIRED]")
    assert new.noop()[0] == "OK"
    old.shutdown()
    new.logout()


def test_a_changed_password_ends_the_sessions_of_the_old_one(daemon) -> None:
    server = daemon()
    send(server, "PUT", "", password="the first one")
    old = logged_in(server, "the first one")
    send(server, "PUT", "", password="the second one")
    new = logged_in(server, "the second one")
    assert old.readline().startswith(b"* BYE [EXPIRED]")
    assert new.noop()[0] == "OK"
    old.shutdown()
    new.logout()
