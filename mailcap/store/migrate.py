"""Bringing an older database up to date, by Alembic."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from mailcap.domain.errors import ConfigurationError, StoreUnavailable
from mailcap.store import creation
from mailcap.store.creation import SCHEMA_REVISION
from mailcap.store.database import Database, transact
from mailcap.store.dialect import is_sqlite, run_text


def check(url: str) -> str:
    """Return the revision of the database at *url*.

    Raises `SchemaMismatch` if it is not today's, `ConfigurationError` if there is no
    database or it cannot be used.
    """
    with _database(url) as database:
        creation.check(database)
    return SCHEMA_REVISION


def upgrade(url: str) -> str:
    """Bring the database at *url* up to date, all or nothing; return its revision.

    Raises `SchemaMismatch` if it is newer, `ConfigurationError` if there is nothing to
    upgrade or it cannot be used.
    """
    with _database(url) as database:
        found = creation.existing_revision(database)
        if found > SCHEMA_REVISION:
            raise creation.mismatch(found)
        try:
            transact(database.writer, _upgrade)
        except (DBAPIError, StoreUnavailable, CommandError) as error:
            reason = getattr(error, "orig", None) or getattr(error, "detail", error)
            raise ConfigurationError(f"The upgrade failed and was undone: {reason}") from error
    return SCHEMA_REVISION


def alembic_config(connection: Connection) -> Config:
    """Return Alembic's configuration for work over *connection*."""
    config = Config()
    config.set_main_option("script_location", str(files("mailcap.store.migrations")))
    config.attributes["connection"] = connection
    return config


@contextmanager
def _database(url: str) -> Iterator[Database]:
    database = Database(url)
    try:
        yield database
    finally:
        database.disconnect()


def _upgrade(connection: Connection) -> None:
    if not is_sqlite(connection):  # it may compute for as long as it takes
        run_text(connection, "SET LOCAL idle_in_transaction_session_timeout = 0", ()).close()
    command.upgrade(alembic_config(connection), "head")
