"""What LIST shows: names with what is to be said of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from mailcap.domain.mailboxes import DELIMITER, INBOX, SPECIAL_USES, SYSTEM_NAMES, MailboxKey
from mailcap.services.mailbox_names import Naming


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    r"""A name as LIST shows it.

    *special_use* is ``Sent`` and so on where that is a mark, else ``""``.  What does not
    exist is shown for what lies below it, or because it is subscribed to.
    """

    name: str
    key: MailboxKey
    exists: bool
    has_children: bool
    subscribed: bool
    special_use: str


def system_keys(owner: str) -> list[MailboxKey]:
    """Return the mailboxes that an owner has without making them."""
    return [MailboxKey(owner, name) for name in SYSTEM_NAMES]


def arranged(
    naming: Naming,
    keys: Iterable[MailboxKey],
    *,
    made: Collection[MailboxKey],
    subscribed: Collection[MailboxKey],
) -> list[Listed]:
    """Return *keys* and all names above them, the system's first, then by name.

    *made* are the user-made mailboxes that there are.
    """
    names = {naming.show(key): key for key in keys}
    parents = {above for name in names for above in _above(name)}
    for name in parents:
        names.setdefault(name, naming.resolve(name))

    def listed(name: str, key: MailboxKey) -> Listed:
        canonical = naming.show(key) == name
        return Listed(
            name=name,
            key=key,
            exists=canonical and (key.name in SYSTEM_NAMES or key in made),
            has_children=name in parents or _has_folders(naming, key),
            subscribed=canonical and (key in subscribed or naming.is_always_subscribed(key)),
            special_use=_special_use(naming, key) if canonical else "",
        )

    return [listed(name, names[name]) for name in sorted(names, key=_place)]


def _above(name: str) -> Iterable[str]:
    while DELIMITER in name:
        name = name.rpartition(DELIMITER)[0]
        yield name


def _has_folders(naming: Naming, key: MailboxKey) -> bool:
    """Whether it is an address in account mode, which has the folders below it."""
    return naming.inbox is None and key.owner != naming.unified and key.name == INBOX


def _special_use(naming: Naming, key: MailboxKey) -> str:
    return key.name if naming.is_always_subscribed(key) and key.name in SPECIAL_USES else ""


def _place(name: str) -> tuple[int, str]:
    return (SYSTEM_NAMES.index(name) if name in SYSTEM_NAMES else len(SYSTEM_NAMES), name)
