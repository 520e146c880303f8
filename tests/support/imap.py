"""Mail as programs leave it: over IMAP by imaplib, in maildirs, and how to run them."""

import os
import pty
import re
import signal
import ssl
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from imaplib import IMAP4
from pathlib import Path
from select import select

from .daemon import Access

_PATIENCE = 60.0  # seconds
_DATA = r"(?s)\d+ \((?:UID \d+ )?BODY\[\] \{(\d+)\}$"


@contextmanager
def imaplib_client(access: Access, login: str) -> Iterator[IMAP4]:
    """Log in behind STARTTLS with a certificate that is checked, and out at the end."""
    service = access.imap
    with IMAP4(*service.address, timeout=_PATIENCE) as client:
        ok(client.starttls(ssl.create_default_context(cafile=access.ca_file)))
        ok(client.login(login, service.password))
        yield client
        assert client.logout()[0] == "BYE"


def ok(answer: tuple[str, list]) -> list:
    """Return what came with an answer of imaplib's, which is OK."""
    assert answer[0] == "OK", answer
    return answer[1]


def whole(client: IMAP4, uid: int) -> bytes:
    """Return a message of the selected mailbox, its length as announced."""
    (announced, octets), _ = ok(client.uid("FETCH", str(uid), "(BODY.PEEK[])"))
    assert re.match(_DATA, announced.decode())[1] == str(len(octets)), announced
    return octets


def flags(client: IMAP4, uid: int) -> set[str]:
    r"""Return the flags of a message of the selected mailbox, without \Recent."""
    (line,) = ok(client.uid("FETCH", str(uid), "(FLAGS)"))
    return set(re.search(rb"FLAGS \((.*?)\)", line)[1].decode().split()) - {"\\Recent"}


def search(client: IMAP4, *criteria: str) -> list[int]:
    """Return UIDs in the selected mailbox."""
    (line,) = ok(client.uid("SEARCH", *criteria))
    return [int(word) for word in line.split()]


def run(words: Sequence[str], *, home: Path) -> bytes:
    """Run a program with nothing of the user's, and return what it prints."""
    done = subprocess.run(
        words,
        check=False,
        cwd=home,
        env=_environment(home),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=_PATIENCE,
    )
    assert done.returncode == 0, f"{words}\n{_text(done.stdout)}\n{_text(done.stderr)}"
    return done.stdout


def run_on_a_terminal(words: Sequence[str], *, home: Path) -> str:
    """Run a program that wants a terminal, with nobody there, and return its screen."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        words,
        cwd=home,
        env=_environment(home) | {"TERM": "xterm", "LINES": "24", "COLUMNS": "80"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        screen = _read_to_the_end(ours)
        status = process.wait(_PATIENCE)
    finally:
        os.close(ours)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            process.wait()
    assert status == 0, f"{words}\n{screen}"
    return screen


def maildir(folder: Path) -> dict[str, bytes]:
    """Return the messages of a maildir: the names below it, and what they hold."""
    return {
        f"{part}/{path.name}": path.read_bytes()
        for part in ("cur", "new")
        for path in sorted((folder / part).iterdir())
    }


def files(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Return all files below *folder* with their times and what they hold."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.read_bytes())
        for path in found
    }


def mark(folder: Path, name: str, marks: str) -> None:
    """Give a message of a maildir other flags, as a mail program does."""
    path = folder / name
    path.rename(folder / "cur" / f"{path.name.partition(':')[0]}:2,{marks}")


def _read_to_the_end(terminal: int) -> str:
    """Read until nobody has the terminal open any more."""
    screen = b""
    deadline = time.monotonic() + _PATIENCE
    while select([terminal], [], [], max(0, deadline - time.monotonic()))[0]:
        try:
            more = os.read(terminal, 65536)
        except OSError:  # EIO: Linux says so that it was closed
            return _text(screen)
        if not more:
            return _text(screen)
        screen += more
    raise TimeoutError(f"still running after {_PATIENCE} s:\n{_text(screen)}")


def _environment(home: Path) -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(home), "LC_ALL": "C.UTF-8"}


def _text(octets: bytes) -> str:
    return octets.decode(errors="replace")
