"""The envelope of a mail transaction: what SMTP said apart from the message."""

from __future__ import annotations

from dataclasses import dataclass

from mailcap.domain.addresses import Address


@dataclass(frozen=True, slots=True)
class Recipient:
    """One accepted RCPT command, with its DSN parameters (RFC 3461 section 4)."""

    address: Address
    notify: tuple[str, ...] = ()  # NEVER, or some of SUCCESS FAILURE DELAY
    orcpt: str | None = None  # "addr-type;address", xtext decoded


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """Who is at the other end, as far as the connection tells.

    *peer* and *local* are IP addresses (behind a balancer, those that the PROXY
    header gives), *tls* is ``"<version> <cipher>"`` or None.
    """

    peer: str
    local: str
    tls: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitter:
    """The account that logged in before it sent."""

    account: int
    account_name: str
    capture_private: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One transaction, from MAIL to the end of data.

    *mail_from* is ``""`` for the null sender.  *protocol* is a "with" keyword of
    RFC 3848 or RFC 6531, such as ``ESMTPSA``.
    """

    connection: Connection
    helo: str
    protocol: str
    mail_from: str
    recipients: tuple[Recipient, ...]
    submitter: Submitter | None = None
    ret: str | None = None  # FULL or HDRS (RFC 3461 section 4.3)
    envid: str | None = None  # xtext decoded (RFC 3461 section 4.4)
