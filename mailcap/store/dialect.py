"""The few things that SQLite and PostgreSQL spell differently.

Statements are made once, as constants: building one costs more than running it.
So what differs is decided when a statement is compiled, or by a parameter's type.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, cast

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    ClauseElement,
    ColumnElement,
    Connection,
    Dialect,
    Engine,
    TableValuedAlias,
    Text,
    bindparam,
    func,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import Table
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import Insert
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

from mailcap.store.schema import body_numbers, message_numbers, store

_OWNERSHIP_LOCK = 0x6D61696C  # an arbitrary number of ours


class _List(TypeDecorator[Any]):
    """A list as one parameter: JSON for SQLite, an array for PostgreSQL."""

    impl = Text
    cache_ok = True

    def __init__(self, item: type[TypeEngine[Any]]) -> None:
        super().__init__()
        self.item = item

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(Text())
        return dialect.type_descriptor(ARRAY(self.item))

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return json.dumps(list(value)) if dialect.name == "sqlite" else list(value)


class among(FunctionElement[bool]):  # noqa: N801  it reads as a function of SQL
    """The condition that *column* is one of *values*.

    *values* is a collection, or the name of a parameter that will be one.  Unlike
    ``IN (?, ?, …)`` the statement is the same for any number of values.
    """

    name = "among"
    type = Boolean()
    inherit_cache = True

    def __init__(self, column: ColumnElement[Any], values: Collection[Any] | str) -> None:
        kind = _List(Text if isinstance(column.type, Text) else BigInteger)
        parameter = (
            bindparam(values, type_=kind)
            if isinstance(values, str)
            else bindparam(None, list(values), type_=kind)
        )
        super().__init__(column, parameter)

    def self_group(self, against: Any = None) -> Any:  # noqa: ARG002
        """Return itself: as "… = 1", which SQLite would be told, it would use no index."""
        return self


@compiles(among, "sqlite")
def _among_sqlite(element: among, compiler: SQLCompiler, **kw: Any) -> str:
    column, values = element.clauses
    name, parameter = compiler.process(column, **kw), compiler.process(values, **kw)
    return f"{name} IN (SELECT value FROM json_each({parameter}))"  # noqa: S608  both are ours


@compiles(among, "postgresql")
def _among_postgresql(element: among, compiler: SQLCompiler, **kw: Any) -> str:
    column, values = element.clauses
    return f"{compiler.process(column, **kw)} = ANY ({compiler.process(values, **kw)})"


# What is done for every message goes past Core's way of running statements, which
# takes several times as long as the database does.


def run_text(
    connection: Connection, statement: str, values: Sequence[Any] | Mapping[str, Any]
) -> DBAPICursor:
    """Run *statement* on the driver's own cursor, and return that."""
    cursor = connection.connection.cursor()
    cursor.execute(statement, values)
    return cursor


def pipelined(connection: Connection) -> AbstractContextManager[Any]:
    """Send statements without waiting for the outcome of those before, as far as it can.

    What fails is raised when a result is fetched, or at the end.
    """
    if is_sqlite(connection):
        return nullcontext()
    driver: Any = connection.connection.driver_connection
    return cast("AbstractContextManager[Any]", driver.pipeline())


class Prepared:
    """A statement whose text is made once."""

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement
        self._compiled: dict[str, tuple[SQLCompiler, dict[str, Any]]] = {}

    def execute(self, connection: Connection, **parameters: Any) -> list[tuple[Any, ...]]:
        """Run it and return all rows, as the driver gives them."""
        compiled, processors = self._for(connection.dialect)
        values = compiled.construct_params(parameters)
        for name, process in processors.items():
            values[name] = process(values[name])
        order = compiled.positiontup
        cursor = run_text(
            connection, compiled.string, values if order is None else [values[one] for one in order]
        )
        rows = cast("list[tuple[Any, ...]]", cursor.fetchall())
        cursor.close()
        return rows

    def _for(self, dialect: Dialect) -> tuple[SQLCompiler, dict[str, Any]]:
        found = self._compiled.get(dialect.name)
        if found is None:
            compiled = cast("SQLCompiler", self._statement.compile(dialect=dialect))
            types = {name: bind.type for name, bind in compiled.binds.items()}
            processors = {
                name: process
                for name, type_ in types.items()
                if (process := type_.dialect_impl(dialect).bind_processor(dialect))
            }
            found = self._compiled[dialect.name] = (compiled, processors)
        return found


