"""What the parts of the program ask of each other.

`mailcap.assembly` hands each part the objects that fulfil these; no part imports
another one's classes for it.
"""

from __future__ import annotations

from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Collection,
    Iterable,
    Mapping,
    Sequence,
)
from typing import Protocol, TypeVar

from mailcap.domain.accounts import Access, Account, Identity, Key, OwnedDomain, ReservedAddress
from mailcap.domain.envelope import Envelope
from mailcap.domain.mailboxes import (
    Appended,
    Changes,
    FlagChange,
    MailboxKey,
    MailboxStatus,
    Placed,
    Row,
    Snapshot,
    Want,
)
from mailcap.domain.messages import Content, Incoming, Message

T = TypeVar("T")

# Given the header blocks of many messages behind each other, and how long each is, returns
# the places of those that may be meant.
Sift = Callable[[bytes, Sequence[int]], Iterable[int]]


class Deliverer(Protocol):
    """Takes over messages whose data has ended."""

    def deliver(self, envelope: Envelope, body: bytes) -> Awaitable[str]:
        """Store *body* for every recipient of *envelope* and return the base id.

        When the result is there, the message is on disk and readable by every
        protocol.  Raises `StoreUnavailable`, `StoreFull`, `OverQuota` or `Refused`;
        then nothing of it is stored.
        """


class Authenticator(Protocol):
    """Tells who a name and a password belong to."""

    def authenticate(self, name: str, password: str, *, peer: str) -> Awaitable[Identity]:
        """Return whose *name* and *password* these are.

        *name* is an account or an address.  The answer to a failure comes after
        a delay that grows with the failures seen from *peer*.  Raises
        `AuthenticationFailed`, `TooManyFailures`, `Busy` or `StoreUnavailable`.
        """

    def authenticate_key(self, key: str, *, peer: str) -> Awaitable[Identity]:
        """Return whose *key* this is; fails as `authenticate` does."""


class IntakeStore(Protocol):
    """Where accepted messages go."""

    def store_batch(self, batch: Sequence[Incoming]) -> Awaitable[None]:
        """Commit all messages of *batch* in one transaction, synced to disk."""


class MailStore(Protocol):
    """The stored messages, seen with the eyes of *viewer*.

    An inbox is named by its folded address.  Whatever is not for *viewer* to see
    raises `NotFound` for a single message and `NotPermitted` for a whole inbox.
    """

    def list_inbox(
        self,
        viewer: Identity,
        inbox: str,
        *,
        until: int | None = None,
        before: str | None = None,
        limit: int,
    ) -> Awaitable[Sequence[Message]]:
        """Return messages of all folders, newest first.

        *until* (Unix milliseconds) is inclusive; *before* is a message id, and the
        answer begins exactly behind it.  Raises `NotFound` if that id is unknown, and
        `InvalidValue` if the list would be longer than memory allows.
        """

    def count_inbox(self, viewer: Identity, inbox: str) -> Awaitable[int]:
        """Return how many messages `list_inbox` would find in all."""

    def find(self, viewer: Identity, inbox: str, message_id: str) -> Awaitable[Message]:
        """Return one message."""

    def content(
        self, viewer: Identity, inbox: str, message_id: str
    ) -> Awaitable[tuple[Message, Content]]:
        """Return one message with its bytes."""

    def delete(self, viewer: Identity, inbox: str, message_id: str) -> Awaitable[Message]:
        """Delete one message for ever, starred or not, and return what it was."""

    def purge(self, viewer: Identity, inbox: str) -> Awaitable[int]:
        """Delete all messages but the starred; return how many went.

        Raises `NotOwned` unless the inbox belongs to the viewer's account.
        """

    def bodies(self, bodies: Sequence[int]) -> Awaitable[dict[int, bytes]]:
        """Return stored bodies, complete, by their numbers."""

    def save_summaries(self, summaries: dict[int, bytes]) -> Awaitable[None]:
        """Keep *summaries* with their bodies, as far as these still exist."""


