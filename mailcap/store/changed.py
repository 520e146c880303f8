"""Which mailboxes a transaction has changed, so that others are told behind its commit."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from mailcap.store.dialect import is_sqlite, run_text

CHANNEL = "mailcap_mailboxes"
ANY = "*"  # in place of numbers, if there are too many of them

_NOTED = "mailcap.changed"
_MOST = 7900  # octets; PostgreSQL's own limit of a payload is 8,000
_NOTIFY = "SELECT pg_notify(%s, %s)"


def begin(connection: Connection) -> None:
    """Know of no change, at the beginning of a transaction."""
    connection.info[_NOTED] = set()


def note(connection: Connection, mailboxes: Iterable[int]) -> None:
    """Remember that those mailboxes have changed."""
    connection.info[_NOTED].update(mailboxes)


def end(connection: Connection) -> frozenset[int]:
    """Return what was noted; on PostgreSQL the commit will tell all nodes (NOTIFY)."""
    noted = frozenset(connection.info[_NOTED])
    if noted and not is_sqlite(connection):
        numbers = ",".join(map(str, sorted(noted)))
        payload = numbers if len(numbers) <= _MOST else ANY
        run_text(connection, _NOTIFY, (CHANNEL, payload)).close()
    return noted
