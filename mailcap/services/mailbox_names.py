"""What mailboxes are called by whoever has logged in.

In inbox mode a mailbox has its own name.  In account mode the unified mailboxes and those
of the home address have theirs, all others stand below their address: ``<address>/Sent``,
and ``<address>`` is the INBOX there.  In an address ``%`` and ``/`` are written ``%25``
and ``%2F``.
"""

from __future__ import annotations

import re
import unicodedata

from mailcap.domain.accounts import Identity
from mailcap.domain.addresses import parse_address
from mailcap.domain.errors import InvalidAddress, InvalidValue
from mailcap.domain.mailboxes import (
    DELIMITER,
    INBOX,
    SYSTEM_NAMES,
    MailboxKey,
    unified_owner,
)

_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_ESCAPED = re.compile("%(25|2[Ff])")
_MOST_CHARACTERS = 4096  # no mailbox has such a name; what is asked for need not be looked for


class Naming:
    """Names of mailboxes, for *who*, whose account has the address *home*."""

    def __init__(self, who: Identity, home: str) -> None:
        self.inbox = who.inbox
        self.home = home
        self.unified = unified_owner(who.account)

    def resolve(self, name: str) -> MailboxKey:
        """Return the mailbox that *name* means, whether there is one or not.

        INBOX is compared without case, names are normalised (NFC), and an address folds
        as everywhere.  Raises `InvalidValue` if it can be no name, `InvalidAddress` if
        its first level has an ``@`` in account mode and is no address.
        """
        path = _normalised(name)
        first, _, rest = path.partition(DELIMITER)
        if self.inbox is not None:
            if self._is_own(first):
                return MailboxKey(self.inbox, _folded(rest))
            return MailboxKey(self.inbox, _folded(path))
        if "@" in first:
            return MailboxKey(parse_address(_unescaped(first)).inbox, _folded(rest))
        path = _folded(path)
        return MailboxKey(self.unified if path in SYSTEM_NAMES else self.home, path)

    def show(self, key: MailboxKey) -> str:
        """Return the one name that a mailbox is shown by; `resolve` does the opposite."""
        first = key.name.partition(DELIMITER)[0]
        if self.inbox is not None:
            plain = not self._is_own(first)
        else:
            is_own = key.owner == self.home and key.name not in SYSTEM_NAMES
            plain = key.owner == self.unified or (is_own and "@" not in first)
        if plain:
            return key.name
        address = escaped(key.owner)
        return address if key.name == INBOX else f"{address}{DELIMITER}{key.name}"

    def is_always_subscribed(self, key: MailboxKey) -> bool:
        """Whether it is one of the mailboxes that clients should find without being told."""
        own = self.unified if self.inbox is None else self.inbox
        return key.owner == own and key.name in SYSTEM_NAMES

    def is_address(self, name: str) -> bool:
        """Whether *name* is an address itself, in account mode, not a mailbox below one."""
        return self.inbox is None and "@" in name and DELIMITER not in name

    def owner_in(self, prefix: str) -> str | None:
        """Return whose mailboxes alone have names that begin with *prefix*, None if others too.

        That is the inbox in inbox mode; else an address if a delimiter follows it.
        """
        if self.inbox is not None:
            return self.inbox
        first, delimiter, _ = prefix.partition(DELIMITER)
        if not delimiter or "@" not in first:
            return None
        try:
            return parse_address(_unescaped(first)).inbox
        except InvalidAddress:
            return None

    def alias(self, name: str) -> str | None:
        """Return the address if it was used as another name for INBOX in inbox mode."""
        if self.inbox is not None and DELIMITER not in name and self._is_own(name):
            return escaped(self.inbox)
        return None

    def inbox_of(self, key: MailboxKey) -> str:
        """Return the address that new messages in that mailbox belong to."""
        return self.home if key.owner == self.unified else key.owner

    def _is_own(self, level: str) -> bool:
        if "@" not in level:
            return False
        try:
            return parse_address(_unescaped(level)).inbox == self.inbox
        except InvalidAddress:
            return False


def escaped(address: str) -> str:
    """Return *address* as a level of a mailbox name."""
    return address.replace("%", "%25").replace(DELIMITER, "%2F")


def _unescaped(level: str) -> str:
    return _ESCAPED.sub(lambda found: "%" if found[1] == "25" else DELIMITER, level)


def _normalised(name: str) -> str:
    if len(name) > _MOST_CHARACTERS:
        raise InvalidValue("That is too long for the name of a mailbox.")
    if _UNFIT.search(name):
        raise InvalidValue("The name of a mailbox has no control characters.")
    if not all(name.split(DELIMITER)):
        raise InvalidValue("No level of a mailbox's name may be empty.")
    return unicodedata.normalize("NFC", name)


def _folded(path: str) -> str:
    """Return *path* with INBOX in upper case; INBOX if it is empty."""
    first, delimiter, rest = path.partition(DELIMITER)
    if not path or (first.isascii() and first.upper() == INBOX):
        return f"{INBOX}{delimiter}{rest}"
    return path
