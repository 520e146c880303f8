"""Replies as values: the standard ones by name, and what mistakes and failures become.

Codes are those of RFC 5321 section 4.2, enhanced codes those of RFC 3463 and its
registry.  `reply_to_failure` is the one place that knows how domain errors are said
in SMTP.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from mailcap.connection.dialogue import Farewell
from mailcap.domain import errors
from mailcap.smtp.wire.commands import Fault, Malformed

_ENHANCED = re.compile(r"([245])\.[0-9]{1,3}\.[0-9]{1,3}")  # RFC 3463 section 2
_MAX_LINE = 510  # characters before the line end (RFC 5321 section 4.5.3.1.5)
_MAX_FOREIGN_TEXT = 400
_UNFIT = re.compile(r"[^ -~]+")
_SHUTTING = 421


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply, its enhanced code (or ``""``), and its text, a line or more.

    Raises `ValueError` if these do not go together: a 250 needs 2.x.x, a 354 has no
    enhanced code, lines are short and of printable ASCII.
    """

    code: int
    enhanced: str
    text: str
    wire: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "wire", self.encode())

    @property
    def shuts(self) -> bool:
        """Whether the connection is closed behind this reply, whatever was asked."""
        return self.code == _SHUTTING

    def encode(self) -> bytes:
        """Return the reply as it goes out (RFC 5321 section 4.2.1)."""
        between, before_last = _starts(self.code, self.enhanced)
        *others, last = self.text.split("\n")
        lines = [between + line for line in others]
        lines.append(before_last + last)
        for line in lines:
            if len(line) > _MAX_LINE or not line.isprintable():
                raise ValueError(f"{line!r} is no line of a reply")
        lines.append("")
        return "\r\n".join(lines).encode("ascii")


@lru_cache(maxsize=256)
def _starts(code: int, enhanced: str) -> tuple[str, str]:
    """Return what is in front of each line of a reply but the last, and of the last."""
    if not 200 <= code <= 559:  # noqa: PLR2004  # RFC 5321 section 4.2
        raise ValueError(f"{code} is no reply code")
    if not enhanced:
        return f"{code}-", f"{code} "
    match = _ENHANCED.fullmatch(enhanced)
    if match is None or match[1] != str(code)[0]:
        raise ValueError(f"{enhanced!r} does not go with {code}")
    return f"{code}-{enhanced} ", f"{code} {enhanced} "


OK: Final = Reply(250, "2.0.0", "OK")
SENDER_OK: Final = Reply(250, "2.1.0", "Accepted")
RECIPIENT_OK: Final = Reply(250, "2.1.5", "Accepted")
BYE: Final = Reply(221, "2.0.0", "Bye")
START_TLS: Final = Reply(220, "2.0.0", "Ready to start TLS")
START_DATA: Final = Reply(354, "", 'Enter message, ending with "." on a line by itself')
LOGGED_IN: Final = Reply(235, "2.7.0", "Authentication succeeded")
ASK_PLAIN: Final = Reply(334, "", "")
ASK_USERNAME: Final = Reply(334, "", "VXNlcm5hbWU6")  # "Username:" in base64
ASK_PASSWORD: Final = Reply(334, "", "UGFzc3dvcmQ6")  # "Password:" in base64
CANNOT_VERIFY: Final = Reply(252, "2.1.5", "Mail to any address is accepted and kept")

IDLE_TOO_LONG: Final = Reply(421, "4.4.2", "Idle for too long, closing")
SHUTTING_DOWN: Final = Reply(421, "4.3.2", "Service shutting down, try again later")
BUSY: Final = Reply(421, "4.3.2", "Too busy to serve this connection now, try again later")
TOO_MANY_CONNECTIONS: Final = Reply(421, "4.3.2", "Too many connections, try again later")
TOO_MANY_COMMANDS: Final = Reply(421, "4.7.0", "Too many commands without a message, closing")
TOO_MANY_ERRORS: Final = Reply(421, "4.7.0", "Too many errors, closing")
REVOKED: Final = Reply(421, "4.7.0", "The login is no longer valid, closing")
BROKEN: Final = Reply(421, "4.3.0", "Internal error, closing")

CANNOT_TELL: Final = Reply(451, "4.3.0", "Internal error, try again later")
NO_ROOM: Final = Reply(452, "4.3.1", "Too much mail is on its way, try again later")
TOO_MANY_RECIPIENTS: Final = Reply(452, "4.5.3", "Too many recipients")
CANNOT_LOG_IN: Final = Reply(454, "4.7.0", "Temporary authentication failure")
LINE_TOO_LONG: Final = Reply(500, "5.5.2", "Line too long")
AUTH_LINE_TOO_LONG: Final = Reply(500, "5.5.6", "Authentication exchange line is too long")
CANCELLED: Final = Reply(501, "5.7.0", "Authentication cancelled")
NO_EXPN: Final = Reply(502, "5.5.1", "There are no mailing lists here")
NO_TLS: Final = Reply(502, "5.5.1", "TLS is not available")
TLS_ALREADY: Final = Reply(503, "5.5.1", "TLS is in use already")
HELO_FIRST: Final = Reply(503, "5.5.1", "Send EHLO or HELO first")
MAIL_FIRST: Final = Reply(503, "5.5.1", "Send MAIL first")
MAIL_ALREADY: Final = Reply(503, "5.5.1", "A mail transaction is in progress, send RSET to end it")
BDAT_ALREADY: Final = Reply(503, "5.5.1", "The message has begun with BDAT and must end with it")
BDAT_NEEDED: Final = Reply(503, "5.5.1", "A message with BODY=BINARYMIME is sent with BDAT")
LOGGED_IN_ALREADY: Final = Reply(503, "5.5.1", "Authenticated already")
UNKNOWN_MECHANISM: Final = Reply(504, "5.5.4", "Authentication mechanism not supported")
LOGIN_FIRST: Final = Reply(
    530, "5.7.0", "Authentication required; where EHLO offers no AUTH, send STARTTLS first"
)
BAD_LOGIN: Final = Reply(535, "5.7.8", "Authentication credentials invalid")
ENCRYPT_FIRST: Final = Reply(538, "5.7.11", "Encryption required, send STARTTLS first")
TOO_LARGE: Final = Reply(552, "5.3.4", "Message too large")
NO_RECIPIENT: Final = Reply(553, "5.5.4", "The message has no recipient")
NEEDS_SMTPUTF8: Final = Reply(553, "5.6.7", "An address beyond ASCII needs SMTPUTF8 with MAIL")
FAILED: Final = Reply(554, "5.3.0", "Internal error, the message is not stored")

