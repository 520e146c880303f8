"""A fresh database is made and stamped; another one is refused with the remedy."""

import re
import sqlite3
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import text

from mailcap.domain.errors import ConfigurationError, SchemaMismatch, StoreUnavailable
from mailcap.store import Store
from mailcap.store.creation import SCHEMA_REVISION
from mailcap.store.database import transact
from mailcap.store.migrate import alembic_config, check, upgrade
from mailcap.store.schema import metadata
from support.stores import run


def execute(store: Store, *statements: str) -> None:
    def work(connection) -> None:
        for statement in statements:
            connection.execute(text(statement))

    transact(store._database.writer, work)


def shape(store: Store) -> object:
    """Return all that a database says of its tables, indexes and sequences."""

    def work(connection) -> list[tuple]:
        if connection.dialect.name == "sqlite":
            rows = connection.execute(text("SELECT type, name, sql FROM sqlite_master")).all()
            return sorted(
                (kind, name, normalised(sql))
                for kind, name, sql in rows
                if name != "alembic_version"
            )
        columns = connection.execute(
            text(
                "SELECT c.relname, c.relkind, a.attname, a.attnotnull, a.attstorage, "
                "format_type(a.atttypid, a.atttypmod), pg_get_expr(d.adbin, d.adrelid) "
                "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
                "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 "
                "LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum "
                "WHERE n.nspname = 'public' AND c.relname <> 'alembic_version'"
            )
        )
        indexes = connection.execute(
            text("SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'")
        )
        constraints = connection.execute(
            text(
                "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) "
                "FROM pg_constraint WHERE connamespace = 'public'::regnamespace"
            )
        )
        return sorted(repr(tuple(row)) for rows in (columns, indexes, constraints) for row in rows)

    return transact(store._database.writer, work)


def normalised(sql: str | None) -> object:
    """Return the parts of a CREATE statement, whatever their order and spacing."""
    if sql is None:
        return None
    flat = re.sub(r"\s+", " ", sql.replace('"', "")).strip()
    head, _, body = flat.partition("(")
    inside, _, tail = body.rpartition(")")
    parts = (part.strip() for part in re.split(r", (?![^(]*\))", inside))
    return head.strip(), sorted(parts), tail.strip()


def test_the_second_start_finds_what_the_first_made(store_url: str) -> None:
    first, second = Store(store_url), Store(store_url)
    assert first.open() is True
    first.close()
    assert second.open() is False
    second.close()
    assert check(store_url) == SCHEMA_REVISION


def test_the_stamp_is_the_newest_migration(store_url: str) -> None:
    store = Store(store_url)
    store.open()

    def newest(connection) -> str | None:
        return ScriptDirectory.from_config(alembic_config(connection)).get_current_head()

    assert transact(store._database.writer, newest) == SCHEMA_REVISION
    store.close()


def test_upgraded_equals_fresh(store_url: str) -> None:
    store = Store(store_url)
    store.open()
    fresh = shape(store)
    execute(store, *drop_everything(store_url), "UPDATE alembic_version SET version_num = '0000'")
    with pytest.raises(SchemaMismatch, match="mailcap db upgrade"):
        Store(store_url).open()
    execute(store, "DELETE FROM alembic_version")
    from_nothing(store)
    assert shape(store) == fresh
    store.close()


def drop_everything(url: str) -> list[str]:
    """Return what leaves nothing but Alembic's stamp."""
    tables = [f"DROP TABLE {table.name}" for table in reversed(metadata.sorted_tables)]
    if url.startswith("sqlite"):
        return tables
    return [*tables, "DROP SEQUENCE body_numbers", "DROP SEQUENCE message_numbers"]


def from_nothing(store: Store) -> None:
    transact(
        store._database.writer,
        lambda connection: command.upgrade(alembic_config(connection), "head"),
    )


def test_an_upgrade_of_todays_database_changes_nothing(store_url: str) -> None:
    store = Store(store_url)
    store.open()
    before = shape(store)
    assert upgrade(store_url) == SCHEMA_REVISION
    assert shape(store) == before
    store.close()


def test_a_newer_database_is_refused(store_url: str) -> None:
    store = Store(store_url)
    store.open()
    execute(store, "UPDATE alembic_version SET version_num = '9999'")
    for operation in (lambda: Store(store_url).open(), lambda: check(store_url)):
        with pytest.raises(SchemaMismatch, match="newer"):
            operation()
    with pytest.raises(SchemaMismatch, match="newer"):
        upgrade(store_url)
    store.close()


