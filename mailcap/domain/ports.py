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
from typing import Protocol

from mailcap.domain.accounts import Access, Account, Identity, Key, OwnedDomain, ReservedAddress
from mailcap.domain.envelope import Envelope
from mailcap.domain.messages import Content, Incoming, Message


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
