"""The order of messages (RFC 5256 section 2.2, RFC 5957)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from mailcap.domain.mailboxes import Row
from mailcap.imap.message.sorting import Keys, keys
from mailcap.mime import headers


class Sortable(NamedTuple):
    """A message and what it is compared by; *arrival* is in Unix milliseconds."""

    uid: int
    arrival: int
    size: int
    keys: Keys


_CRITERIA: Final[Mapping[str, Callable[[Sortable], Any]]] = {
    "ARRIVAL": lambda one: one.arrival,
    "SIZE": lambda one: one.size,
    "DATE": lambda one: one.arrival // 1000 if one.keys.sent is None else one.keys.sent,
    "SUBJECT": lambda one: one.keys.subject,
    "FROM": lambda one: one.keys.from_,
    "TO": lambda one: one.keys.to,
    "CC": lambda one: one.keys.cc,
    "DISPLAYFROM": lambda one: one.keys.display_from,
    "DISPLAYTO": lambda one: one.keys.display_to,
}


def sortable(row: Row) -> Sortable:
    """Return what a message, of which the header is there, is compared by."""
    return Sortable(row.uid, row.internal_date, row.size, keys(headers.parse(row.header)))


def sort(rows: Iterable[Sortable], criteria: Sequence[tuple[str, bool]]) -> list[int]:
    """Return the UIDs of *rows*, which rise by UID, in the order that *criteria* ask for.

    Each is a name and whether it is reversed; what is equal stays in sequence.
    """
    found = list(rows)
    for name, is_reversed in reversed(criteria):
        found.sort(key=_CRITERIA[name], reverse=is_reversed)
    return [one.uid for one in found]