def test_a_foreign_database_is_left_alone(store_url: str) -> None:
    store = Store(store_url)
    execute(store, "CREATE TABLE somebody_elses (x INTEGER)")
    with pytest.raises(ConfigurationError, match="did not make"):
        store.open()
    store.close()


@pytest.mark.parametrize("operation", [check, upgrade])
def test_there_is_nothing_to_upgrade(store_url: str, operation) -> None:
    with pytest.raises(ConfigurationError, match=r"(is empty|There is no database .* yet): start"):
        operation(store_url)


def test_nothing_is_made_unless_that_is_wanted(store_url: str, tmp_path: Path) -> None:
    store = Store(store_url)
    with pytest.raises(ConfigurationError, match="start mailcap first") as refusal:
        store.open(create=False)
    assert len(refusal.value.problems) == 1
    assert list(tmp_path.iterdir()) == []
    assert store.open() is True  # it was as empty as before
    assert store.open(create=False) is False
    store.close()


def test_an_empty_file_stays_without_tables(tmp_path: Path) -> None:
    (tmp_path / "mailcap.db").touch()
    store = Store(f"sqlite:///{tmp_path}/mailcap.db")
    with pytest.raises(ConfigurationError, match="is empty: start mailcap first"):
        store.open(create=False)
    assert shape(store) == []
    store.close()


@pytest.mark.parametrize("stamp", ["0000", "9999"])
def test_another_schema_is_refused_without_making_one_too(store_url: str, stamp: str) -> None:
    store = Store(store_url)
    store.open()
    execute(store, f"UPDATE alembic_version SET version_num = '{stamp}'")
    with pytest.raises(SchemaMismatch, match=stamp):
        Store(store_url).open(create=False)
    store.close()


def test_an_upgrade_from_a_schema_that_nobody_knows(store_url: str) -> None:
    store = Store(store_url)
    store.open()
    before = shape(store)
    execute(store, "UPDATE alembic_version SET version_num = '0000'")
    with pytest.raises(ConfigurationError, match=r"The upgrade failed and was undone: .*0000"):
        upgrade(store_url)
    assert shape(store) == before
    store.close()


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "mailcap.db"
    path.write_text("Dear diary, this is no database. " * 200)
    with pytest.raises(ConfigurationError, match="not a database"):
        Store(f"sqlite:///{path}").open()


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be opened"):
        Store(f"sqlite:///{tmp_path}/nowhere/mailcap.db").open()


def test_a_server_that_is_not_there() -> None:
    for options in ({}, {"create": False}):
        with pytest.raises(ConfigurationError) as refusal:
            Store("postgresql://me:secret@127.0.0.1:1/none?password=geheim").open(**options)
        (problem,) = refusal.value.problems
        start = (
            "The database postgresql://me:***@127.0.0.1:1/none cannot be used: connection failed"
        )
        assert problem.startswith(start)
        assert "secret" not in problem
        assert "geheim" not in problem
        assert "\n" not in problem


@pytest.mark.parametrize("url", ["mysql://x/y", "nonsense", "sqlite://", "sqlite:///:memory:"])
def test_other_kinds_of_database(url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"storage\.url"):
        Store(url)


def test_a_file_that_is_not_ours_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE theirs (x)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(ConfigurationError):
        Store(f"sqlite:///{path}").open()
    assert path.read_bytes() == before


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/mailcap.db")
    store.open()
    run(store.ping())
    assert [oct(path.stat().st_mode & 0o777) for path in tmp_path.iterdir()] == ["0o600"] * 3
    store.close()


def test_foreign_keys_bite(store_url: str) -> None:
    store = Store(store_url)
    store.open()
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        execute(
            store, "INSERT INTO keys (account_id, label, digest, created) VALUES (9, '', '', 0)"
        )
    store.close()


def test_commits_are_synced(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/mailcap.db")
    store.open()

    def settings(connection) -> list[int | str]:
        return [
            connection.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]

    assert transact(store._database.writer, settings) == ["wal", 2, 1]
    store.close()


def test_readers_cannot_write(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/mailcap.db")
    store.open()
    with pytest.raises(StoreUnavailable) as error:
        transact(
            store._database._reader,
            lambda connection: connection.execute(text("DELETE FROM store")).close(),
        )
    assert "readonly" in error.value.detail
    store.close()
