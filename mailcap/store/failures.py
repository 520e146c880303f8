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
# Connection exceptions, insufficient resources, operator intervention, system errors, a
# standby, and whoever was idle for too long.
_POSTGRESQL_PASSING = ("08", "53", "57", "58", "25006", "25P03")

# Without any code, psycopg reports a connection that could not be made, or is gone.
_PSYCOPG_CONNECTION = ("OperationalError", "InterfaceError", "ConnectionTimeout")

# For clients, who are not to learn where the database is.
_WORDS = {
    StoreUnavailable: "The database cannot be used just now, try again later",
    StoreFull: "The database has no room left, try again later",
}

_SLOW_SECONDS = 1.0

# Each of these is given what the driver raised, or that within what SQLAlchemy made of it.


def is_conflict(error: Exception) -> bool:
    """Whether the transaction lost against another one and may simply be repeated."""
    return getattr(_original(error), "sqlstate", None) in _POSTGRESQL_AGAIN


def translate(error: Exception, *, committing: bool = False) -> Exception:
    """Return what to raise for *error*: a failure that a retry may mend, or itself.

    If the connection was lost while it was *committing*, the outcome is in doubt.
    """
    kind = _kind(_original(error))
    if kind is None:
        return error
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    return kind(_WORDS[kind], detail=_one_line(_original(error)), in_doubt=committing and lost)


def unavailable(detail: str, *, in_doubt: bool = False) -> StoreUnavailable:
    """Return the failure for whatever else makes the database unusable."""
    return StoreUnavailable(_WORDS[StoreUnavailable], detail=detail, in_doubt=in_doubt)


def for_others(error: object, seconds: float) -> StoreUnavailable | None:
    """Return what jobs fail with that wait behind one that failed with *error*.

    None if each should be tried.  But where a try takes as many *seconds* as this one
    did, the last of them would wait for hours.
    """
    if isinstance(error, StoreFull) or not isinstance(error, StoreUnavailable):
        return None
    return unavailable(error.detail) if seconds > _SLOW_SECONDS else None


def _kind(original: BaseException | None) -> type[StoreUnavailable] | None:
    if isinstance(original, sqlite3.Error):
        code = getattr(original, "sqlite_errorcode", 0) & 0xFF
        if code == _SQLITE_FULL:
            return StoreFull
        return StoreUnavailable if code in _SQLITE_PASSING else None
    sqlstate = getattr(original, "sqlstate", None)
    if sqlstate in _POSTGRESQL_FULL:
        return StoreFull
    if sqlstate is None:
        is_passing = type(original).__name__ in _PSYCOPG_CONNECTION
    else:
        is_passing = sqlstate.startswith(_POSTGRESQL_PASSING)
    return StoreUnavailable if is_passing else None


def _one_line(error: object) -> str:
    return " ".join(str(error).split())


def _original(error: Exception) -> BaseException | None:
    return error.orig if isinstance(error, DBAPIError) else error
