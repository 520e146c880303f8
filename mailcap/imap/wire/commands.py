"""Commands as values, named as in RFC 9051 section 6; *tag* is the client's name for each."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, StrEnum, auto

from mailcap.imap.wire.keys import Key
from mailcap.imap.wire.sequence_set import SequenceSet


@dataclass(frozen=True, slots=True)
class Command:
    """What all commands have."""

    tag: str


class Capability(Command):
    """CAPABILITY."""

    __slots__ = ()


class Noop(Command):
    """NOOP."""

    __slots__ = ()


class Logout(Command):
    """LOGOUT."""

    __slots__ = ()


class StartTLS(Command):
    """STARTTLS."""

    __slots__ = ()


class Unauthenticate(Command):
    """UNAUTHENTICATE (RFC 8437)."""

    __slots__ = ()


class Namespace(Command):
    """NAMESPACE."""

    __slots__ = ()


class Idle(Command):
    """IDLE."""

    __slots__ = ()


class Check(Command):
    """CHECK (RFC 3501)."""

    __slots__ = ()


class Close(Command):
    """CLOSE."""

    __slots__ = ()


class Unselect(Command):
    """UNSELECT."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Id(Command):
    """ID (RFC 2971); None for NIL."""

    parameters: tuple[tuple[str, str | None], ...] | None = None


@dataclass(frozen=True, slots=True)
class Authenticate(Command):
    """AUTHENTICATE, perhaps with an initial response (SASL-IR)."""

    mechanism: str
    initial_response: bytes | None = None


@dataclass(frozen=True, slots=True)
class Login(Command):
    """LOGIN."""

    name: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Enable(Command):
    """ENABLE (RFC 5161): names in upper case."""

    capabilities: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Resync:
    """What a client knows already: the QRESYNC parameter (RFC 7162 section 3.2.5)."""

    uid_validity: int
    modseq: int
    known_uids: tuple[tuple[int, int], ...] | None = None


@dataclass(frozen=True, slots=True)
class Select(Command):
    """SELECT, or EXAMINE if *read_only*."""

    mailbox: str
    read_only: bool = False
    condstore: bool = False
    qresync: Resync | None = None


@dataclass(frozen=True, slots=True)
class Create(Command):
    """CREATE, perhaps with a special use (RFC 6154)."""

    mailbox: str
    special_use: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Delete(Command):
    """DELETE."""

    mailbox: str


@dataclass(frozen=True, slots=True)
class Rename(Command):
    """RENAME."""

    mailbox: str
    new_name: str


@dataclass(frozen=True, slots=True)
class Subscribe(Command):
    """SUBSCRIBE, or UNSUBSCRIBE if not *wanted*."""

    mailbox: str
    wanted: bool = True


@dataclass(frozen=True, slots=True)
class List(Command):
    """LIST (RFC 5258, 5819, 6154), or LSUB.  Options are in upper case.

    *status* are the items of RETURN (STATUS (...)).
    """

    reference: str
    patterns: tuple[str, ...]
    selection: frozenset[str] = frozenset()
    returned: frozenset[str] = frozenset()
    status: tuple[str, ...] = ()
    extended: bool = False
    is_lsub: bool = False


@dataclass(frozen=True, slots=True)
class Status(Command):
    """STATUS; items in upper case."""

    mailbox: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NewMessage:
    """One message of APPEND; *internal_date* is in Unix milliseconds."""

    octets: bytes = field(repr=False)
    flags: tuple[str, ...] = ()
    internal_date: int | None = None


@dataclass(frozen=True, slots=True)
class Append(Command):
    """APPEND (RFC 3502: of several messages)."""

    mailbox: str
    messages: tuple[NewMessage, ...]


@dataclass(frozen=True, slots=True)
class Replace(Command):
    """REPLACE (RFC 8508) of the one message in *sequence*, by UID if *uid*."""

    sequence: SequenceSet
    mailbox: str
    message: NewMessage
    uid: bool = False


@dataclass(frozen=True, slots=True)
class Expunge(Command):
    """EXPUNGE, or UID EXPUNGE of *uids*."""

    uids: SequenceSet | None = None


