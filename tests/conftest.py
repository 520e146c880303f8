"""What every test may use, and what becomes of tests whose programs are missing."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from support import programs
from support.daemon import Daemon
from support.postgres import PostgresServer

_MISSING = "missing programs"

# How long an example takes says more of the other workers than of what is tested.
settings.register_profile("shared machine", deadline=None)
settings.load_profile("shared machine")

# A shell ignores it for what runs in the background, and so would all processes of tests.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def no_settings_from_outside() -> Iterator[None]:
    """What the environment of the test run says to mailcap is not for the tests."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("MAILCAP_")]:
            patch.delenv(name)
        yield


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL server for the whole run (for each worker of pytest-xdist)."""
    server = PostgresServer()
    yield server
    server.stop()


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The URL of a fresh PostgreSQL database."""
    url = postgres_server.create_database()
    yield url
    postgres_server.drop_database(url)


@pytest.fixture(params=["sqlite", "postgres"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a fresh database: the test runs once on each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/mailcap.db"
    return request.getfixturevalue("postgres_url")


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Callable[..., Daemon]]:
    """A function that starts a real daemon; its arguments are those of `Daemon`.

    All are ended with the test, which fails if one of them logged a traceback.
    """
    started: list[Daemon] = []

    def start(**options) -> Daemon:
        options.setdefault("data_dir", tmp_path / f"data-{len(started)}")
        started.append(Daemon(**options))
        started[-1].start()
        return started[-1]

    yield start
    for each in started:
        each.stop()
    troubles = [line for each in started for line in each.troubles()]
    assert not troubles, "\n".join(troubles)


def pytest_runtest_setup(item: pytest.Item) -> None:
    needed = [name for mark in item.iter_markers("programs") for name in mark.args]
    missing = [name for name in needed if programs.find(name) is None]
    if not missing:
        return
    reason = "; ".join(f"{name} is not installed ({programs.remedy(name)})" for name in missing)
    if programs.REQUIRED:
        pytest.fail(reason, pytrace=False)
    item.user_properties.append((_MISSING, missing))
    pytest.skip(reason)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    """Where everything must be there, no test may leave itself out for any reason."""
    report = yield
    if report.skipped and programs.REQUIRED:
        report.outcome = "failed"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    left_out = programs.LeftOut()
    for report in terminalreporter.getreports("skipped"):
        left_out.note(dict(report.user_properties).get(_MISSING, []))
    for line in left_out.lines():
        terminalreporter.write_line(line, yellow=True)
