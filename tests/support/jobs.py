"""Transactions for a process of its own: they must have names that it can import."""

import fcntl
import os
from pathlib import Path

from sqlalchemy import Connection, text

from mailcap.domain.errors import NotFound
from mailcap.store import changed


def process_of(_connection: Connection) -> int:
    return os.getpid()


def echo(_connection: Connection, *, size: int, value: bytes) -> bytes:
    return value * size


def note(connection: Connection, name: str, gate: str | None = None) -> None:
    """Add *name* to the table, once nobody holds the file *gate* any more."""
    if gate is not None:
        with Path(gate).open() as file:
            fcntl.flock(file, fcntl.LOCK_EX)
    connection.execute(text("CREATE TABLE IF NOT EXISTS notes (name TEXT)"))
    connection.execute(text("INSERT INTO notes VALUES (:name)"), {"name": name})


def notes(connection: Connection) -> list[str]:
    return list(connection.scalars(text("SELECT name FROM notes ORDER BY rowid")))


def change(connection: Connection, mailboxes: list[int], *, fail: bool = False) -> None:
    changed.note(connection, mailboxes)
    if fail:
        raise NotFound("There is nothing.")


def refuse(_connection: Connection) -> None:
    raise NotFound("There is nothing.")


def stumble(_connection: Connection) -> None:
    raise ZeroDivisionError("mine")


def chatter(_connection: Connection) -> str:
    print("a library that talks", flush=True)  # noqa: T201
    return "done"


def note_and_die(connection: Connection, name: str) -> None:
    note(connection, name)
    os._exit(7)
