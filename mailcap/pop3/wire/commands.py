"""The commands of POP3 as values, by the names that the RFCs give them."""

from __future__ import annotations

from dataclasses import dataclass, field


class Command:
    """A line that a client sent to be obeyed."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Malformed(Command):
    """A line that cannot be obeyed; *detail* tells its sender why."""

    detail: str


@dataclass(frozen=True, slots=True)
class LineTooLong(Command):
    """A line over its limit, read to its end and thrown away."""


@dataclass(frozen=True, slots=True)
class User(Command):
    """``USER`` (RFC 1939 section 7)."""

    name: str


@dataclass(frozen=True, slots=True)
class Pass(Command):
    """``PASS`` (RFC 1939 section 7)."""

    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Auth(Command):
    """``AUTH`` (RFC 5034); without a *mechanism*, to hear which there are.

    *initial_response* is still in base64; None if there is none.
    """

    mechanism: str = ""
    initial_response: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class AuthResponse(Command):
    """A line of a login, without its end (RFC 5034 section 4)."""

    line: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Stls(Command):
    """``STLS`` (RFC 2595 section 4)."""


@dataclass(frozen=True, slots=True)
class Capa(Command):
    """``CAPA`` (RFC 2449 section 5)."""


@dataclass(frozen=True, slots=True)
class Utf8(Command):
    """``UTF8`` (RFC 6856 section 2.1)."""


@dataclass(frozen=True, slots=True)
class Lang(Command):
    """``LANG`` (RFC 6856 section 3.2); without a *tag*, to hear which there are."""

    tag: str = ""


@dataclass(frozen=True, slots=True)
class Stat(Command):
    """``STAT`` (RFC 1939 section 5)."""


@dataclass(frozen=True, slots=True)
class List(Command):
    """``LIST`` (RFC 1939 section 5), of one message or of all."""

    number: int | None = None


@dataclass(frozen=True, slots=True)
class Uidl(Command):
    """``UIDL`` (RFC 1939 section 7), of one message or of all."""

    number: int | None = None


@dataclass(frozen=True, slots=True)
class Retr(Command):
    """``RETR`` (RFC 1939 section 5)."""

    number: int


@dataclass(frozen=True, slots=True)
class Top(Command):
    """``TOP`` (RFC 1939 section 7): the header block and so many *lines* behind it."""

    number: int
    lines: int


@dataclass(frozen=True, slots=True)
class Dele(Command):
    """``DELE`` (RFC 1939 section 5)."""

    number: int


@dataclass(frozen=True, slots=True)
class Rset(Command):
    """``RSET`` (RFC 1939 section 5)."""


@dataclass(frozen=True, slots=True)
class Noop(Command):
    """``NOOP`` (RFC 1939 section 5)."""


@dataclass(frozen=True, slots=True)
class Quit(Command):
    """``QUIT`` (RFC 1939 section 6)."""
