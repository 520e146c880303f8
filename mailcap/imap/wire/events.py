"""What a reader finds in the octets of a client, besides commands."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class LiteralAnnounced:
    """The client waits for leave to send a literal (RFC 9051 section 4.3).

    Answer with a continuation request; or refuse the command, and tell the reader so with
    `abandon`.  *message* is its size if it is a message to be stored.
    """

    tag: str
    message: int | None = None


@dataclass(frozen=True, slots=True)
class TooBig:
    """A literal is over its limit.

    With *coming*, nobody can stop the client from sending it: close the connection.
    """

    tag: str
    coming: bool


@dataclass(frozen=True, slots=True)
class Malformed:
    """A command breaks the grammar; *tag* is ``*`` if it has none."""

    tag: str
    text: str
    charset: bool = False  # it is the charset of a search that is wrong


@dataclass(frozen=True, slots=True)
class LineTooLong:
    """A line is over the limit.  What it is the beginning of is unknown: close."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """The message of a command was given up by `drop_message`; all of it has gone by."""

    tag: str


@dataclass(frozen=True, slots=True)
class Response:
    """A line of an AUTHENTICATE exchange, without its end."""

    line: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Done:
    """DONE, which ends IDLE."""