class MailboxStore(Protocol):
    """Mailboxes, seen with the eyes of the account *viewer* (its number).

    A message that another account has starred is not there for *viewer*.  Who may open
    which mailbox at all is decided before (`mailcap.services.mailboxes`).
    """

    # Looking

    def status(self, viewer: int, keys: Sequence[MailboxKey]) -> Awaitable[list[MailboxStatus]]:
        """Return what each mailbox says of itself, in the order of *keys*.

        A system mailbox without a row is empty, with the store's epoch for UIDVALIDITY.
        Raises `NotFound` for a user-made mailbox that does not exist.
        """

    def snapshot(self, viewer: int, key: MailboxKey) -> Awaitable[Snapshot]:
        """Return the mailbox with all its messages, at one moment (SELECT)."""

    def changes(
        self,
        viewer: int,
        mailbox: int,
        *,
        since_modseq: int,
        since_uid: int,
        named: MailboxKey | None = None,
    ) -> Awaitable[Changes]:
        """Return what changed behind *since_modseq*, and what came from *since_uid* on.

        The cost follows the number of changes.  Raises `NotFound` if the mailbox is gone,
        or is not *named* so any more.
        A message that another account has starred is gone for *viewer*, even if *viewer*
        never saw it.
        """

    def rows(
        self,
        viewer: int,
        mailbox: int,
        uids: Sequence[int],
        want: Want,
        *,
        largest: int | None = None,
    ) -> Awaitable[list[Row]]:
        """Return those of *uids* (rising) that are still there, rising by UID.

        Of a long list, or if whole messages have more than a MiB in all, only the first of
        them come, at least one: ask again for those behind the last.  Messages of more
        than *largest* octets come without their rest.
        """

    def pieces(self, body: int, start: int) -> AsyncIterator[bytes]:
        """Yield what is behind the header block of a body, from offset *start* on.

        Ends early if the body is deleted meanwhile.
        """

    def collect(
        self,
        viewer: int,
        mailbox: int,
        uids: Sequence[int],
        want: Want,
        look: Callable[[Row], T | None],
        *,
        sift: Sift | None = None,
    ) -> Awaitable[list[T]]:
        """Return what *look* makes of messages, in the order of *uids*, without any None.

        With `Want.HEADER` alone, *sift* may say which messages are worth a look.  Both are
        called in other threads.  Messages are in memory a few at a time.
        """

    def save_views(
        self, envelopes: Mapping[int, bytes], structures: Mapping[int, bytes]
    ) -> Awaitable[None]:
        """Keep ENVELOPEs and BODYSTRUCTUREs with their bodies, by body number."""

    def names(self, viewer: int, *owners: str) -> Awaitable[list[MailboxKey]]:
        """Return the user-made mailboxes of all *owners*, by owner and name."""

    def inboxes(self, viewer: int) -> Awaitable[list[str]]:
        """Return, sorted, the account's addresses and those with mail in its domains.

        A catch-all ``*@domain`` is one of them, the home address is not.
        """

    def subscriptions(self, viewer: int) -> Awaitable[list[MailboxKey]]:
        """Return what the account has subscribed to."""

    def ensure(self, key: MailboxKey) -> Awaitable[int]:
        """Return the id of a mailbox; a system mailbox without a row gets one.

        With an id it can be watched before there is any mail.  Raises `NotFound` if there
        is no such user-made mailbox.
        """

    # Changing.  What is to be done to more than some hundred messages is done in several
    # transactions, between which mail comes in.

    def claim_recent(self, mailbox: int, *, below: int) -> Awaitable[int]:
        r"""Give ``\Recent`` on messages *below* that UID to the asker.

        Return the first UID that nobody has claimed before; none is left if it is not
        below *below*.  Raises `NotFound` if the mailbox is gone.
        """

    def change_flags(
        self,
        viewer: int,
        mailbox: int,
        uids: Sequence[int],
        change: FlagChange,
        *,
        unchanged_since: int | None = None,
    ) -> Awaitable[list[int]]:
        """Change flags; return the UIDs left alone as they changed behind *unchanged_since*.

        The change is made to the message, so that every mailbox that shows it sees it.
        Setting the star enters the message in the viewer's unified mailbox, and hides it
        from all others; taking it back does the opposite, and gives the message another
        UID wherever others may have looked for it meanwhile.  UIDs that are gone are
        skipped.  Raises `InvalidValue` over 100 keywords or 64 octets each.
        """

    def copy(
        self, viewer: int, source: int, uids: Sequence[int], target: MailboxKey
    ) -> Awaitable[Placed]:
        r"""Copy messages; new ids, same bytes and dates, flags kept but not ``\Recent``.

        All or nothing.  A copy into a unified mailbox stays in the inbox of its original
        if it is shown there then; else it goes to the account's home address.  Raises
        `NotFound` if there is no such user-made mailbox, and `OverQuota`.
        """

    def move(
        self, viewer: int, source: int, uids: Sequence[int], target: MailboxKey
    ) -> Awaitable[Placed]:
        """Move messages: inside an inbox or unified view they stay the same messages.

        At another address they are other messages, as if copied and deleted.  All or
        nothing, as far as the store can be reached: if it fails in the middle, what was
        moved is moved back.  Otherwise as `copy`.
        """

    def expunge(
        self, viewer: int, mailbox: int, uids: Sequence[int] | None
    ) -> Awaitable[list[int]]:
        r"""Delete for ever what has ``\Deleted``, only among *uids* if given."""

    def append(
        self,
        viewer: int,
        target: MailboxKey,
        messages: Sequence[Appended],
        *,
        replacing: tuple[int, int] | None = None,
    ) -> Awaitable[Placed]:
        """Store messages as a client gave them, all or none.

        At the same moment the message *replacing*, a mailbox and a UID, is deleted for
        ever (RFC 8508).  Raises `OverQuota`, `InvalidValue` over 100 keywords or 64
        octets each, and `NotFound` if there is no such user-made mailbox, or nothing to
        replace.
        """

    def create(self, viewer: int, key: MailboxKey) -> Awaitable[None]:
        """Make a user-made mailbox, and those above it.

        Raises `AlreadyExists`, `InvalidValue` for a name that cannot be one, and
        `OverQuota` if the inbox has too many.
        """

    def delete_mailbox(self, viewer: int, key: MailboxKey) -> Awaitable[None]:
        """Delete a user-made mailbox with its messages; those below it stay.

        Raises `NotFound`, for mailboxes of a folder too.
        """

    def rename(self, viewer: int, key: MailboxKey, new_name: str) -> Awaitable[None]:
        """Rename a user-made mailbox and all below it, UIDs and MAILBOXID kept.

        Makes those above the new name.  Raises `NotFound`, `AlreadyExists`, and
        `InvalidValue` for names that cannot be.
        """

    def clear(self, viewer: int, inbox: str) -> Awaitable[None]:
        """Delete all messages of an inbox, starred or not, and its user-made mailboxes."""

    def subscribe(self, viewer: int, key: MailboxKey, *, wanted: bool) -> Awaitable[None]:
        """Add to or take from the account's subscriptions; doing it twice is no error.

        There need be no such mailbox.  Raises `OverQuota` if they are too many.
        """

    def usage(self, viewer: int) -> Awaitable[tuple[int, int]]:
        """Return how many messages, and octets, count for the account's quota.

        Those in its unified mailboxes, and in user-made mailboxes of its addresses.
        """


