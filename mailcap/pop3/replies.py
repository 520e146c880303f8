"""Replies: what commands, mistakes and failures are answered with.

Codes are those of RFC 2449 section 8 and RFC 3206.  `refusal` is the one place that knows
how domain errors are said in POP3.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from mailcap.connection.dialogue import Farewell
from mailcap.domain import errors
from mailcap.pop3.wire.multiline import END

_UNFIT = re.compile(r"[^ -~]+")
_MOST_TEXT = 400  # octets: a line of a reply has 512 (RFC 2449 section 4)


@dataclass(frozen=True, slots=True)
class Reply:
    """Octets that go out as they are."""

    wire: bytes


def _printable(text: str) -> bytes:
    """Return *text* fit for a reply: some of it may be a client's own."""
    ascii_only = text.encode("ascii", "backslashreplace").decode()
    return _UNFIT.sub(" ", ascii_only)[:_MOST_TEXT].encode()


def ok(text: str) -> Reply:
    """Return that a command has succeeded."""
    return Reply(b"+OK %b\r\n" % _printable(text))


def listed(text: str, lines: Iterable[str]) -> Reply:
    """Return a success with *lines*, none of which begins with a dot."""
    return Reply(ok(text).wire + "".join(f"{line}\r\n" for line in lines).encode() + END)


def error(text: str, code: str = "") -> Reply:
    """Return that a command has failed."""
    return Reply(b"-ERR %b%b\r\n" % (b"[%b] " % code.encode() if code else b"", _printable(text)))


FAILURES: Final[Mapping[type[errors.Failure], str]] = {
    errors.Failure: "",
    errors.InvalidAddress: "",
    errors.InvalidValue: "",
    errors.AlreadyExists: "",
    errors.NotFound: "",
    errors.NotPermitted: "AUTH",
    errors.NotOwned: "AUTH",
    errors.AuthenticationRequired: "AUTH",
    errors.AuthenticationFailed: "AUTH",
    errors.TooManyFailures: "SYS/TEMP",
    errors.MessageTooLarge: "",
    errors.TooManyRecipients: "",
    errors.OverQuota: "",
    errors.Refused: "",
    errors.HasChildren: "",
    errors.Busy: "SYS/TEMP",
    errors.Throttled: "SYS/TEMP",
    errors.InUse: "IN-USE",
    errors.StoreUnavailable: "SYS/TEMP",
    errors.StoreFull: "SYS/PERM",  # until somebody makes room
}

FAREWELLS: Final[Mapping[Farewell, Reply]] = {
    Farewell.IDLE: error("Idle for too long"),
    Farewell.SHUTDOWN: error("Server shutting down", "SYS/TEMP"),
    Farewell.TOO_MANY: error("Too many connections, try again later", "SYS/TEMP"),
    Farewell.REVOKED: error("The right to be here is gone", "AUTH"),
    Farewell.BROKEN: error("Internal error", "SYS/PERM"),
}

DONE: Final = ok("Done")
BYE: Final = ok("Bye")
TOP_OK: Final = ok("Top of message follows")
USER_OK: Final = ok("Send PASS")
START_TLS: Final = ok("Begin TLS now")
UTF8_OK: Final = ok("UTF8 enabled")

USER_FIRST: Final = error("Send USER first")
NO_TLS: Final = error("TLS is in use already, or not available")
ENCRYPT_FIRST: Final = error("Encrypt first: send STLS")
UNKNOWN_MECHANISM: Final = error("Unknown mechanism")
CANCELLED: Final = error("Authentication cancelled")
UNKNOWN_LANGUAGE: Final = error("There is no such language here")
NO_SUCH_MESSAGE: Final = error("There is no such message")
GONE: Final = error("The message was deleted elsewhere")
NOT_DELETED: Final = error("Nothing was deleted, try again later", "SYS/TEMP")
LINE_TOO_LONG: Final = error("Line too long")
TOO_MANY_ERRORS: Final = error("Too many errors")
TOO_LATE: Final = error("Log in sooner")
FAILED: Final = error("Internal error", "SYS/PERM")


def refusal(failure: errors.Failure) -> Reply:
    """Return how *failure* is said; a kind that `FAILURES` lacks as the kind it belongs to."""
    kind = next(kind for kind in type(failure).__mro__ if kind in FAILURES)
    return error(str(failure) or "Failed", FAILURES[kind])
