"""Bringing an older database up to date, by Alembic."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from mailcap.domain.errors import ConfigurationError, StoreUnavailable
from mailcap.store.creation import SCHEMA_REVISION, create_or_check, revision
from mailcap.store.database import Database, transact


def check(url: str) -> str:
    """Return the revision of the database at *url*.

    Raises `SchemaMismatch` if it is not today's, `ConfigurationError` if there is no
    database or it cannot be used.
    """
    with _existing(url) as database:
        create_or_check(database)
    return SCHEMA_REVISION


def upgrade(url: str) -> str:
    """Bring the database at *url* up to date, all or nothing; return its revision.

    Raises `ConfigurationError` if there is nothing to upgrade or it cannot be used.
    """
    with _existing(url) as database:
        if _revision(database) > SCHEMA_REVISION:
            create_or_check(database)  # explains, by raising
        try:
            transact(database.writer, _upgrade)
        except DBAPIError as error:
            raise ConfigurationError(f"The upgrade failed and was undone: {error.orig}") from error
    return SCHEMA_REVISION


def alembic_config(connection: Connection) -> Config:
    """Return Alembic's configuration for work over *connection*."""
    config = Config()
    config.set_main_option("script_location", str(files("mailcap.store.migrations")))
    config.attributes["connection"] = connection
    return config


@contextmanager
def _existing(url: str) -> Iterator[Database]:
    """Open a database that has tables."""
    database = Database(url)
    path = database.url.database
    if database.is_sqlite and path and not Path(path).is_file():
        raise ConfigurationError(f"There is no database file {path}.")
    try:
        _revision(database)
        yield database
    finally:
        database.disconnect()


def _revision(database: Database) -> str:
    try:
        found = transact(database.writer, revision)
    except (DBAPIError, StoreUnavailable) as error:
        raise ConfigurationError(f"The database cannot be used: {error}") from error
    if found is None:
        raise ConfigurationError("The database is empty: the first start of mailcap fills it.")
    return found


def _upgrade(connection: Connection) -> None:
    command.upgrade(alembic_config(connection), "head")
