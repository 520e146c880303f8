"""What the parts of the program ask of the store about mailboxes: for IMAP and POP3.

See `mailcap.domain.ports` for the other ports.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

from mailcap.domain.mailboxes import (
    Appended,
    Changes,
    FlagChange,
    MailboxKey,
    MailboxStatus,
    Maildrop,
    Placed,
    Row,
    Snapshot,
    Want,
)

T = TypeVar("T")

# Given the header blocks of many messages behind each other, and how long each is, returns
# the places of those that may be meant.
Sift = Callable[[bytes, Sequence[int]], Iterable[int]]


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

    def maildrop(self, viewer: int, key: MailboxKey) -> Awaitable[Maildrop]:
        """Return a system mailbox with the sizes of its messages, at one moment (POP3)."""

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

    def remove(self, viewer: int, mailbox: int, uids: Sequence[int]) -> Awaitable[int]:
        """Delete those messages for ever, starred or not; return how many there were.

        In one transaction: all of them go, or none.
        """

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


class MaildropLocks(Protocol):
    """Mailboxes that an account has to itself, one session at a time.

    A lock ends with the process that holds it, however that ends.
    """

    def take(self, account: int, key: MailboxKey) -> Awaitable[bool]:
        """Lock the mailbox for one session of *account*; return whether it was free.

        Raises `StoreUnavailable`.
        """

    def give_back(self, account: int, key: MailboxKey) -> Awaitable[None]:
        """Unlock what was taken.  Nobody need wait for it."""
