"""What is revoked at the command line stops in the running daemon, within a second."""

import imaplib
import poplib
import smtplib
import time

import pytest

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
