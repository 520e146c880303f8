"""The lines put in front of a message."""

from email import message_from_bytes, policy

from mailcap.services.trace import make_trace
from support.stores import incoming

ENVELOPE = incoming("bob@example.com", "carol@example.com").envelope


def trace(**changes: object) -> bytes:
    from dataclasses import replace

    return make_trace(
        replace(ENVELOPE, **changes),
        host_name="mail.example.net",
        base="BASE",
        now=1_700_000_000,
        inbox="bob@example.com",
    )


def test_the_whole_trace() -> None:
    assert trace() == (
        b"Return-Path: <sender@example.org>\r\n"
        b"Received: from client.example.org ([192.0.2.1])\r\n"
        b"\tby mail.example.net with ESMTP id BASE\r\n"
        b"\tfor <bob@example.com>; Tue, 14 Nov 2023 22:13:20 -0000\r\n"
    )


def test_it_names_nobody_else() -> None:
    assert b"carol" not in trace()


def test_the_null_sender() -> None:
    assert trace(mail_from="").startswith(b"Return-Path: <>\r\n")


def test_a_helo_that_would_break_the_line() -> None:
    for helo in ("a b", "a\r\nX-Evil: 1", "(comment", "", "a;b"):
        lines = trace(helo=helo).split(b"\r\n")
        assert lines[1] == b"Received: from unknown ([192.0.2.1])"
        assert len(lines) == 5


def test_internationalised_addresses_stay_readable() -> None:
    message = message_from_bytes(trace(mail_from="jürgen@exämple.de"), policy=policy.SMTPUTF8)
    assert "jürgen@exämple.de" in message["Return-Path"]
