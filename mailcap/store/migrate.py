"""Bringing an older database up to date, by Alembic."""

from __future__ import annotations

from importlib.resources import files

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from mailcap.domain.errors import ConfigurationError
from mailcap.store.creation import SCHEMA_REVISION, create_or_check, revision
from mailcap.store.database import Database, transact


def check(url: str) -> str:
    """Return the revision of the database at *url*.

    Raises `SchemaMismatch` if it is not today's, `ConfigurationError` if there is no
    database or it cannot be used.
    """
    database = Database(url)
    if _revision(database) is None:
        raise ConfigurationError("The database is empty: the first start of mailcap fills it.")
    create_or_check(database)
    return SCHEMA_REVISION


def upgrade(url: str) -> str:
    """Bring the database at *url* up to date, all or nothing; return its revision.

    Raises `ConfigurationError` if there is nothing to upgrade or it cannot be used.
    """
    database = Database(url)
    found = _revision(database)
    if found is None:
        raise ConfigurationError("The database is empty: the first start of mailcap fills it.")
    if found > SCHEMA_REVISION:
        create_or_check(database)  # explains, by raising
    try:
        transact(database.writer, _upgrade)
    except DBAPIError as error:
        raise ConfigurationError(f"The upgrade failed and was undone: {error.orig}") from error
    finally:
        database.stop()
    return SCHEMA_REVISION


def alembic_config(connection: Connection) -> Config:
    """Return Alembic's configuration for work over *connection*."""
    config = Config()
    config.set_main_option("script_location", str(files("mailcap.store.migrations")))
    config.attributes["connection"] = connection
    return config


def _revision(database: Database) -> str | None:
    path = database.url.database
    if database.is_sqlite and path:
        from pathlib import Path

        if not Path(path).is_file():
            raise ConfigurationError(f"There is no database file {path}.")
    try:
        return transact(database.writer, revision)
    except DBAPIError as error:
        raise ConfigurationError(f"The database cannot be used: {error.orig}") from error


def _upgrade(connection: Connection) -> None:
    command.upgrade(alembic_config(connection), "head")