FAREWELLS: Final[Mapping[Farewell, Reply]] = {
    Farewell.IDLE: IDLE_TOO_LONG,
    Farewell.SHUTDOWN: SHUTTING_DOWN,
    Farewell.TOO_MANY: TOO_MANY_CONNECTIONS,
    Farewell.BROKEN: BROKEN,
    Farewell.REVOKED: REVOKED,
}

_FAULTS: Final[Mapping[Fault, tuple[int, str]]] = {
    Fault.UNKNOWN: (500, "5.5.2"),
    Fault.CHARACTERS: (500, "5.5.2"),
    Fault.NOT_IMPLEMENTED: (502, "5.5.1"),
    Fault.ARGUMENT: (501, "5.5.4"),
    Fault.PARAMETER: (501, "5.5.4"),
    Fault.CHUNK_SIZE: (501, "5.5.4"),
    Fault.UNKNOWN_PARAMETER: (555, "5.5.4"),
    Fault.SENDER: (553, "5.1.7"),
    Fault.RECIPIENT: (553, "5.1.3"),
    Fault.NO_RECIPIENT: (553, "5.5.4"),
}

FAILURES: Final[Mapping[type[errors.Failure], tuple[int, str]]] = {
    errors.Failure: (554, "5.3.0"),
    errors.InvalidAddress: (553, "5.1.3"),
    errors.InvalidValue: (501, "5.5.4"),
    errors.AlreadyExists: (554, "5.3.0"),
    errors.NotFound: (550, "5.1.1"),
    errors.NotPermitted: (554, "5.7.1"),
    errors.NotOwned: (554, "5.7.1"),
    errors.AuthenticationRequired: (530, "5.7.0"),
    errors.AuthenticationFailed: (535, "5.7.8"),
    errors.TooManyFailures: (454, "4.7.0"),
    errors.MessageTooLarge: (552, "5.3.4"),
    errors.TooManyRecipients: (452, "4.5.3"),
    errors.OverQuota: (452, "4.2.2"),
    errors.Refused: (554, "5.7.1"),
    errors.HasChildren: (554, "5.7.1"),
    errors.Busy: (421, "4.3.2"),
    errors.InUse: (450, "4.2.1"),
    errors.Throttled: (421, "4.7.0"),
    errors.StoreUnavailable: (451, "4.3.0"),
    errors.StoreFull: (452, "4.3.1"),
}


def greeting(host_name: str) -> Reply:
    """Return what the server says first (RFC 5321 section 4.2)."""
    return Reply(220, "", f"{_printable(host_name)} ESMTP mailcap")


def hello(host_name: str, *extensions: str) -> Reply:
    """Return the answer to HELO, or to EHLO with its *extensions*."""
    return Reply(250, "", "\n".join((f"{_printable(host_name)} Hello", *extensions)))


def queued(base: str) -> Reply:
    """Return what says that a message is on disk; clients look for its *base*."""
    return Reply(250, "2.0.0", f"OK : queued as {base}")


def chunk_accepted(size: int) -> Reply:
    """Return the answer to BDAT when *size* octets of the message are here."""
    return Reply(250, "2.0.0", f"{size} octets received")


def help_text(verbs: str) -> Reply:
    """Return the answer to HELP."""
    return Reply(214, "2.0.0", f"Commands: {verbs}\nMail to any address is accepted and kept")


def reply_to_fault(malformed: Malformed) -> Reply:
    """Return what is said to a line that cannot be obeyed."""
    return Reply(*_FAULTS[malformed.fault], _printable(malformed.detail))


def reply_to_failure(failure: errors.Failure) -> Reply:
    """Return how *failure* is said in SMTP.

    A kind of failure that `FAILURES` does not list is said as the kind it belongs to.
    """
    kind = next(kind for kind in type(failure).__mro__ if kind in FAILURES)
    return Reply(*FAILURES[kind], _printable(str(failure)) or "Failed")


def _printable(text: str) -> str:
    """Return *text* fit for a reply: some of it may be a client's own."""
    ascii_only = text.encode("ascii", "backslashreplace").decode()
    return _UNFIT.sub(" ", ascii_only)[:_MAX_FOREIGN_TEXT]
