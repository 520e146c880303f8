"""Replies: tagged ones, farewells, and what failures become.

`refusal` is the one place that knows how domain errors are said in IMAP; the codes are
those of RFC 9051 section 7.1 and RFC 5530.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from mailcap.connection.dialogue import Farewell
from mailcap.domain import errors
from mailcap.imap.wire.encoding import line, printable


@dataclass(frozen=True, slots=True)
class Reply:
    """Octets that go out as they are."""

    wire: bytes


class Refused(Exception):
    """A command is refused: NO, with a code of IMAP's own (or "") and a text."""

    def __init__(self, text: str, code: str = "") -> None:
        super().__init__(text)
        self.code = code


class BadRequest(Exception):
    """A command makes no sense where it stands: BAD."""


FAILURES: Final[Mapping[type[errors.Failure], str]] = {
    errors.Failure: "",
    errors.InvalidAddress: "CANNOT",
    errors.InvalidValue: "CANNOT",
    errors.AlreadyExists: "ALREADYEXISTS",
    errors.NotFound: "NONEXISTENT",
    errors.NotPermitted: "NOPERM",
    errors.NotOwned: "NOPERM",
    errors.AuthenticationRequired: "AUTHENTICATIONFAILED",
    errors.AuthenticationFailed: "AUTHENTICATIONFAILED",
    errors.TooManyFailures: "LIMIT",
    errors.MessageTooLarge: "TOOBIG",
    errors.TooManyRecipients: "LIMIT",
    errors.OverQuota: "OVERQUOTA",
    errors.Refused: "CANNOT",
    errors.HasChildren: "HASCHILDREN",
    errors.Busy: "UNAVAILABLE",
    errors.InUse: "INUSE",
    errors.Throttled: "LIMIT",
    errors.StoreUnavailable: "UNAVAILABLE",
    errors.StoreFull: "UNAVAILABLE",
}

CONTINUE: Final = Reply(b"+ OK\r\n")
IDLING: Final = Reply(b"+ idling\r\n")

FAREWELLS: Final[Mapping[Farewell, Reply]] = {
    Farewell.IDLE: Reply(b"* BYE Idle for too long\r\n"),
    Farewell.SHUTDOWN: Reply(b"* BYE [UNAVAILABLE] Server shutting down\r\n"),
    Farewell.TOO_MANY: Reply(b"* BYE [LIMIT] Too many connections, try again later\r\n"),
    Farewell.REVOKED: Reply(b"* BYE [EXPIRED] The right to be here is gone\r\n"),
    Farewell.BROKEN: Reply(b"* BYE [SERVERBUG] Internal error\r\n"),
}
GONE: Final = Reply(b"* BYE The mailbox is no longer there\r\n")
TOO_BIG: Final = Reply(b"* BYE [TOOBIG] Too large\r\n")
TOO_MANY_ERRORS: Final = Reply(b"* BYE [LIMIT] Too many errors\r\n")
TOO_LATE: Final = Reply(b"* BYE Log in sooner\r\n")


def ok(tag: str, text: str, code: bytes = b"") -> bytes:
    """Return that the command *tag* has succeeded; *code* comes without its brackets."""
    return _tagged(tag, b"OK", text, code)


def no(tag: str, text: str, code: str = "") -> bytes:
    """Return that the command *tag* has failed."""
    return _tagged(tag, b"NO", text, code.encode())


def bad(tag: str, text: str) -> bytes:
    """Return that the command *tag* cannot be understood."""
    return _tagged(tag, b"BAD", text, b"")


def refusal(tag: str, failure: errors.Failure) -> bytes:
    """Return how *failure* is said; a kind that `FAILURES` lacks as the kind it belongs to."""
    kind = next(kind for kind in type(failure).__mro__ if kind in FAILURES)
    return no(tag, str(failure) or "Failed", FAILURES[kind])


def _tagged(tag: str, word: bytes, text: str, code: bytes) -> bytes:
    words = [tag.encode(), word]
    if code:
        words.append(b"[%b]" % code)
    return line(*words, printable(text))


def require_all(uid: bool, *, lost: bool) -> None:
    """Raise `Refused` if a client has named numbers of messages that are gone (RFC 5530).

    With UIDs that is no mistake.
    """
    if lost and not uid:
        raise Refused("Some of the messages are no longer there", "EXPUNGEISSUED")
