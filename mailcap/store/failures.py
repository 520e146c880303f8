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

# Without any code, psycopg reports a connection that could not be made, or is gone.
_PSYCOPG_CONNECTION = ("OperationalError", "InterfaceError", "ConnectionTimeout")

# Each of these is given what the driver raised, or that within what SQLAlchemy made of it.


def is_conflict(error: Exception) -> bool:
    """Whether the transaction lost against another one and may simply be repeated."""
    return getattr(_original(error), "sqlstate", None) in _POSTGRESQL_AGAIN


def translate(error: Exception) -> Exception:
    """Return what to raise for *error*: a failure that a retry may mend, or itself."""
    original = _original(error)
    detail = str(original)
    if isinstance(original, sqlite3.Error):
        code = getattr(original, "sqlite_errorcode", 0) & 0xFF
        if code == _SQLITE_FULL:
            return StoreFull(f"The database has no room left: {detail}")
        if code in _SQLITE_PASSING:
            return StoreUnavailable(f"The database cannot be used just now: {detail}")
        return error
    sqlstate = getattr(original, "sqlstate", None)
    if sqlstate in _POSTGRESQL_FULL:
        return StoreFull(f"The database has no room left: {detail}")
    if sqlstate is None:
        is_passing = type(original).__name__ in _PSYCOPG_CONNECTION
    else:
        is_passing = sqlstate.startswith(_POSTGRESQL_PASSING)
    if is_passing:
        return StoreUnavailable(f"The database cannot be reached just now: {detail}")
    return error


def _original(error: Exception) -> BaseException | None:
    return error.orig if isinstance(error, DBAPIError) else error