class InsertMany:
    """An INSERT of many rows in few statements.

    *names* are the columns that every row has; *expressions* are SQL for others.  With
    *lenient*, rows that are there already stay as they are.
    """

    _CHUNKS = (64, 16, 4, 1)  # few numbers of rows, so that few statements are prepared

    def __init__(
        self,
        table: Table,
        names: Sequence[str] | None = None,
        *,
        expressions: Mapping[str, str] | None = None,
        lenient: bool = False,
    ) -> None:
        self._names = names or [column.name for column in table.columns]
        self._head = f"INSERT INTO {table.name} "
        self._expressions = expressions or {}
        self._tail = " ON CONFLICT DO NOTHING" if lenient else ""
        self._texts: dict[tuple[bool, int], str] = {}

    def execute(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert *rows*, which have plain values for all *names*."""
        start = 0
        for size in self._CHUNKS:
            while len(rows) - start >= size:
                chunk = rows[start : start + size]
                values = [row[name] for row in chunk for name in self._names]
                cursor = _raw_cursor(connection)
                cursor.execute(self._text(size, sqlite=is_sqlite(connection)), values)
                cursor.close()
                start += size

    def _text(self, size: int, *, sqlite: bool) -> str:
        text = self._texts.get((sqlite, size))
        if text is None:
            columns = ", ".join([*self._names, *self._expressions])
            width = len(self._names)
            marks = [f"?{n}" if sqlite else f"${n}" for n in range(1, size * width + 1)]
            rows = ", ".join(
                f"({', '.join([*marks[n * width : (n + 1) * width], *self._expressions.values()])})"
                for n in range(size)
            )
            text = f"{self._head}({columns}) VALUES {rows}{self._tail}"
            self._texts[sqlite, size] = text
        return text


def _raw_cursor(connection: Connection) -> Any:
    """Return a cursor for statements with numbered parameters."""
    if is_sqlite(connection):
        return connection.connection.cursor()
    # psycopg's other cursors look through a long statement for parameters each time.
    from psycopg import RawCursor

    driver: Any = connection.connection.driver_connection
    return RawCursor(driver)


def is_sqlite(connection: Connection) -> bool:
    """Whether this is an SQLite database."""
    return connection.dialect.name == "sqlite"


def insert_or_update(connection: Connection, table: Table, column: str) -> Insert:
    """Return an INSERT that sets *column* where the primary key is there already."""
    insert = sqlite.insert(table) if is_sqlite(connection) else postgresql.insert(table)
    return insert.on_conflict_do_update(
        index_elements=list(table.primary_key), set_={column: insert.excluded[column]}
    )


_TAKE_NUMBERS = Prepared(
    update(store)
    .values(
        last_body=store.c.last_body + bindparam("bodies"),
        last_message=store.c.last_message + bindparam("messages"),
    )
    .returning(store.c.last_body, store.c.last_message)
)


def _series(count: str) -> TableValuedAlias:
    return func.generate_series(1, bindparam(count)).table_valued("n")


_NEXT_NUMBERS = Prepared(
    select(
        func.array(
            select(body_numbers.next_value()).select_from(_series("bodies")).scalar_subquery()
        ),
        func.array(
            select(message_numbers.next_value()).select_from(_series("messages")).scalar_subquery()
        ),
    )
)


def new_numbers(
    connection: Connection, *, bodies: int, messages: int
) -> tuple[list[int], list[int]]:
    """Return that many unused numbers for bodies and for messages, rising."""
    take = _TAKE_NUMBERS if is_sqlite(connection) else _NEXT_NUMBERS
    ((of_bodies, of_messages),) = take.execute(connection, bodies=bodies, messages=messages)
    if not is_sqlite(connection):
        return sorted(of_bodies), sorted(of_messages)
    return (
        list(range(of_bodies - bodies + 1, of_bodies + 1)),
        list(range(of_messages - messages + 1, of_messages + 1)),
    )


# "Shared" is the lock of those who rely on what others, exclusively, change.
_SHARE_OWNERSHIP = f"SELECT pg_advisory_xact_lock_shared({_OWNERSHIP_LOCK})"
_TAKE_OWNERSHIP = f"SELECT pg_advisory_xact_lock({_OWNERSHIP_LOCK})"


def lock_ownership(connection: Connection, *, exclusive: bool) -> None:
    """Until the commit, let nobody change who owns what.

    Whoever changes it asks for the *exclusive* lock; the intake, which only relies
    on it, shares it.  SQLite has one writer at a time anyway.
    """
    if not is_sqlite(connection):
        run_text(connection, _TAKE_OWNERSHIP if exclusive else _SHARE_OWNERSHIP, ()).close()


def connect_alone(engine: Engine) -> Any:
    """Return a connection to PostgreSQL of psycopg's, outside of any pool or transaction."""
    arguments, more = engine.dialect.create_connect_args(engine.url)
    return engine.dialect.loaded_dbapi.connect(*arguments, **{**more, "autocommit": True})
