"""What the reader finds in the octets besides commands."""

from __future__ import annotations

from dataclasses import dataclass, field

from mailcap.smtp.wire.commands import Command


@dataclass(frozen=True, slots=True)
class AuthResponse:
    """A line of a login, without its end (RFC 4954 section 4)."""

    line: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Chunk:
    """A chunk that is not the last has arrived, and makes the message *size* octets long.

    *kept* is False if the message, or what there was of it, was thrown away.
    """

    size: int
    kept: bool


@dataclass(frozen=True, slots=True)
class Message:
    """The message is complete.

    *body* is None if it was thrown away as it arrived; *size* counts its octets,
    without the dots that transparency added.
    """

    body: bytes | None = field(repr=False)
    size: int


@dataclass(frozen=True, slots=True)
class Flood:
    """So much has arrived beyond the limit that nothing more is read."""


Event = Command | AuthResponse | Chunk | Message | Flood
