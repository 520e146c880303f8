"""The settings of section ``limits``."""

from __future__ import annotations

from dataclasses import dataclass, field

from mailcap.settings.kinds import about, count, duration, size

_MIB = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much of anything one client may use."""

    message_size: int = field(
        default=25 * _MIB,
        metadata=about(size(most=512 * _MIB), "The largest message."),
    )
    recipients: int = field(
        default=1000,
        metadata=about(count(least=1), "Recipients of one message.", live=True),
    )
    command_line: int = field(
        default=2048,
        metadata=about(
            size(least=512, most=_MIB), "The longest SMTP command line, in octets.", live=True
        ),
    )
    commands: int = field(
        default=100_000,
        metadata=about(
            count(least=1),
            "SMTP commands of a session, counted from its last accepted message on;"
            " one more ends it.",
            live=True,
        ),
    )
    errors: int = field(
        default=100,
        metadata=about(
            count(least=1),
            "How many of those may be refused for good (5yz); one more ends the session.",
        ),
    )
    smtp_idle: int = field(
        default=300,
        metadata=about(duration(least=1), "How long an SMTP client may be silent.", live=True),
    )
    imap_idle: int = field(
        default=1800,
        metadata=about(duration(least=1), "How long an IMAP client may be silent."),
    )
    pop3_idle: int = field(
        default=600,
        metadata=about(duration(least=1), "How long a POP3 client may be silent."),
    )
    imap_compressed: int = field(
        default=1000,
        metadata=about(count(), "IMAP connections that are compressed at a time."),
    )
    bytes_in_flight: int = field(
        default=256 * _MIB,
        metadata=about(
            size(),
            "Message data in memory, over all sessions, and as much again over all HTTP"
            " connections; no less than message_size.",
        ),
    )
    json_body: int = field(
        default=_MIB,
        metadata=about(size(most=512 * _MIB), "The largest body of an HTTP request."),
    )
    waiters: int = field(
        default=20_000,
        metadata=about(count(), "HTTP requests that wait for mail at a time."),
    )
    connections: int = field(
        default=0,
        metadata=about(
            count(),
            "Connections at a time, those that wait included; 0: as many as the limit on open"
            " files allows. Of the sessions a quarter is left to those who read, half to those"
            " who send.",
        ),
    )
    memory: int = field(
        default=2048 * _MIB,
        metadata=about(
            size(least=64 * _MIB),
            "Memory of mailcap's two processes; while they have more, nobody is let in to send,"
            " and no message is begun.",
        ),
    )
