"""Noticing that a PostgreSQL server has fallen silent."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Lock, Thread, get_ident
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from sqlalchemy import Engine, event

if TYPE_CHECKING:
    from psycopg import Connection as Driver


class Watch:
    """Breaks the connections to a server that has stopped answering.

    libpq waits for ever for a server that is paused, or whose host is gone without a
    word.  So when a job takes longer than *patience* seconds, the server is asked for
    another connection; if it does not even give that, all connections are shut, which
    ends the waiting with an error.  A server that is only slow goes on undisturbed.
    """

    def __init__(self, engine: Engine, *, patience: float) -> None:
        self._engine = engine
        self._patience = patience
        self._began: dict[int, float] = {}  # when, by thread
        self._connections: WeakSet[Driver[Any]] = WeakSet()
        self._lock = Lock()
        self._is_watching = False
        event.listen(engine, "connect", lambda driver, _record: self.add(driver))

    def add(self, driver: Driver[Any]) -> None:
        """Watch over a connection, which need not be the engine's."""
        with self._lock:
            self._connections.add(driver)

    @contextmanager
    def job(self) -> Iterator[None]:
        """Watch over what this thread does meanwhile."""
        with self._lock:
            self._began[get_ident()] = monotonic()
            if not self._is_watching:
                self._is_watching = True
                Thread(target=self._watch, name="store-watch", daemon=True).start()
        try:
            yield
        finally:
            with self._lock:
                del self._began[get_ident()]

    def _watch(self) -> None:
        """Watch until there is nothing to do; the next job begins anew."""
        while True:
            sleep(self._patience / 4)
            with self._lock:
                if not self._began:
                    self._is_watching = False
                    return
                is_overdue = monotonic() - min(self._began.values()) > self._patience
            if is_overdue and not self._answers():
                with self._lock:
                    connections = list(self._connections)
                for driver in connections:
                    shut(driver)

    def _answers(self) -> bool:
        """Whether the server lets anybody in, within the time for connecting."""
        dialect = self._engine.dialect
        arguments, more = dialect.create_connect_args(self._engine.url)
        try:
            dialect.loaded_dbapi.connect(*arguments, **more).close()
        except dialect.loaded_dbapi.Error:
            return False
        return True


def shut(driver: Driver[Any]) -> None:
    """End the connection under whoever waits for it in another thread."""
    with (
        suppress(OSError, driver.OperationalError),  # it is closed already
        socket.socket(fileno=os.dup(driver.fileno())) as end,
    ):
        end.shutdown(socket.SHUT_RDWR)
