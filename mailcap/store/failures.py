"""What a database driver reports, in the words of the domain."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError

from mailcap.domain.errors import StoreFull, StoreUnavailable

_SQLITE_FULL = sqlite3.SQLITE_FULL
_SQLITE_PASSING = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_NOMEM,
    }
)
_POSTGRESQL_FULL = frozenset({"53100", "53200"})  # disk_full, out_of_memory
_POSTGRESQL_AGAIN = frozenset({"40001", "40P01"})  # serialization failure, deadlock
# Connection exceptions, insufficient resources, operator intervention, system errors.
_POSTGRESQL_PASSING = ("08", "53", "57", "58", "25006")


def is_conflict(error: DBAPIError) -> bool:
    """Whether the transaction lost against another one and may simply be repeated."""
    return getattr(error.orig, "sqlstate", None) in _POSTGRESQL_AGAIN


def translate(error: DBAPIError) -> Exception:
    """Return what to raise for *error*: a failure that a retry may mend, or itself."""
    detail = str(error.orig)
    if isinstance(error.orig, sqlite3.Error):
        code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
        if code == _SQLITE_FULL:
            return StoreFull(f"The database has no room left: {detail}")
        if code in _SQLITE_PASSING:
            return StoreUnavailable(f"The database cannot be used just now: {detail}")
        return error
    sqlstate = getattr(error.orig, "sqlstate", None)
    if sqlstate in _POSTGRESQL_FULL:
        return StoreFull(f"The database has no room left: {detail}")
    if error.connection_invalidated or _is_passing(sqlstate):
        return StoreUnavailable(f"The database cannot be reached just now: {detail}")
    return error


def _is_passing(sqlstate: str | None) -> bool:
    # psycopg reports a connection that could not be made without any code.
    return sqlstate is None or sqlstate.startswith(_POSTGRESQL_PASSING)
