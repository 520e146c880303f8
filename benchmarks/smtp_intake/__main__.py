"""``python -m benchmarks.smtp_intake``: how fast mail gets in.  See README.md."""

import argparse
import statistics
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from tests.support.postgres import PostgresServer
from tests.support.programs import find, remedy

from .load import MESSAGES, SCENARIOS, Scenario, play
from .servers import Mailcap, Sink

_MEBI = 2**20
_HEAD = ("scenario", "server", "messages/s", "ratio", "CPU/message", "memory", "peak")
_ROW = "{:30} {:20} {:>10} {:>6} {:>12} {:>9} {:>9}"


class Figures:
    """What the runs of one scenario on one server gave."""

    def __init__(self) -> None:
        self._rates: list[float] = []
        self._cpu: list[float] = []

    def measure(self, scenario: Scenario, server: Sink | Mailcap) -> None:
        before = server.cpu_seconds()
        seconds = play(scenario, server.service)
        self._cpu.append((server.cpu_seconds() - before) / MESSAGES)
        self._rates.append(MESSAGES / seconds)

    @property
    def rate(self) -> float:
        return statistics.median(self._rates)

    @property
    def cpu(self) -> float:
        return statistics.median(self._cpu)


def compare(scenario: Scenario, sink: Sink, mailcaps: list[Mailcap], *, runs: int) -> None:
    """Play *scenario* on every server in turn, *runs* times, and print the medians."""
    servers = [sink, *mailcaps]
    figures = {server.name: Figures() for server in servers}
    before = {server.name: server.count(scenario.inboxes) for server in mailcaps}
    for _ in range(runs):
        for server in servers:
            figures[server.name].measure(scenario, server)
    for server in servers:
        figure = figures[server.name]
        memory = [_memory(server, field) for field in ("VmRSS", "VmHWM")]
        ratio = f"{figure.rate / figures[sink.name].rate:.2f}"
        cells = [f"{figure.rate:,.0f}", ratio, f"{figure.cpu * 1e6:,.0f} us", *memory]
        print(_ROW.format(scenario.name, server.name, *cells), flush=True)
    for server in mailcaps:
        arrived = server.count(scenario.inboxes) - before[server.name]
        if arrived != runs * MESSAGES:
            raise RuntimeError(f"{server.name}: {arrived} of {runs * MESSAGES} arrived")


def _memory(server: Sink | Mailcap, field: str) -> str:
    if isinstance(server, Sink):
        return "-"
    return f"{server.memory(field) / _MEBI:,.0f} MiB"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.smtp_intake")
    parser.add_argument("--runs", type=int, default=3, help="runs of each scenario (3)")
    parser.add_argument(
        "--only", metavar="TEXT", default="", help="play the scenarios whose name has TEXT"
    )
    parser.add_argument(
        "--database", choices=["sqlite", "postgres", "both"], default="both", help="(both)"
    )
    return parser.parse_args()


def main() -> None:
    """Run what the command line asks for."""
    options = _options()
    if missing := [name for name in ("smtp-source", "smtp-sink") if find(name) is None]:
        sys.exit("\n".join(f"{name} is not installed: {remedy(name)}" for name in missing))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mailcap-bench-")))
        databases = {}
        if options.database != "postgres":
            databases["mailcap, SQLite"] = None
        if options.database != "sqlite":
            postgres = PostgresServer()
            stack.callback(postgres.stop)
            databases["mailcap, PostgreSQL"] = postgres.create_database()
        sink = Sink()
        stack.callback(sink.stop)
        mailcaps = []
        for name, url in databases.items():
            mailcaps.append(Mailcap(name, folder / name, url))
            stack.callback(mailcaps[-1].stop)
        print(_ROW.format(*_HEAD))
        for scenario in SCENARIOS:
            if options.only in scenario.name:
                compare(scenario, sink, mailcaps, runs=options.runs)


if __name__ == "__main__":
    main()
