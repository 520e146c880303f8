"""Rows of numbers as one parameter, for statements about many rows at once."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, TableValuedAlias, Text, bindparam, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class _Items(FunctionElement[str]):
    """The elements of a JSON array, as rows."""

    name = "items"
    type = Text()
    inherit_cache = True


class item(FunctionElement[int]):  # noqa: N801  it reads as a function of SQL
    """The number at *place*, counted from 0, in a row of `items`."""

    name = "item"
    type = BigInteger()
    inherit_cache = True

    def __init__(self, rows: TableValuedAlias, place: int) -> None:
        super().__init__(rows.c.value, literal_column(str(place)))


def items(parameter: str) -> TableValuedAlias:
    """Return a table whose rows are in *parameter*: as JSON, an array of arrays."""
    rows = _Items(bindparam(parameter, type_=Text()))
    return rows.table_valued("value", name=f"given_{parameter}")


@compiles(_Items, "sqlite")
def _items_sqlite(element: _Items, compiler: SQLCompiler, **kw: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **kw)})"


@compiles(_Items, "postgresql")
def _items_postgresql(element: _Items, compiler: SQLCompiler, **kw: Any) -> str:
    return f"json_array_elements(CAST({compiler.process(element.clauses, **kw)} AS json))"


@compiles(item, "sqlite")
def _item_sqlite(element: item, compiler: SQLCompiler, **kw: Any) -> str:
    row, place = (compiler.process(one, **kw) for one in element.clauses)
    return f"json_extract({row}, '$[{place}]')"


@compiles(item, "postgresql")
def _item_postgresql(element: item, compiler: SQLCompiler, **kw: Any) -> str:
    row, place = (compiler.process(one, **kw) for one in element.clauses)
    return f"({row}->>{place})::bigint"
