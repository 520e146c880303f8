"""An empty database gets its tables; one with tables is checked, never changed."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import (
    Column,
    Connection,
    MetaData,
    String,
    Table,
    func,
    insert,
    inspect,
    select,
)
from sqlalchemy.exc import DBAPIError

from mailcap.domain.errors import ConfigurationError, SchemaMismatch, StoreUnavailable
from mailcap.store.database import Database, transact
from mailcap.store.dialect import is_sqlite
from mailcap.store.schema import metadata, store

# The newest file in migrations/versions; a test compares them.  Alembic itself is
# loaded only for an upgrade, since it would double the time to start.
SCHEMA_REVISION = "0005"

_START_FIRST = "start mailcap first (twistd -n mailcap); it makes what is needed."
_CREATION_LOCK = 0x6D61696D  # an arbitrary number of ours
_SECRET_OCTETS = 32

alembic_version = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), primary_key=True),
)


def create_or_check(database: Database) -> bool:
    """Make the tables if there are none, all or nothing; return whether they were made.

    Raises `SchemaMismatch` or `ConfigurationError`.
    """
    _make_private(database)
    with _failures_explained(database):
        created = transact(database.writer, _create_or_check, time.time())
        database.use_wal()  # only now: before, it may have been anybody's file
        return created


def check(database: Database) -> None:
    """Check the tables; make nothing, not even a file.

    Raises `SchemaMismatch`, or `ConfigurationError` if there are none.
    """
    found = existing_revision(database)
    if found != SCHEMA_REVISION:
        raise mismatch(found)


def existing_revision(database: Database) -> str:
    """Return the revision of the tables.

    Raises `ConfigurationError` if there are none or they cannot be looked at.
    """
    path = database.url.database
    if database.is_sqlite and path and not Path(path).exists():
        raise ConfigurationError(f"There is no database {path} yet: {_START_FIRST}")
    with _failures_explained(database):
        found = transact(database.writer, revision)
    if found is None:
        raise ConfigurationError(f"The database {_shown(database)} is empty: {_START_FIRST}")
    return found


def revision(connection: Connection) -> str | None:
    """Return the revision of the tables that are there, None if there are none."""
    tables = set(inspect(connection).get_table_names())
    if alembic_version.name in tables:
        return connection.scalar(select(alembic_version.c.version_num))
    if tables:
        raise ConfigurationError(
            "The database has tables that mailcap did not make; give it one of its own."
        )
    return None


def ping(connection: Connection) -> None:
    """Ask the database for something that is always there."""
    connection.scalar(select(store.c.epoch))


def _create_or_check(connection: Connection, now: float) -> bool:
    if not is_sqlite(connection):  # of two first starts, one waits
        connection.execute(select(func.pg_advisory_xact_lock(_CREATION_LOCK)))
    found = revision(connection)
    if found == SCHEMA_REVISION:
        return False
    if found is not None:
        raise mismatch(found)
    metadata.create_all(connection)
    alembic_version.create(connection)
    connection.execute(insert(alembic_version).values(version_num=SCHEMA_REVISION))
    connection.execute(
        insert(store).values(
            id=1,
            epoch=int(now),
            last_body=0,
            last_message=0,
            alias_secret=secrets.token_bytes(_SECRET_OCTETS),
            created=int(now * 1000),
        )
    )
    return True


def mismatch(found: str) -> SchemaMismatch:
    """Return what to raise for tables of revision *found*, which is not today's."""
    if found < SCHEMA_REVISION:
        return SchemaMismatch(
            f"The database has schema {found}, this mailcap needs {SCHEMA_REVISION}: "
            "stop every mailcap that uses it, make a backup, and run `mailcap db upgrade`."
        )
    return SchemaMismatch(
        f"The database has schema {found}, which is newer than {SCHEMA_REVISION}, "
        "the newest that this mailcap knows: install the version that made it."
    )


@contextmanager
def _failures_explained(database: Database) -> Iterator[None]:
    try:
        yield
    except (DBAPIError, StoreUnavailable) as error:
        cause = error.__cause__ if isinstance(error, StoreUnavailable) else error
        reason = " ".join(str(getattr(cause, "orig", cause)).split())  # may have many lines
        raise ConfigurationError(
            f"The database {_shown(database)} cannot be used: {reason}"
        ) from error


def _shown(database: Database) -> str:
    """Return the URL without what may be secret in it."""
    url = database.url
    return url.set(drivername=url.get_backend_name(), query={}).render_as_string()


def _make_private(database: Database) -> None:
    """Create an SQLite file readable by its owner only, before SQLite does."""
    path = database.url.database
    if database.is_sqlite and path:
        try:
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        except OSError as error:
            raise ConfigurationError(
                f"The database file {path} cannot be opened: {error.strerror}"
            ) from error
