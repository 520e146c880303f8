"""twistd as people call it, where `support.daemon` would hide too much of it."""

import shlex
import subprocess
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .daemon import READY, ROLES, Daemon, clean_environment
from .rest import Api

TWISTD = Path(sysconfig.get_path("scripts")) / "twistd"
ANY_PORTS = [f"--set=listen.{role}=tcp:0:interface=127.0.0.1" for role in ROLES]


def refused(*arguments: str, environment: dict[str, str] | None = None) -> list[str]:
    """Return the lines on standard error of a start that must fail."""
    done = subprocess.run(
        [TWISTD, "-n", "--pidfile=", "mailcap", *ANY_PORTS, *arguments],
        env=clean_environment() | (environment or {}),
        cwd="/",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert READY not in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    return done.stderr.splitlines()


@contextmanager
def running(command: list[object], **options) -> Iterator[list[str]]:
    """Run *command*, a twistd with mailcap, until it is ready and then for the block.

    Gives what it has logged until then.
    """
    process = subprocess.Popen(
        [str(word) for word in command], stdout=subprocess.PIPE, text=True, **options
    )
    lines: list[str] = []
    with process:
        try:
            for line in process.stdout:
                lines.append(line)
                if READY in line:
                    break
            else:
                raise AssertionError("".join(lines))
            yield lines
        finally:
            process.terminate()
            process.communicate()


def told(folder: Path, name: str) -> str:
    """Return what access.env in *folder* says of *name*."""
    words = shlex.split((folder / "access.env").read_text(), comments=True)
    return dict(word.split("=", 1) for word in words)[name]


def account_of(server: Daemon) -> str:
    """Return the account that the key in access.env opens."""
    return Api(server.access).request("GET", "/me").json["_id"]
