"""What a search asks of a message, as a tree of values (RFC 9051 section 6.4.4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum, auto

from mailcap.imap.wire.sequence_set import SequenceSet


@dataclass(frozen=True, slots=True)
class And:
    """All of the keys."""

    keys: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Either key."""

    one: Key
    other: Key


@dataclass(frozen=True, slots=True)
class Not:
    """Not that key."""

    key: Key


class AllMessages:
    """ALL."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class HasFlag:
    """A system flag by its name, ``RECENT`` included, or a keyword."""

    name: str
    keyword: bool = False


@dataclass(frozen=True, slots=True)
class Among:
    """A sequence set; of UIDs if *uid*."""

    sequence: SequenceSet
    uid: bool = False


@dataclass(frozen=True, slots=True)
class HeaderHas:
    """A header field, its *name* in lower case, that holds *text*."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class TextHas:
    """BODY, or TEXT if the header counts too."""

    text: str
    header: bool


class When(Enum):
    """Which date of a message is meant."""

    INTERNAL = auto()
    SENT = auto()
    SAVED = auto()


@dataclass(frozen=True, slots=True)
class Dated:
    """A date before, on (``=``) or since (``>=``) *day*; time and zone do not count."""

    when: When
    how: str  # "<", "=" or ">="
    day: date


@dataclass(frozen=True, slots=True)
class Within:
    """YOUNGER than *seconds*, or OLDER (RFC 5032)."""

    seconds: int
    younger: bool


@dataclass(frozen=True, slots=True)
class Sized:
    """LARGER or smaller than *octets*."""

    octets: int
    larger: bool


@dataclass(frozen=True, slots=True)
class ModSeq:
    """Changed at *modseq* or behind it (RFC 7162)."""

    modseq: int


@dataclass(frozen=True, slots=True)
class ObjectId:
    """EMAILID or THREADID (RFC 8474)."""

    value: str
    thread: bool


class SaveDateSupported:
    """SAVEDATESUPPORTED (RFC 8514): true here."""

    __slots__ = ()


Key = (
    And | Or | Not | AllMessages | HasFlag | Among | HeaderHas | TextHas
    | Dated | Within | Sized | ModSeq | ObjectId | SaveDateSupported
)  # fmt: skip