class RetentionStore(Protocol):
    """What is given up after a while, in pieces that hold up nobody.

    Each method looks at the next *most* rows behind number *behind* and returns how
    many went, and the number to go on behind, None if there was nothing to look at.
    """

    def expire(
        self, *, received_before: int, behind: int, most: int
    ) -> Awaitable[tuple[int, int | None]]:
        """Delete public, unstarred messages received before that time (ms)."""

    def trim(self, *, per_inbox: int, behind: int, most: int) -> Awaitable[tuple[int, int | None]]:
        """Keep the newest *per_inbox* unstarred messages of each public inbox."""

    def drop_empty(
        self, *, behind: int, most: int, keep: Collection[int]
    ) -> Awaitable[tuple[int, int | None]]:
        """Drop the rows of public mailboxes that are empty and not subscribed.

        But for those with the ids in *keep*: somebody looks at them.
        """

    def forget_expunged(self, *, expunged_before: int, most: int) -> Awaitable[int]:
        """Drop up to *most* notes of UIDs expunged before that time; return how many."""


class AccountStore(Protocol):
    """Accounts and what they own."""

    def add_account(self, account: Account) -> Awaitable[Account]:
        """Add an account (its `number` is ignored).  Raises `AlreadyExists`."""

    def accounts(self) -> Awaitable[Sequence[Account]]:
        """Return all accounts by name."""

    def account(self, name: str) -> Awaitable[Account]:
        """Return one account.  Raises `NotFound`."""

    def change_account(
        self, name: str, *, sees_public: bool | None = None, capture_private: bool | None = None
    ) -> Awaitable[Account]:
        """Set the marks of an account that are not None.  Raises `NotFound`.

        With *sees_public* all public mail enters its unified mailboxes, or leaves them.
        """

    def remove_account(self, name: str) -> Awaitable[None]:
        """Remove an account with its keys, addresses, domains and mail.

        Its mail goes too, since without an owner everybody could read it.
        """

    def set_password(self, account: str, password_hash: str | None) -> Awaitable[None]:
        """Set or take away the password of an account.  Raises `NotFound`."""

    def set_address_password(
        self, address: str, account: str, password_hash: str | None
    ) -> Awaitable[None]:
        """Set or take away the password of an address of *account*.  Raises `NotFound`."""

    def add_key(self, account: str, label: str, digest: bytes) -> Awaitable[Key]:
        """Add a key by its SHA-256 *digest*.  Raises `AlreadyExists`, `NotFound`."""

    def keys(self, account: str) -> Awaitable[Sequence[Key]]:
        """Return the keys of an account by label."""

    def remove_key(self, account: str, label: str) -> Awaitable[None]:
        """Revoke a key.  Raises `NotFound`."""

    def key_holder(self, digest: bytes) -> Awaitable[Identity | None]:
        """Return who holds the key with that SHA-256 digest."""

    def password_hashes(self, login: str) -> Awaitable[tuple[Identity, str] | None]:
        """Return the identity and password hash of an account name or address."""

    def revoked(self, accesses: Sequence[Access]) -> Awaitable[list[Access]]:
        """Return those for which the right is gone.

        The key was revoked, the password taken away, the account removed, or the inbox is
        another account's by now.
        """

    def owner_of(self, inbox: str) -> Awaitable[int | None]:
        """Return the number of the account that owns *inbox*, None if public."""

    def reserve_address(self, address: str, account: str) -> Awaitable[ReservedAddress]:
        """Reserve *address*.  Raises `AlreadyExists`, `NotOwned`, `NotFound`."""

    def release_address(self, address: str, account: str) -> Awaitable[ReservedAddress]:
        """Make *address* public again; its mail stays.  Raises `NotFound`."""

    def addresses(self, account: str) -> Awaitable[Sequence[ReservedAddress]]:
        """Return the reserved addresses of an account."""

    def add_domain(self, name: str, account: str) -> Awaitable[OwnedDomain]:
        """Give a domain to an account.  Raises `AlreadyExists`, `NotFound`."""

    def remove_domain(self, name: str, account: str) -> Awaitable[OwnedDomain]:
        """Take a domain from its account; its mail stays.  Raises `NotFound`."""

    def domains(self, account: str) -> Awaitable[Sequence[OwnedDomain]]:
        """Return the domains of an account."""
