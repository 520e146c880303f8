"""The servers under test: Postfix's smtp-sink, which discards, and mailcap."""

import os
import socket
import subprocess
from pathlib import Path

from tests.support.daemon import Daemon, Service, cpu_seconds
from tests.support.programs import find
from tests.support.rest import Api

OWNED = "owned@bench.example"
_PATIENCE = 30.0  # seconds


class Sink:
    """``smtp-sink``: says 250 to everything and keeps nothing."""

    name = "smtp-sink"

    def __init__(self) -> None:
        self.service = Service("127.0.0.1", _free_port(), None, None)
        user = ["-u", "nobody"] if os.geteuid() == 0 else []
        place = f"{self.service.host}:{self.service.port}"
        # It goes on with the listening socket that it made before it gave root up.
        self._process = subprocess.Popen([find("smtp-sink"), *user, place, "1024"])
        _wait_for(self.service, self._process)

    def cpu_seconds(self) -> float:
        return cpu_seconds(self._process.pid)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(_PATIENCE)


class Mailcap:
    """The daemon as it is out of the box, on the database with URL *database*."""

    def __init__(self, name: str, data_dir: Path, database: str | None) -> None:
        self.name = name
        self._daemon = Daemon(data_dir=data_dir, database=database)
        self._daemon.start()
        self._daemon.command("address", "reserve", OWNED, "--account", "admin")
        self.service = self._daemon.access.smtp

    def cpu_seconds(self) -> float:
        return cpu_seconds(self._daemon.pid)

    def memory(self, field: str) -> int:
        return self._daemon.memory(field)

    def count(self, inboxes: list[str]) -> int:
        """Return how many messages lie in all these inboxes."""
        api = Api(self._daemon.access)
        counts = [api.request("GET", f"/addresses/{inbox}/message-count") for inbox in inboxes]
        return sum(answer.json["count"] for answer in counts)

    def stop(self) -> None:
        self._daemon.stop()
        assert not self._daemon.troubles(), "".join(self._daemon.troubles())


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def _wait_for(service: Service, process: subprocess.Popen[bytes]) -> None:
    for _ in range(100):
        try:
            socket.create_connection(service.address).close()
        except ConnectionRefusedError:
            try:
                process.wait(0.05)
            except subprocess.TimeoutExpired:
                continue
            raise RuntimeError(f"smtp-sink ended with status {process.returncode}") from None
        else:
            return
    raise RuntimeError("smtp-sink does not listen")
