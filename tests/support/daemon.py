"""The real daemon in a process of its own, started from another folder."""

import os
import shlex
import signal
import subprocess
import sysconfig
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Condition, Thread

READY = "mailcap is ready"
ROLES = ("smtp", "submission", "submissions", "imap", "imaps", "pop3", "pop3s", "http")

_SCRIPTS = Path(sysconfig.get_path("scripts"))
_PATIENCE = 60.0  # seconds for anything that a healthy daemon does in one
_TROUBLE = ("Traceback (most recent call last)", "Unhandled", "Exception ignored")


@dataclass(frozen=True)
class Service:
    """Where a client connects, and as whom."""

    host: str
    port: int
    username: str | None
    password: str | None

    @property
    def address(self) -> tuple[str, int]:
        return self.host, self.port


class Access:
    """What `access.env` says."""

    def __init__(self, path: Path) -> None:
        words = shlex.split(path.read_text(), comments=True)
        self.values = dict(word.split("=", 1) for word in words)
        self.api_url = self.values["MAILCAP_API_URL"]
        self.api_key = self.values.get("MAILCAP_API_KEY")
        self.ca_file = self.values["MAILCAP_CA_FILE"]
        self.smtp = self._service("SMTP")
        self.submission = self._service("SUBMISSION")
        self.submissions = self._service("SECURE_SMTP")
        self.imap = self._service("IMAP")
        self.imaps = self._service("SECURE_IMAP")
        self.pop3 = self._service("POP3")
        self.pop3s = self._service("SECURE_POP3")

    def _service(self, prefix: str) -> Service:
        return Service(
            self.values[f"{prefix}_SERVER_HOST"],
            int(self.values[f"{prefix}_SERVER_PORT"]),
            self.values.get(f"{prefix}_USERNAME"),
            self.values.get(f"{prefix}_PASSWORD"),
        )


class StartFailed(Exception):
    """The daemon ended before it was ready."""

    def __init__(self, status: int, output: str) -> None:
        super().__init__(f"exit status {status}\n{output}")
        self.status = status
        self.output = output


