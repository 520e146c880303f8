"""What is sent: scenarios, and the smtp-source processes that play them."""

import secrets
import subprocess
import tempfile
from base64 import encodebytes
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from tests.support.daemon import Service
from tests.support.programs import find

from .servers import OWNED

ADDRESSES = 1000
CLIENTS = 10
MESSAGES = ADDRESSES * CLIENTS
_TIMEOUT = 300.0  # seconds


@dataclass(frozen=True)
class Scenario:
    """`MESSAGES` messages of *size* octets over *sessions* connections.

    They go to `ADDRESSES` addresses in turn, or all to one that an account owns.
    smtp-source's own messages are rows of one letter; with *noise* they are random
    bytes in base64, on which compression is wasted.
    """

    name: str
    sessions: int
    size: int
    one_address: bool = False
    noise: bool = False

    @property
    def inboxes(self) -> list[str]:
        if self.one_address:
            return [OWNED]
        return [f"{number}user@bench.example" for number in range(1, ADDRESSES + 1)]


SCENARIOS = (
    Scenario("4 KB x 10", 10, 4096),
    Scenario("4 KB x 50", 50, 4096),
    Scenario("4 KB x 100", 100, 4096),
    Scenario("50 KB x 20", 20, 51200),
    Scenario("4 KB x 50, one owned address", 50, 4096, one_address=True),
    Scenario("4 KB x 50, noise", 50, 4096, noise=True),
)


def play(scenario: Scenario, service: Service) -> float:
    """Send all messages of *scenario* and return how many seconds it took."""
    with tempfile.TemporaryDirectory() as folder:
        commands = _commands(scenario, service, Path(folder) / "noise.eml")
        start = perf_counter()
        clients = [subprocess.Popen(command) for command in commands]
        try:
            statuses = [client.wait(_TIMEOUT) for client in clients]
        finally:
            for client in clients:
                client.kill()
                client.wait()
        seconds = perf_counter() - start
    if any(statuses):
        raise RuntimeError(f"smtp-source ended with {statuses}")
    return seconds


def _commands(scenario: Scenario, service: Service, file: Path) -> list[list[str]]:
    words = [find("smtp-source"), "-d", "-f", "from@bench.example"]
    if scenario.noise:
        noise = encodebytes(secrets.token_bytes(scenario.size * 3 // 4))
        file.write_bytes(b"Subject: noise\n\n" + noise)
        words += ["-F", str(file)]
    else:
        words += ["-l", str(scenario.size)]
    place = f"{service.host}:{service.port}"
    if scenario.one_address:
        words += ["-s", str(scenario.sessions), "-m", str(MESSAGES), "-t", OWNED, place]
        return [words]
    words += ["-s", str(scenario.sessions // CLIENTS), "-m", str(ADDRESSES)]
    return [[*words, "-N", "-t", "user@bench.example", place]] * CLIENTS
