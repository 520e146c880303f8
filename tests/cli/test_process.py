"""The command as a process of its own, beside others that use the database."""

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from twisted.internet.task import Clock

import mailcap as package
from fakes import outcome
from mailcap.authentication.authenticator import make_authenticator
from mailcap.domain.errors import AuthenticationFailed
from mailcap.services.keys import is_generated
from mailcap.store import Store

pytestmark = pytest.mark.usefixtures("data_dir")

FULL = Path("/dev/full")
PATIENCE = 60  # seconds for what takes one
RUN = "import sys; from mailcap.cli import main; sys.exit(main())"
LOADED = """
import sys
from mailcap.cli import main
try:
    status = main()
except SystemExit as end:
    status = end.code
print("loaded:", *sorted(
    name for name in ("twisted", "sqlalchemy", "alembic", "klein", "argon2", "cryptography")
    if name in sys.modules), file=sys.stderr)
sys.exit(status)
"""


def start(*words: str, program: str = RUN, **streams) -> subprocess.Popen[str]:
    """Start the command in a process of its own."""
    environment = os.environ | {"PYTHONPATH": str(Path(package.__file__).parents[1])}
    environment.pop("PYTHONUNBUFFERED", None)  # as it is for most people
    return subprocess.Popen(
        [sys.executable, "-c", program, *words],
        env=environment,
        text=True,
        **{"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        | streams,
    )


def finish(process: subprocess.Popen[str], typed: str | None = None) -> tuple[int, str, str]:
    """Wait for its end; return status, output and complaints."""
    out, err = process.communicate(typed, timeout=PATIENCE)
    return process.returncode, out, err


def test_statuses_are_those_that_shells_expect():
    assert finish(start("key", "list"))[0] == 0
    assert finish(start("key", "remove", "unknown"))[0] == 1
    assert finish(start("key", "nonsense"))[0] == 2


def test_standard_output_has_the_key_alone():
    status, out, err = finish(start("key", "add", "ci"))
    assert (status, err) == (0, "")
    assert is_generated(out.removesuffix("\n"))


def test_a_password_comes_by_the_input_and_is_not_seen_in_the_list_of_processes(data_dir):
    process = start("account", "password", "admin", stdin=subprocess.PIPE)
    arguments = Path(f"/proc/{process.pid}/cmdline")
    seen = arguments.read_bytes() if arguments.exists() else b""
    assert finish(process, "hunter2\n") == (0, "", "")
    assert b"hunter2" not in seen
    store = Store(f"sqlite:///{data_dir}/mailcap.db")
    door = make_authenticator(store.accounts, Inline())
    assert outcome(door.authenticate("admin", "hunter2", peer="127.0.0.1")).is_admin
    store.close()


@pytest.mark.parametrize(
    ("words", "loaded"),
    [
        (("--help",), ""),
        (("key", "add", "--help"), ""),
        (("config", "example"), ""),
        (("config", "check"), ""),
        (("env",), ""),
        (("key", "list"), "sqlalchemy"),
        (("account", "add", "bob"), "sqlalchemy"),
        (("db", "check"), "alembic sqlalchemy"),
        (("db", "upgrade"), "alembic sqlalchemy"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_only_what_a_command_needs_is_loaded(data_dir, words, loaded):
    (data_dir / "access.env").write_text('MAILCAP_USERNAME="admin"\n')
    status, _, err = finish(start(*words, program=LOADED))
    assert status == 0
    assert err.split() == ["loaded:", *loaded.split()]


LITTLE_AND_MUCH = pytest.mark.parametrize(
    "words", [("account", "list"), ("config", "example")], ids=" ".join
)


@LITTLE_AND_MUCH
def test_a_reader_that_has_had_enough_is_no_traceback(words):
    reading, writing = os.pipe()
    os.close(reading)
    process = start(*words, stdout=writing)
    os.close(writing)
    _, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err) == (1, "")


@LITTLE_AND_MUCH
def test_a_full_disk_is_one_line(words):
    if not FULL.exists():
        pytest.skip(f"this system has no {FULL}")
    with FULL.open("w") as full:
        process = start(*words, stdout=full)
        _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert err.startswith("mailcap: ")
    assert err.count("\n") == 1


def test_an_interrupt_while_it_waits_is_no_traceback():
    process = start("account", "password", "admin", stdin=subprocess.PIPE, program=WAITING)
    assert process.stderr.readline() == "waiting\n"
    process.send_signal(signal.SIGINT)
    assert finish(process) == (130, "", "")


WAITING = """
import signal, sys
from mailcap.cli import main, secret

class Input:
    def isatty(self):
        return False
    def readline(self):
        sys.stderr.write("waiting\\n")
        sys.stderr.flush()
        return sys.__stdin__.readline()

# Whoever runs these tests in the background may have them ignore it.
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.stdin = Input()
sys.exit(main())
"""


def test_names_that_a_terminal_cannot_show_are_no_traceback(monkeypatch):
    assert finish(start("key", "add", "Schlüssel 鍵"))[0] == 0
    monkeypatch.setenv("PYTHONIOENCODING", "ascii:strict")
    status, out, err = finish(start("key", "list"))
    assert (status, err) == (0, "")
    assert r"Schl\xfcssel \u9375" in out


class Inline(Clock):
    """A reactor whose threads are the caller's."""

    def getThreadPool(self):
        return self

    def callInThreadWithCallback(self, on_result, function, *args, **kwargs):
        on_result(True, function(*args, **kwargs))

    def callFromThread(self, function, *args, **kwargs):
        function(*args, **kwargs)


class TestBesideADaemon:
    @pytest.fixture
    def daemon(self, data_dir):
        """The part of a daemon that logs people in, over the same file."""
        store = Store(f"sqlite:///{data_dir}/mailcap.db")
        clock = Inline()
        door = make_authenticator(store.accounts, clock)
        yield door, clock
        store.close()

    def show(self, daemon, key):
        door, clock = daemon
        answer = door.authenticate_key(key, peer="127.0.0.1")
        clock.advance(10)
        return outcome(answer)

    def test_a_key_works_at_once_and_stops_within_a_second(self, daemon, mailcap):
        key = mailcap("key", "add", "ci").out.strip()
        assert self.show(daemon, key).key_label == "ci"
        mailcap("key", "remove", "ci")
        daemon[1].advance(1)
        with pytest.raises(AuthenticationFailed):
            self.show(daemon, key)

    def test_it_waits_while_the_daemon_writes(self, data_dir):
        daemon = sqlite3.connect(data_dir / "mailcap.db", isolation_level=None)
        daemon.execute("BEGIN IMMEDIATE")
        process = start("key", "add", "ci")
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=2)
        daemon.execute("COMMIT")
        daemon.close()
        status, out, err = finish(process)
        assert (status, err) == (0, "")
        assert is_generated(out.strip())

    def test_many_at_a_time_get_in_nobodys_way(self, mailcap):
        processes = [start("key", "add", f"ci {number}") for number in range(8)]
        ended = [finish(process) for process in processes]
        assert [(status, err) for status, _, err in ended] == [(0, "")] * 8
        assert len({out for _, out, _ in ended}) == 8
        assert len(mailcap("key", "list", "--json").json) == 9


def test_it_works_on_postgresql_too(postgres_url, mailcap):
    store = Store(postgres_url)
    store.open()
    place = ("--set", f"storage.url={postgres_url}")
    assert mailcap("account", "add", "bob", "--json", *place).json["name"] == "bob"
    key = mailcap("key", "add", "ci", "--account", "bob", *place).out.strip()
    door = make_authenticator(store.accounts, Inline())
    assert outcome(door.authenticate("bob", key, peer="127.0.0.1")).account_name == "bob"
    assert mailcap("db", "check", *place).status == 0
    assert [each["name"] for each in mailcap("account", "list", "--json").json] == ["admin"]
    store.close()


def test_a_database_out_of_reach_is_one_line_without_its_password(mailcap):
    ended = mailcap(
        "account", "list", "--set", "storage.url=postgresql://me:hunter2@127.0.0.1:1/mailcap"
    )
    assert (ended.status, ended.out) == (1, "")
    assert ended.err.startswith("mailcap: ")
    assert "hunter2" not in ended.err
