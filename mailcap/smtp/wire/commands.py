"""The commands of SMTP as values, by the names that the RFCs give them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto

from mailcap.domain.addresses import Address
from mailcap.smtp.wire.parameters import (
    NO_MAIL_PARAMETERS,
    NO_RCPT_PARAMETERS,
    MailParameters,
    RcptParameters,
)


class Fault(Enum):
    """What is wrong with a line that is no command."""

    UNKNOWN = auto()  # no such command
    NOT_IMPLEMENTED = auto()  # a command of some RFC that is not spoken here
    CHARACTERS = auto()  # a control character, or octets that are not UTF-8
    ARGUMENT = auto()  # the argument has the wrong form
    SENDER = auto()  # the address of MAIL is none
    RECIPIENT = auto()  # the address of RCPT is none
    NO_RECIPIENT = auto()  # the path of RCPT is empty
    PARAMETER = auto()  # a parameter is repeated or has an impossible value
    UNKNOWN_PARAMETER = auto()  # a parameter of an extension that is not spoken here
    CHUNK_SIZE = auto()  # BDAT without a size: nobody knows what follows


class Command:
    """A line that a client sent to be obeyed."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Malformed(Command):
    """A line that cannot be obeyed; *detail* tells its sender why."""

    fault: Fault
    detail: str


@dataclass(frozen=True, slots=True)
class LineTooLong(Command):
    """A line over its limit, read to its end and thrown away."""


@dataclass(frozen=True, slots=True)
class Helo(Command):
    """``HELO`` (RFC 5321 section 4.1.1.1)."""

    name: str


@dataclass(frozen=True, slots=True)
class Ehlo(Command):
    """``EHLO`` (RFC 5321 section 4.1.1.1)."""

    name: str


@dataclass(frozen=True, slots=True)
class Mail(Command):
    """``MAIL`` (RFC 5321 section 4.1.1.2); *reverse_path* is empty for ``<>``."""

    reverse_path: str
    parameters: MailParameters = NO_MAIL_PARAMETERS


@dataclass(frozen=True, slots=True)
class Rcpt(Command):
    """``RCPT`` (RFC 5321 section 4.1.1.3).

    *forward_path* is None for ``<Postmaster>``, who has no domain but the server's.
    """

    forward_path: Address | None
    parameters: RcptParameters = NO_RCPT_PARAMETERS


@dataclass(frozen=True, slots=True)
class Data(Command):
    """``DATA`` (RFC 5321 section 4.1.1.4)."""


@dataclass(frozen=True, slots=True)
class Bdat(Command):
    """``BDAT`` (RFC 3030 section 2): *size* octets follow at once."""

    size: int
    last: bool


@dataclass(frozen=True, slots=True)
class Rset(Command):
    """``RSET`` (RFC 5321 section 4.1.1.5)."""


@dataclass(frozen=True, slots=True)
class Noop(Command):
    """``NOOP`` (RFC 5321 section 4.1.1.9)."""


@dataclass(frozen=True, slots=True)
class Quit(Command):
    """``QUIT`` (RFC 5321 section 4.1.1.10)."""


@dataclass(frozen=True, slots=True)
class Vrfy(Command):
    """``VRFY`` (RFC 5321 section 4.1.1.6)."""

    string: str


@dataclass(frozen=True, slots=True)
class Expn(Command):
    """``EXPN`` (RFC 5321 section 4.1.1.7)."""

    string: str


@dataclass(frozen=True, slots=True)
class Help(Command):
    """``HELP`` (RFC 5321 section 4.1.1.8)."""


@dataclass(frozen=True, slots=True)
class StartTLS(Command):
    """``STARTTLS`` (RFC 3207 section 4)."""


@dataclass(frozen=True, slots=True)
class Auth(Command):
    """``AUTH`` (RFC 4954 section 4).

    *initial_response* is still in base64; None if there is none.
    """

    mechanism: str
    initial_response: bytes | None = field(default=None, repr=False)
