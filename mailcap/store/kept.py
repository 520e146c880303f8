"""Connections that stay at hand between jobs."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Dialect, Engine


class Kept:
    """Connections of *engine*, as many as are ever in use at a time.

    To take one out of the engine's pool and to put it back takes as long as a short look
    into an SQLite file.  One on which something has failed is not used again.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._idle: deque[Connection] = deque()  # threads share it

    @property
    def dialect(self) -> Dialect:
        """That of the engine."""
        return self._engine.dialect

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """Lend a connection, without a transaction."""
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._engine.connect()
        try:
            yield connection
            if connection.in_transaction():
                connection.rollback()
        except BaseException:
            connection.close()
            raise
        self._idle.append(connection)

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """Lend a connection, with a transaction."""
        with self.connect() as connection, connection.begin():
            yield connection

    def dispose(self) -> None:
        """Close all that nobody uses; the next use makes new ones."""
        while self._idle:
            self._idle.pop().close()
        self._engine.dispose()
