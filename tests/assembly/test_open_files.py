"""The limit on open files."""

import resource
import subprocess
import sys

import pytest
from twisted.logger import globalLogPublisher

from mailcap.assembly import open_files
from mailcap.assembly.open_files import allow_connections, connections_within, raise_limit


def test_the_soft_limit_becomes_the_hard_one():
    script = (
        "import resource as r\n"
        "r.setrlimit(r.RLIMIT_NOFILE, (256, 3000))\n"
        "from mailcap.assembly.open_files import raise_limit\n"
        "print(raise_limit(), *r.getrlimit(r.RLIMIT_NOFILE))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["3000", "3000", "3000"]


class System:
    """Has these limits, and allows no more than *most* open files."""

    def __init__(self, soft: int, hard: int, *, most: int) -> None:
        self.limits = (soft, hard)
        self._most = most

    def getrlimit(self, _which: int) -> tuple[int, int]:
        return self.limits

    def setrlimit(self, _which: int, limits: tuple[int, int]) -> None:
        if not 0 <= limits[0] <= self._most:
            raise ValueError("not allowed to raise maximum limit")
        self.limits = limits


@pytest.mark.parametrize(
    ("system", "expected"),
    [
        (System(256, 4096, most=4096), 4096),
        (System(4096, 4096, most=4096), 4096),
        (System(256, resource.RLIM_INFINITY, most=100_000), 65536),
        (System(256, resource.RLIM_INFINITY, most=20_000), 10240),
        (System(256, resource.RLIM_INFINITY, most=1000), 256),
        (System(256, 2**63 - 1, most=20_000), 10240),
        (System(20_000, resource.RLIM_INFINITY, most=30_000), 20_000),
        (System(resource.RLIM_INFINITY, resource.RLIM_INFINITY, most=0), sys.maxsize),
    ],
)
def test_as_much_as_the_system_gives_and_never_less_than_before(monkeypatch, system, expected):
    monkeypatch.setattr(resource, "getrlimit", system.getrlimit)
    monkeypatch.setattr(resource, "setrlimit", system.setrlimit)
    hard = system.limits[1]
    assert raise_limit() == expected
    assert system.limits[1] == hard


@pytest.mark.parametrize(("wanted", "expected"), [(0, 896), (10, 10), (5000, 896)])
def test_there_are_no_more_connections_than_wanted_or_possible(monkeypatch, wanted, expected):
    events: list[dict] = []
    monkeypatch.setattr(open_files, "raise_limit", lambda: 1024)
    globalLogPublisher.addObserver(events.append)
    try:
        assert allow_connections(wanted) == expected
    finally:
        globalLogPublisher.removeObserver(events.append)
    lines = [event["log_format"].format(**event) for event in events]
    assert lines[0] == "up to 1024 files may be open, enough for 896 connections"
    assert lines[1:] == (["limits.connections: 5000 are not possible"] if wanted == 5000 else [])


@pytest.mark.parametrize(("limit", "connections"), [(1024, 896), (65536, 65408), (100, 50)])
def test_some_files_are_not_for_connections(limit, connections):
    assert connections_within(limit) == connections
