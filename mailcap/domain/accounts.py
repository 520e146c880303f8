"""Who owns what: accounts, keys, addresses, domains; and who is asking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

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
    """An API key without its secret, of which the store has only the digest."""

    number: int
    account: str
    label: str
    created: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservedAddress:
    """An address that belongs to an account, with its forwarding settings."""

    address: str
    account: str
    info: str = ""
    forward: str | None = None
    enablews: bool | None = None
    webhook: str | None = None
    webhook_slack: str | None = None
    webhook_slack_to_from: bool | None = None
    catch_all: str | None = None
    created: int = 0
    updated: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnedDomain:
    """A domain whose addresses all belong to an account.

    With *is_private* off, its unreserved addresses are public inboxes.
    """

    name: str
    account: str
    is_private: bool = True
    enablews: bool = False
    created: int = 0
    updated: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who has logged in, and with what.

    *inbox* is set in inbox mode: the login name was that address, and nothing
    but that inbox is open.  *key_label* is None when a password was used.
    """

    account: int
    account_name: str
    capture_private: bool = False
    key_label: str | None = None
    inbox: str | None = None

    @property
    def is_admin(self) -> bool:
        """Whether this account may manage the others."""
        return self.account_name == ADMIN


class Access(NamedTuple):
    """What an open connection may do, and by what right: it may be taken away.

    *inbox* is whose mail it has open, beside that of the account itself.
    """

    identity: Identity
    inbox: str | None = None
