"""How a command shows what it found: for people, or as JSON."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

Fields = Mapping[str, Any]


def write(text: str) -> None:
    """Print *text* as it is."""
    sys.stdout.write(text)


def show(arguments: Namespace, item: Fields) -> None:
    """Print one object: a line for each field, or JSON if that was asked for."""
    if arguments.json:
        _print_json(item)
        return
    width = max(map(len, item))
    for name, value in item.items():
        write(f"{name:{width}}  {_text(value)}\n")


def show_key(arguments: Namespace, secret: str, owner: Fields) -> None:
    """Print a new key, and nothing else: scripts capture the output; as JSON, all of it."""
    if arguments.json:
        _print_json({"key": secret, **owner})
    else:
        write(f"{secret}\n")


def show_all(arguments: Namespace, items: Sequence[Fields]) -> None:
    """Print a list of objects as a table with a head, or as a JSON array."""
    if arguments.json:
        _print_json(items)
        return
    if not items:
        return
    rows = [list(items[0]), *([_text(value) for value in item.values()] for item in items)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (f"{cell:{width}}" for cell, width in zip(row, widths, strict=True))
        write("  ".join(cells).rstrip() + "\n")


def show_removed(arguments: Namespace, item: Fields) -> None:
    """Say nothing of what went well; as JSON, what has been removed."""
    if arguments.json:
        _print_json(item)


def moment(milliseconds: int) -> str:
    """Return a time in the form of the API: ISO 8601, UTC, to the millisecond."""
    time = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = "-" if value in (None, "") else str(value)
    # Some of it others have written, and a terminal obeys what it is shown.
    return text if text.isprintable() else ascii(text)


def _print_json(value: object) -> None:
    import json

    write(json.dumps(value, indent=2) + "\n")
