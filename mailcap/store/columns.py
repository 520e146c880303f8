"""A column of many rows as one text, made by the database: see `mailcap.store.lines`."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import LargeBinary, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class column(FunctionElement[str]):  # noqa: N801  it reads as a function of SQL
    """All values of a column that are not NULL, in the order of their subquery.

    They have to be numbers, or texts that are JSON.
    """

    name = "column"
    type = Text()
    inherit_cache = True


@compiles(column, "sqlite")
def _column_sqlite(element: column, compiler: SQLCompiler, **kw: Any) -> str:
    return f"group_concat({compiler.process(element.clauses, **kw)})"


@compiles(column, "postgresql")
def _column_postgresql(element: column, compiler: SQLCompiler, **kw: Any) -> str:
    return f"string_agg(CAST({compiler.process(element.clauses, **kw)} AS text), ',')"


class octets(FunctionElement[bytes]):  # noqa: N801
    """All octets of a column behind each other, in the order of their subquery."""

    name = "octets"
    type = LargeBinary()
    inherit_cache = True


@compiles(octets, "sqlite")
def _octets_sqlite(element: octets, compiler: SQLCompiler, **kw: Any) -> str:
    return f"CAST(group_concat({compiler.process(element.clauses, **kw)}, '') AS BLOB)"


@compiles(octets, "postgresql")
def _octets_postgresql(element: octets, compiler: SQLCompiler, **kw: Any) -> str:
    return f"string_agg({compiler.process(element.clauses, **kw)}, CAST('' AS bytea))"


def values(text: str | None) -> list[Any]:
    """Return the values of a `column`."""
    found: list[Any] = json.loads(f"[{text or ''}]")
    return found
