"""Who owns what: accounts, keys, addresses, domains; and who is asking."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple, TypedDict

ADMIN = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The owner of addresses, domains and keys.

    *number* is the store's own; the API shows *name* as ``_id``.  Limits that
    are None do not bind.  Times are Unix milliseconds.
    """

    number: int
    name: str
    home_address: str
    sees_public: bool = False
    capture_private: bool = False
    message_limit: int | None = None
    storage_limit: int | None = None
    created: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """An API key without its secret, of which the store has only the digest.

    *user* names whose it is, None if it is the account's own.
    """

    number: int
    account: str
    label: str
    created: int
    user: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody who works with an account, by keys of their own, and does not manage it."""

    name: str
    account: str
    created: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservedAddress:
    """An address that belongs to an account, with its forwarding settings.

    *forward* was an address of the same account when it was set; it need not be so any
    more.
    """

    address: str
    account: str
    info: str = ""
    forward: str | None = None
    enablews: bool | None = None
    webhook: str | None = None
    webhook_slack: str | None = None
    webhook_slack_to_from: bool | None = None
    catch_all: str | None = None
    has_password: bool = False
    created: int = 0
    updated: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnedDomain:
    """A domain whose addresses all belong to an account.

    With *is_private* off, its unreserved addresses are public inboxes; with *catch_all*,
    mail for them goes to ``*@name``, which is the account's.
    """

    name: str
    account: str
    is_private: bool = True
    enablews: bool = False
    catch_all: bool = False
    created: int = 0
    updated: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who has logged in, and with what.

    *inbox* is set in inbox mode: the login name was that address, and nothing
    but that inbox is open.  *key* is the store's number of the key, which no other ever
    gets, and *key_label* its label; both are None when a password was used, and then
    *password* tells that one from any that is set later.  *user* is set if the key is
    that of one of the account's users.
    """

    account: int
    account_name: str = field(hash=False)
    capture_private: bool = field(default=False, hash=False)
    key_label: str | None = field(default=None, hash=False)
    inbox: str | None = None
    user: str | None = field(default=None, hash=False)
    key: int | None = None
    password: bytes | None = field(default=None, hash=False, repr=False)

    @property
    def is_admin(self) -> bool:
        """Whether this account may manage the others."""
        return self.account_name == ADMIN and self.user is None


@dataclass(frozen=True, slots=True)
class Standing:
    """What is to be known of the owner of *inbox*.

    *reserved* is set if somebody has reserved just this address, *domain* if its domain
    belongs to an account.
    """

    inbox: str
    reserved: ReservedAddress | None
    domain: OwnedDomain | None

    @property
    def owner(self) -> str | None:
        """The account that owns the inbox, None if it is public."""
        if self.reserved is not None:
            return self.reserved.account
        return self.domain.account if self.domain and self.domain.is_private else None

    @property
    def is_implicit(self) -> bool:
        """Whether it is owned for the sake of its domain alone."""
        return self.reserved is None and self.owner is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What an account has: names, and how many messages of how many octets.

    *starred* are the messages that it has starred anywhere; *starred_inboxes* are the
    public inboxes where some of these lie.
    """

    addresses: tuple[str, ...]
    domains: tuple[str, ...]
    starred_inboxes: tuple[str, ...]
    starred: int
    messages: int
    octets: int


class AccountChanges(TypedDict, total=False):
    """What is to be changed of an account.  A limit that is None does not bind."""

    sees_public: bool
    capture_private: bool
    message_limit: int | None
    storage_limit: int | None


class AddressChanges(TypedDict, total=False):
    """What is to be changed of a reserved address."""

    info: str
    forward: str | None
    enablews: bool
    webhook: str | None
    webhook_slack: str | None
    webhook_slack_to_from: bool | None


class DomainChanges(TypedDict, total=False):
    """What is to be changed of a domain."""

    is_private: bool
    enablews: bool


class Access(NamedTuple):
    """What an open connection may do, and by what right: it may be taken away.

    *inbox* is whose mail it has open, beside that of the account itself.
    """

    identity: Identity
    inbox: str | None = None
