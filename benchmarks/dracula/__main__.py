"""``python -m benchmarks.dracula``: how many packets a second one core answers.  See README.md."""

import argparse
import os
import statistics
import subprocess
import sys
import time
from contextlib import closing

from tests.support.daemon import cpu_seconds, memory
from tests.support.dracula import DraculaDaemon

from . import echo
from .load import CLIENTS, PACKETS, play, put_many

_TTL = 10  # seconds
_KEYS = 200_000
_CORE = ("taskset", "-c", "0")
_MEBI = 2**20


class Echo:
    """The reference: a process that sends each datagram back."""

    name = "echo"

    def __init__(self) -> None:
        command = [*_CORE, sys.executable, "-m", echo.__name__]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.pid = self._process.pid
        self.udp = "127.0.0.1", int(self._process.stdout.readline())

    def close(self) -> None:
        self._process.terminate()
        self._process.wait()


class Dracula(DraculaDaemon):
    """The server as it is started by users, but for its ports and the life of a put."""

    name = "dracula"

    def __init__(self) -> None:
        super().__init__(f"--ttl={_TTL}", before=_CORE)

    def close(self) -> None:
        self.stop()


def compare(runs: int) -> None:
    """Play the same load to both in turn, and print the medians."""
    with closing(Echo()) as reference, closing(Dracula()) as dracula:
        rates = {server.name: [] for server in (reference, dracula)}
        costs = {server.name: [] for server in (reference, dracula)}
        for _ in range(runs):
            for server in (reference, dracula):
                before = cpu_seconds(server.pid)
                seconds = play(server.udp)
                rates[server.name].append(PACKETS * CLIENTS / seconds)
                costs[server.name].append((cpu_seconds(server.pid) - before) / PACKETS / CLIENTS)
        base = statistics.median(rates["echo"])
        print(
            f"{'server':10} {'packets/s':>12} {'ratio':>6} {'CPU/packet':>12} {'a CPU second':>14}"
        )
        for name, values in rates.items():
            rate, cost = statistics.median(values), statistics.median(costs[name])
            cells = f"{rate:>12,.0f} {rate / base:>6.2f} {cost * 1e6:>9.1f} us {1 / cost:>14,.0f}"
            print(f"{name:10} {cells}")
        remember(dracula)


def remember(dracula: Dracula) -> None:
    """Print what many keys cost, and what is left of that when they have expired."""
    time.sleep(_TTL + 2)
    before = memory(dracula.pid)
    put_many(dracula.udp, _KEYS)
    full = memory(dracula.pid)
    time.sleep(_TTL + 2)
    after = memory(dracula.pid)
    print(
        f"memory: {before / _MEBI:.0f} MiB, with {_KEYS:,} keys {full / _MEBI:.0f} MiB, "
        f"after they have expired {after / _MEBI:.0f} MiB"
    )


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dracula")
    parser.add_argument("--runs", type=int, default=3, help="runs of each server (3)")
    options = parser.parse_args()
    if (os.cpu_count() or 1) == 1:
        print("one core: clients and server share it, so the rates are too low", file=sys.stderr)
    compare(options.runs)


if __name__ == "__main__":
    main()
