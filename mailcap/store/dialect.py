"""The few things that SQLite and PostgreSQL spell differently.

Statements are made once, as constants: building one costs more than running it.
So what differs is decided when a statement is compiled, or by a parameter's type.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    ColumnElement,
    CompoundSelect,
    Connection,
    Dialect,
    Select,
    Text,
    bindparam,
    func,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import Sequence as NumberSequence
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


@compiles(among, "sqlite")
def _among_sqlite(element: among, compiler: SQLCompiler, **kw: Any) -> str:
    column, values = element.clauses
    name, parameter = compiler.process(column, **kw), compiler.process(values, **kw)
    return f"{name} IN (SELECT value FROM json_each({parameter}))"  # noqa: S608  both are ours


@compiles(among, "postgresql")
def _among_postgresql(element: among, compiler: SQLCompiler, **kw: Any) -> str:
    column, values = element.clauses
    return f"{compiler.process(column, **kw)} = ANY ({compiler.process(values, **kw)})"


# SQLite's module lets other threads run at every row that it stores or returns, and
# each time the writer then waits for the reactor's thread to give the interpreter
# back.  So what belongs to a batch goes in, and comes out, in few steps.


class InsertMany:
    """An INSERT of many rows, as text that the driver takes as it is.

    Core would look at each value of each row, which costs more than storing them.
    """

    _CHUNKS = (64, 16, 4, 1)  # few numbers of rows, so that few statements are prepared

    def __init__(self, table: Table) -> None:
        self._names = [column.name for column in table.columns]
        head = f"INSERT INTO {table.name} ({', '.join(self._names)}) VALUES "  # noqa: S608  ours
        self._texts = {
            (dialect, rows): head + ", ".join([f"({', '.join([mark] * len(self._names))})"] * rows)
            for dialect, mark in (("sqlite", "?"), ("postgresql", "%s"))
            for rows in self._CHUNKS
        }

    def execute(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert *rows*, which have plain values for all columns."""
        start = 0
        for size in self._CHUNKS:
            text = self._texts[connection.dialect.name, size]
            while len(rows) - start >= size:
                chunk = rows[start : start + size]
                values = tuple([row[name] for row in chunk for name in self._names])
                connection.exec_driver_sql(text, values)
                start += size


class SelectWhole:
    """A SELECT of texts and numbers whose rows come all at once."""

    def __init__(self, statement: Select[Any] | CompoundSelect[Any]) -> None:
        self._statement = statement
        columns = statement.subquery().c
        self._packed = select(func.json_group_array(func.json_array(*columns), type_=Text))

    def execute(
        self, connection: Connection, parameters: Mapping[str, Any]
    ) -> Sequence[Sequence[Any]]:
        """Return the rows, in no order."""
        if is_sqlite(connection):
            packed: str = connection.execute(self._packed, parameters).scalar_one()
            return cast("list[list[Any]]", json.loads(packed))
        return connection.execute(self._statement, parameters).all()


def is_sqlite(connection: Connection) -> bool:
    """Whether this is an SQLite database."""
    return connection.dialect.name == "sqlite"


def insert_or_update(connection: Connection, table: Table, column: str) -> Insert:
    """Return an INSERT that sets *column* where the primary key is there already."""
    insert = sqlite.insert(table) if is_sqlite(connection) else postgresql.insert(table)
    return insert.on_conflict_do_update(
        index_elements=list(table.primary_key), set_={column: insert.excluded[column]}
    )


_TAKE_NUMBERS = (
    update(store)
    .values(
        last_body=store.c.last_body + bindparam("bodies"),
        last_message=store.c.last_message + bindparam("messages"),
    )
    .returning(store.c.last_body, store.c.last_message)
)


def new_numbers(
    connection: Connection, *, bodies: int, messages: int
) -> tuple[list[int], list[int]]:
    """Return that many unused numbers for bodies and for messages, rising."""
    if not is_sqlite(connection):
        return (
            _next(connection, body_numbers, bodies),
            _next(connection, message_numbers, messages),
        )
    last_body, last_message = connection.execute(
        _TAKE_NUMBERS, {"bodies": bodies, "messages": messages}
    ).one()
    return (
        list(range(last_body - bodies + 1, last_body + 1)),
        list(range(last_message - messages + 1, last_message + 1)),
    )


def _next(connection: Connection, sequence: NumberSequence, count: int) -> list[int]:
    series = func.generate_series(1, bindparam("count", count)).table_valued("n")
    return sorted(connection.scalars(select(sequence.next_value()).select_from(series)))


def lock_ownership(connection: Connection, *, exclusive: bool) -> None:
    """Until the commit, let nobody change who owns what.

    Whoever changes it asks for the *exclusive* lock; the intake, which only relies
    on it, shares it.  SQLite has one writer at a time anyway.
    """
    if not is_sqlite(connection):
        lock = func.pg_advisory_xact_lock if exclusive else func.pg_advisory_xact_lock_shared
        connection.execute(select(lock(_OWNERSHIP_LOCK)))
