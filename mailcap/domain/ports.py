"""What the parts of the program ask of each other.

`mailcap.assembly` hands each part the objects that fulfil these; no part imports
another one's classes for it.
"""

from __future__ import annotations

from collections.abc import (
    Awaitable,
    Collection,
    Sequence,
)
from typing import Protocol, Unpack

from mailcap.domain.accounts import (
    Access,
    Account,
    AccountChanges,
    AddressChanges,
    DomainChanges,
    Identity,
    Key,
    OwnedDomain,
    ReservedAddress,
    Standing,
    Usage,
    User,
)
from mailcap.domain.addresses import Address
from mailcap.domain.arrivals import Arrived, Reach
from mailcap.domain.envelope import Envelope
from mailcap.domain.mailboxes import FlagChange
from mailcap.domain.messages import Content, Folder, Incoming, Message


class Deliverer(Protocol):
    """Takes over messages whose data has ended."""

    def deliver(self, envelope: Envelope, body: bytes) -> Awaitable[str]:
        """Store *body* for every recipient of *envelope* and return the base id.

        When the result is there, the message is on disk and readable by every
        protocol.  Raises `StoreUnavailable`, `StoreFull`, `OverQuota` or `Refused`, and
        `Busy` when the server stops; then nothing of it is stored.  It is cancelled if
        the server has stopped before anybody can know.
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


class Passage(Protocol):
    """The way of one message in; each step may take time, or be refused.

    A step returns None if it may be taken at once, else what to wait for.  At once or
    then it raises `Throttled`, or `Refused` for what is on the deny list.
    """

    def recipient(self, address: Address) -> Awaitable[None] | None:
        """Ask whether one more recipient may be accepted."""

    def message(self, body: bytes) -> Awaitable[None] | None:
        """Ask whether the message, whose data has ended, may be taken over."""


class Throttle(Protocol):
    """Sees to it that nobody sends, and nobody gets, too much in a short time."""

    def begin(self, *, peer: str, helo: str, mail_from: str, account: int | None) -> Passage:
        """Begin a transaction of the client at *peer*, an IP address.

        *helo* and *mail_from* are what it has said (``""``: nothing, or the null sender);
        *account* is the number of the account that has logged in.  Raises `Throttled`
        or `Refused`.
        """


class IntakeStore(Protocol):
    """Where accepted messages go."""

    def store_batch(self, batch: Sequence[Incoming], *, again: bool = False) -> Awaitable[None]:
        """Commit all messages of *batch* in one transaction, synced to disk.

        *again* when it was tried before and failed in doubt: then those that are there
        already stay as they are.
        """


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

    def list_domain(
        self,
        viewer: Identity,
        domain: str,
        *,
        until: int | None = None,
        before: str | None = None,
        limit: int,
    ) -> Awaitable[Sequence[Message]]:
        """Return messages of all inboxes of a domain of the viewer's, as `list_inbox` does.

        Raises `NotPermitted` if another account owns it, `NotFound` if none does.
        """

    def count_domain(self, viewer: Identity, domain: str) -> Awaitable[int]:
        """Return how many messages `list_domain` would find in all."""

    def clear_domain(self, viewer: Identity, domain: str) -> Awaitable[int]:
        """Delete all messages of a domain, starred or not; return how many went.

        Raises `NotOwned` unless it is the viewer's.
        """

    def change(
        self, viewer: Identity, inbox: str, message_id: str, *, flags: FlagChange
    ) -> Awaitable[Message]:
        """Change what IMAP calls flags, but not the star, and return the message.

        Raises `InvalidValue` over 100 keywords or 64 octets each.
        """

    def toggle_star(self, viewer: Identity, inbox: str, message_id: str) -> Awaitable[Message]:
        """Give the star of *viewer* to a message, or take it back; return the message.

        What follows from that says `MailboxStore.change_flags`.
        """

    def refile(
        self, viewer: Identity, inbox: str, message_id: str, *, folder: Folder
    ) -> Awaitable[Message]:
        """Move a message to another folder of its inbox, and return it.

        It stays the same message.  One that lies there already is left alone.
        """

    def bodies(self, bodies: Sequence[int]) -> Awaitable[dict[int, bytes]]:
        """Return stored bodies, complete, by their numbers."""

    def save_summaries(self, summaries: dict[int, bytes]) -> Awaitable[None]:
        """Keep *summaries* with their bodies, as far as these still exist."""


class ArrivalStore(Protocol):
    """What comes in by SMTP, for those who wait for it."""

    def mailboxes(self, owners: Sequence[str]) -> Awaitable[dict[str, int]]:
        """Return the id of the INBOX of each, an inbox or an account; see `MailboxKey`.

        One that has no row gets one, so that it can be watched before there is any mail.
        """

    def arrivals(self, places: Sequence[tuple[int, int | None]]) -> Awaitable[Arrived]:
        """Return what has come to mailboxes behind a UID, rising by mailbox and UID.

        *places* are ids of mailboxes, each with such a UID; None asks for nothing but the
        last UID that there is.  What came in another way, by APPEND or COPY or because an
        address has another owner, is no arrival.
        """

    def reaches(self, names: Sequence[str]) -> Awaitable[dict[str, Reach]]:
        """Return whose these addresses (those with an ``@``) and domains are."""


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

    def forget_aliases(self, *, shown_before: int, most: int) -> Awaitable[int]:
        """Drop aliases of public inboxes that nobody has asked for since that time.

        Looks at up to *most*; returns at how many.
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

    def change_account(self, name: str, **changes: Unpack[AccountChanges]) -> Awaitable[Account]:
        """Change an account.  Raises `NotFound`.

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

    def usage(self, account: str) -> Awaitable[Usage]:
        """Return what an account has.  Raises `NotFound`."""

    def add_user(self, account: str, name: str, digest: bytes) -> Awaitable[User]:
        """Add a user to an account, with a key that has the user's name for label.

        Raises `AlreadyExists` for either of them, and `NotFound`.
        """

    def users(self, account: str) -> Awaitable[Sequence[User]]:
        """Return the users of an account by name.  Raises `NotFound`."""

    def remove_user(self, account: str, name: str) -> Awaitable[None]:
        """Remove a user with its keys.  Raises `NotFound`."""

    def add_key(
        self, account: str, label: str, digest: bytes, *, user: str | None = None
    ) -> Awaitable[Key]:
        """Add a key, perhaps a user's, by its SHA-256 *digest*.

        Raises `AlreadyExists`, `NotFound`.
        """

    def keys(self, account: str) -> Awaitable[Sequence[Key]]:
        """Return the keys of an account, and of its users, by label."""

    def remove_key(
        self, account: str, label: str, *, but_not_the_last: bool = False
    ) -> Awaitable[None]:
        """Revoke a key.

        Raises `NotFound`, and `Refused` if the account would keep none though it is *but
        not the last*; those of users do not count.
        """

    def key_holder(self, digest: bytes) -> Awaitable[Identity | None]:
        """Return who holds the key with that SHA-256 digest."""

    def password_hashes(self, login: str) -> Awaitable[tuple[Identity, str] | None]:
        """Return the identity and password hash of an account name or address."""

    def revoked(self, accesses: Sequence[Access]) -> Awaitable[list[Access]]:
        """Return those for which the right is gone.

        The key was revoked, the password changed or taken away, the account removed, or
        the inbox is another account's by now; something of the same name that came later
        brings back no right.
        """

    def owner_of(self, inbox: str) -> Awaitable[int | None]:
        """Return the number of the account that owns *inbox*, None if public."""

    def look_up(self, inbox: str) -> Awaitable[Standing]:
        """Return who has reserved *inbox*, and who owns its domain."""

    def aliases(self, inboxes: Collection[str]) -> Awaitable[dict[str, str]]:
        """Return the alias of each inbox; mail to it goes there from now on.

        If an inbox is public, for as long as public mail is kept.
        """

    def meant_by(self, account: int, inbox: str) -> Awaitable[str]:
        """Return the inbox that *inbox* is the alias of, if that account owns it.

        Else *inbox* itself.
        """

    def reserve_address(
        self, address: str, account: str, **changes: Unpack[AddressChanges]
    ) -> Awaitable[ReservedAddress]:
        """Reserve *address*, and change it right away.

        Raises `AlreadyExists`, `NotOwned`, `NotFound`, and `InvalidValue` unless it is to
        be forwarded to another address of the account.
        """

    def reserve_addresses(
        self, wanted: Sequence[str], account: str
    ) -> Awaitable[Sequence[ReservedAddress]]:
        """Reserve all of these addresses or, if it fails as above, none."""

    def change_address(
        self, address: str, account: str, **changes: Unpack[AddressChanges]
    ) -> Awaitable[ReservedAddress]:
        """Change what is set of an address; *enablews* is true or false from then on.

        Raises `NotFound`, and `InvalidValue` as `reserve_address` does.
        """

    def release_address(
        self, address: str, account: str, *, with_messages: bool = False
    ) -> Awaitable[ReservedAddress]:
        """Make *address* public again; its mail stays, or none of it.

        In the moment in which it is public, with *with_messages*, the account has no
        message there, starred or not.  Raises `NotFound`, and `NotOwned` for a home
        address.
        """

    def addresses(self, account: str) -> Awaitable[Sequence[ReservedAddress]]:
        """Return the reserved addresses of an account."""

    def add_domain(self, name: str, account: str) -> Awaitable[OwnedDomain]:
        """Give a domain to an account.  Raises `AlreadyExists`, `NotFound`."""

    def change_domain(
        self, name: str, account: str, **changes: Unpack[DomainChanges]
    ) -> Awaitable[OwnedDomain]:
        """Change a domain, and with it who sees its mail.  Raises `NotFound`."""

    def remove_domain(self, name: str, account: str) -> Awaitable[OwnedDomain]:
        """Take a domain from its account; its mail stays.  Raises `NotFound`."""

    def domains(self, account: str) -> Awaitable[Sequence[OwnedDomain]]:
        """Return the domains of an account."""
