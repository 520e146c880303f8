"""An empty database gets its tables; one with tables is checked, never changed."""

from __future__ import annotations

import os
import time

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
SCHEMA_REVISION = "0001"

_CREATION_LOCK = 0x6D61696D  # an arbitrary number of ours

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
    try:
        return transact(database.writer, _create_or_check, time.time())
    except (DBAPIError, StoreUnavailable) as error:
        reason = getattr(error, "orig", None) or error
        raise ConfigurationError(
            f"The database {database.url.render_as_string()} cannot be used: {reason}"
        ) from error


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
        raise SchemaMismatch(_explain(found))
    metadata.create_all(connection)
    alembic_version.create(connection)
    connection.execute(insert(alembic_version).values(version_num=SCHEMA_REVISION))
    connection.execute(
        insert(store).values(
            id=1, epoch=int(now), last_body=0, last_message=0, created=int(now * 1000)
        )
    )
    return True


def _explain(found: str) -> str:
    if found < SCHEMA_REVISION:
        return (
            f"The database has schema {found}, this mailcap needs {SCHEMA_REVISION}: "
            "stop every mailcap that uses it, make a backup, and run `mailcap db upgrade`."
        )
    return (
        f"The database has schema {found}, which is newer than {SCHEMA_REVISION}, "
        "the newest that this mailcap knows: install the version that made it."
    )


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
