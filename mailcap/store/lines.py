"""Many rows as one text, made by the database.

The module of SQLite lets other threads run at each row that it returns, and then
waits for them to give the interpreter back; so a list comes as one row.  Each of its
lines is a JSON array, and the same line always means the same.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, LargeBinary, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class line(FunctionElement[str]):  # noqa: N801  it reads as a function of SQL
    """Values as a JSON array, which has no line break in it.

    Octets are taken for text in UTF-8.  What a boolean is depends on the database.
    """

    name = "line"
    type = Text()
    inherit_cache = True


class lines(FunctionElement[str]):  # noqa: N801
    """All values of a column, each on a line of its own; NULL if there are none.

    They are in the order of the subquery that they come from.
    """

    name = "lines"
    type = Text()
    inherit_cache = True


class in_hex(FunctionElement[str]):  # noqa: N801
    """Octets as hexadecimal digits."""

    name = "in_hex"
    type = Text()
    inherit_cache = True


@compiles(line, "sqlite")
def _line_sqlite(element: line, compiler: SQLCompiler, **kw: Any) -> str:
    return f"json_array({_texts(element, compiler, kw, decoded='CAST({} AS TEXT)')})"


@compiles(line, "postgresql")
def _line_postgresql(element: line, compiler: SQLCompiler, **kw: Any) -> str:
    texts = _texts(element, compiler, kw, decoded="convert_from({}, 'UTF8')")
    return f"json_build_array({texts})::text"


@compiles(lines, "sqlite")
def _lines_sqlite(element: lines, compiler: SQLCompiler, **kw: Any) -> str:
    return f"group_concat({compiler.process(element.clauses, **kw)}, char(10))"


@compiles(lines, "postgresql")
def _lines_postgresql(element: lines, compiler: SQLCompiler, **kw: Any) -> str:
    return f"string_agg({compiler.process(element.clauses, **kw)}, chr(10))"


@compiles(in_hex, "sqlite")
def _in_hex_sqlite(element: in_hex, compiler: SQLCompiler, **kw: Any) -> str:
    return f"hex({compiler.process(element.clauses, **kw)})"


@compiles(in_hex, "postgresql")
def _in_hex_postgresql(element: in_hex, compiler: SQLCompiler, **kw: Any) -> str:
    return f"encode({compiler.process(element.clauses, **kw)}, 'hex')"


def _texts(element: line, compiler: SQLCompiler, kw: dict[str, Any], *, decoded: str) -> str:
    """Return the values of *element*, those that are octets as *decoded* has it."""

    def text(value: ColumnElement[Any]) -> str:
        name: str = compiler.process(value, **kw)
        return decoded.format(name) if isinstance(value.type, LargeBinary) else name

    return ", ".join(map(text, element.clauses))