@dataclass(frozen=True, slots=True)
class Copy(Command):
    """COPY or MOVE; of UIDs if *uid*."""

    sequence: SequenceSet
    mailbox: str
    uid: bool = False
    move: bool = False


class How(Enum):
    """What STORE does with flags."""

    REPLACE = auto()
    ADD = auto()
    REMOVE = auto()


@dataclass(frozen=True, slots=True)
class Store(Command):
    """STORE; of UIDs if *uid*."""

    sequence: SequenceSet
    how: How
    flags: tuple[str, ...]
    silent: bool = False
    unchanged_since: int | None = None
    uid: bool = False


class Attribute(StrEnum):
    """What FETCH gives of a message, as it is called in the answer."""

    ENVELOPE = "ENVELOPE"
    FLAGS = "FLAGS"
    INTERNALDATE = "INTERNALDATE"
    SIZE = "RFC822.SIZE"
    UID = "UID"
    MODSEQ = "MODSEQ"
    EMAILID = "EMAILID"
    THREADID = "THREADID"
    SAVEDATE = "SAVEDATE"
    PREVIEW = "PREVIEW"
    BODY = "BODY"
    BODYSTRUCTURE = "BODYSTRUCTURE"


@dataclass(frozen=True, slots=True)
class Section:
    """BODY[...], and what RFC822, RFC822.HEADER and RFC822.TEXT stand for.

    *label* is what the answer repeats.  *text* is "" for all of a part; *fields* are in
    lower case; *partial* is where to begin and how many octets.
    """

    label: bytes
    path: tuple[int, ...] = ()
    text: str = ""
    fields: tuple[str, ...] = ()
    peek: bool = False
    partial: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Binary:
    """BINARY[...] and BINARY.SIZE[...] (RFC 3516)."""

    label: bytes
    path: tuple[int, ...] = ()
    peek: bool = False
    partial: tuple[int, int] | None = None
    size_only: bool = False


Item = Attribute | Section | Binary


@dataclass(frozen=True, slots=True)
class Fetch(Command):
    """FETCH; of UIDs if *uid*."""

    sequence: SequenceSet
    items: tuple[Item, ...]
    changed_since: int | None = None
    vanished: bool = False
    uid: bool = False


@dataclass(frozen=True, slots=True)
class EventGroup:
    """Which *events* of which mailboxes NOTIFY asks for (RFC 5465 section 6).

    *which* and the events are in upper case, *names* are what SUBTREE and MAILBOXES name.
    *items* are what is to be fetched of new messages in the mailbox that is selected.
    """

    which: str
    names: tuple[str, ...] = ()
    events: frozenset[str] = frozenset()
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Notify(Command):
    """NOTIFY SET (RFC 5465), or NOTIFY NONE without *groups*.

    *status*: the client wants to know first how things are.
    """

    groups: tuple[EventGroup, ...] = ()
    status: bool = False


@dataclass(frozen=True, slots=True)
class Search(Command):
    """SEARCH; answers with UIDs if *uid*, with ESEARCH if *options* is not None."""

    key: Key
    options: frozenset[str] | None = None
    uid: bool = False


@dataclass(frozen=True, slots=True)
class Sort(Command):
    """SORT (RFC 5256, 5267); criteria are names with whether they are reversed."""

    criteria: tuple[tuple[str, bool], ...]
    key: Key
    options: frozenset[str] | None = None
    uid: bool = False


@dataclass(frozen=True, slots=True)
class Thread(Command):
    """THREAD (RFC 5256)."""

    algorithm: str
    key: Key
    uid: bool = False


@dataclass(frozen=True, slots=True)
class Compress(Command):
    """COMPRESS (RFC 4978)."""

    mechanism: str


@dataclass(frozen=True, slots=True)
class GetQuota(Command):
    """GETQUOTA (RFC 9208)."""

    root: str


@dataclass(frozen=True, slots=True)
class GetQuotaRoot(Command):
    """GETQUOTAROOT (RFC 9208)."""

    mailbox: str
