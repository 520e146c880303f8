"""One mail transaction (RFC 5321 section 3.3): what MAIL and RCPT have said."""

from __future__ import annotations

from mailcap.domain.accounts import Identity
from mailcap.domain.envelope import Connection, Envelope, Recipient, Submitter
from mailcap.domain.ports import Passage
from mailcap.smtp.wire.commands import Mail


class Transaction:
    """From *mail* on; *passage* is its way past the throttle."""

    def __init__(self, mail: Mail, passage: Passage) -> None:
        self.mail = mail
        self.passage = passage
        self.recipients: list[Recipient] = []

    def envelope(
        self, connection: Connection, identity: Identity | None, *, helo: str, extended: bool
    ) -> Envelope:
        """Return the envelope of the message; *extended* says that it began with EHLO."""
        parameters = self.mail.parameters
        return Envelope(
            connection=connection,
            helo=helo,
            protocol=self._protocol(connection, identity) if extended else "SMTP",
            mail_from=self.mail.reverse_path,
            recipients=tuple(self.recipients),
            submitter=None
            if identity is None
            else Submitter(
                account=identity.account,
                account_name=identity.account_name,
                capture_private=identity.capture_private,
            ),
            ret=parameters.ret,
            envid=parameters.envid,
        )

    def _protocol(self, connection: Connection, identity: Identity | None) -> str:
        """Return the keyword for "with" in a trace (RFC 3848, RFC 6531 section 3.7.3)."""
        name = "UTF8SMTP" if self.mail.parameters.smtputf8 else "ESMTP"
        secure = "S" if connection.tls is not None else ""
        return name + secure + ("A" if identity is not None else "")