class Log:
    """What a process prints, line by line, for whoever waits for a line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.lines: list[str] = []
        self._changed = Condition()
        self._over = False
        self._reader = Thread(target=self._read, args=[process.stdout], daemon=True)
        self._reader.start()

    def wait_for(self, text: str, *, behind: int = 0) -> str | None:
        """Return the first line with *text*, None if the process ends without one.

        The first *behind* lines are left out.
        """
        with self._changed:
            done = self._changed.wait_for(lambda: self._over or self.find(text, behind), _PATIENCE)
            assert done, f"no line with {text!r} within {_PATIENCE} s:\n{self}"
            return self.find(text, behind)

    def finish(self) -> None:
        """Wait until the last line has been read."""
        self._reader.join()

    def __str__(self) -> str:
        return "".join(self.lines)

    def find(self, text: str, behind: int = 0) -> str | None:
        """Return the first line with *text* so far, but for the first *behind*."""
        return next((line for line in self.lines[behind:] if text in line), None)

    def _read(self, stream: Iterable[str]) -> None:
        with stream:
            for line in stream:
                with self._changed:
                    self.lines.append(line)
                    self._changed.notify_all()
        with self._changed:
            self._over = True
            self._changed.notify_all()


class Daemon:
    """``twistd -n mailcap`` on ports that the system chooses.

    *database* is a URL (None: the default), *settings* maps names such as
    ``limits.smtp_idle`` to values, *config* is a file with more, *scripts* is the folder
    of the environment's programs, *soft_files* a limit on open files to start with.  The
    same object can be started again after its end, with the same data folder.
    """

    def __init__(
        self,
        *,
        data_dir: Path,
        database: str | None = None,
        settings: Mapping[str, object] | None = None,
        config: Path | None = None,
        environment: Mapping[str, str] | None = None,
        scripts: Path = _SCRIPTS,
        soft_files: int | None = None,
    ) -> None:
        self.data_dir = data_dir
        self._settings = {f"listen.{role}": "tcp:0:interface=127.0.0.1" for role in ROLES}
        if database is not None:
            self._settings["storage.url"] = database
        self._settings.update(settings or {})
        self._config = [] if config is None else [f"--config={config}"]
        self._environment = clean_environment() | dict(environment or {})
        self._scripts = scripts
        self._command = [str(scripts / "twistd"), "-n", "--pidfile=", "mailcap"]
        if soft_files is not None:
            self._command[:0] = ["sh", "-c", f'ulimit -Sn {soft_files}; exec "$@"', "sh"]
        self._logs: list[Log] = []
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start, and return when every port is open.  Raises `StartFailed`."""
        assert self._process is None, "it is running already"
        self._process = subprocess.Popen(
            [*self._command, *self._places()],
            cwd="/",
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        self._logs.append(Log(self._process))
        if self.log.wait_for(READY) is None:
            raise StartFailed(self._ended(), str(self.log))
        self.access = Access(self.data_dir / "access.env")

    @property
    def log(self) -> Log:
        """What it has printed since its last start."""
        return self._logs[-1]

    @property
    def pid(self) -> int:
        assert self._process is not None, "it is not running"
        return self._process.pid

    def terminate(self) -> None:
        """Ask it to stop, as an operator does, and wait until it has."""
        self.signal(signal.SIGTERM)
        # twistd ends by the signal that stopped it, once everything else is done.
        assert self._ended() == -signal.SIGTERM, self.log
        assert self.log.find("Server Shut Down"), self.log

    def signal(self, number: int) -> None:
        """Send it a signal without waiting for what comes of it."""
        os.kill(self.pid, number)

    def kill(self) -> None:
        """End it as a power cut would: it can do nothing about it."""
        self.signal(signal.SIGKILL)
        assert self._ended() == -signal.SIGKILL

    def stop(self) -> None:
        """Make sure that it has ended."""
        if self._process is None:
            return
        try:
            self.terminate()
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def command(self, *words: str, standard_input: str = "") -> str:
        """Run the ``mailcap`` command on the same data and return what it prints."""
        done = subprocess.run(
            [self._scripts / "mailcap", *words, *self._places()],
            check=False,
            cwd="/",
            env=self._environment,
            input=standard_input,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
        )
        assert done.returncode == 0, f"mailcap {words}: {done.stderr}"
        return done.stdout

    def troubles(self) -> list[str]:
        """Return what each run printed from its first traceback on."""
        found = []
        for log in self._logs:
            lines = log.lines
            first = next((n for n, line in enumerate(lines) if is_trouble(line)), len(lines))
            found += lines[first:][:60]
        return found

    def memory(self, field: str = "VmRSS") -> int:
        """Return octets of memory: ``VmRSS`` now, ``VmHWM`` at its peak.

        Of all its processes together, as if none shared anything.
        """
        return memory(self.pid, field)

    def forget_peak(self) -> None:
        """Let the peak of `memory` begin anew (proc(5), clear_refs)."""
        for pid in family(self.pid):
            Path(f"/proc/{pid}/clear_refs").write_text("5")

    def _places(self) -> list[str]:
        """Return the options by which the daemon and the command find the data."""
        settings = [f"--set={name}={value}" for name, value in self._settings.items()]
        return [f"--data-dir={self.data_dir}", *self._config, *settings]

    def _ended(self) -> int:
        assert self._process is not None
        status = self._process.wait(_PATIENCE)
        self.log.finish()
        self._process = None
        return status


def family(pid: int) -> list[int]:
    """Return a process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [pid, *map(int, children.split())]


def memory(pid: int, field: str = "VmRSS") -> int:
    """Return octets of memory of a process and its children."""
    return sum(_status(one, field) for one in family(pid)) * 1024


def cpu_seconds(pid: int) -> float:
    """Return the processor time of a process and its children so far."""
    ticks = 0
    for one in family(pid):
        fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        ticks += sum(map(int, fields[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def _status(pid: int, field: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == field:
            return int(value.split()[0])
    raise KeyError(field)


def clean_environment() -> dict[str, str]:
    """Return this process's environment without any setting of mailcap's."""
    return {name: value for name, value in os.environ.items() if not name.startswith("MAILCAP_")}


def is_trouble(line: str) -> bool:
    """Whether a line of a log begins a traceback."""
    return any(text in line for text in _TROUBLE)
