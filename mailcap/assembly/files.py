"""The data folder: made, claimed by one daemon, and written to without half files."""

from __future__ import annotations

import fcntl
import os
import stat
from contextlib import suppress
from pathlib import Path

from mailcap.domain.errors import ConfigurationError

PRIVATE = 0o600
PUBLIC = 0o644

_LOCK_FILE = "lock"
_PID_OCTETS = 20


def make_folder(path: Path) -> bool:
    """Make the folder *path* for its owner alone, unless it is there.

    Returns whether it was made.  Raises `ConfigurationError`.
    """
    if path.is_dir():
        return False
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir(mode=0o700)
    except OSError as error:
        reason = "a file is in its way" if isinstance(error, FileExistsError) else error.strerror
        raise ConfigurationError(f"the data folder {path} cannot be made: {reason}") from error
    return True


def is_open_to_others(path: Path) -> bool:
    """Whether other users may put files of theirs into the folder *path*, or replace ours."""
    facts = path.stat()
    return bool(facts.st_mode & stat.S_IWOTH) or facts.st_uid not in (0, os.geteuid())


def write_file(path: Path, content: str, *, mode: int = PRIVATE) -> None:
    """Write a file so that readers find the old content or the new, never a part.

    Raises `ConfigurationError`.
    """
    fresh = path.with_name(f"{path.name}.new")
    try:
        # Anything of that name is left from a start that was cut short: the folder
        # is claimed, so nobody else is writing.
        fresh.unlink(missing_ok=True)
        try:
            _write_new(fresh, content.encode(), mode)
            fresh.replace(path)
        except OSError:
            fresh.unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written: {error.strerror}") from error


def read_file(path: Path) -> str | None:
    """Return the content of a file, None if there is none.  Raises `ConfigurationError`."""
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ConfigurationError(f"{path} cannot be read: {reason}") from error


def _write_new(path: Path, content: bytes, mode: int) -> None:
    """Write a file that is not there yet, to the disk; until it is complete it is private."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fchmod(descriptor, mode)
        os.fsync(descriptor)


def _sync_folder(path: Path) -> None:
    """Let a name in a folder last: what it stands for may be written nowhere else."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with suppress(OSError):  # some file systems cannot, or need not
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Claim:
    """A lock on a file that ends with the process, however it ends."""

    def __init__(self, path: Path, what: str) -> None:
        """Take the lock; *what* is used by its holder.  Raises `ConfigurationError`."""
        try:
            # Whoever may write in the folder shall not choose a file to be cut down.
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, PRIVATE)
        except OSError as error:
            raise ConfigurationError(f"{path} cannot be opened: {error.strerror}") from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.read(self._descriptor, _PID_OCTETS).decode("ascii", "replace").strip()
            os.close(self._descriptor)
            raise ConfigurationError(
                f"{what} is in use by another mailcap (process {holder or 'unknown'})"
            ) from error
        os.ftruncate(self._descriptor, 0)
        os.write(self._descriptor, b"%d\n" % os.getpid())

    def close(self) -> None:
        """Let others have it."""
        os.close(self._descriptor)


def claim_folder(folder: Path) -> Claim:
    """Claim the data folder.  Raises `ConfigurationError`."""
    return Claim(folder / _LOCK_FILE, f"the data folder {folder}")


def claim_database(file: Path, folder: Path) -> Claim:
    """Claim an SQLite *file*, with the data folder if it lies there."""
    if file.parent == folder:
        return claim_folder(folder)
    return Claim(file.with_name(f"{file.name}.{_LOCK_FILE}"), f"the database {file}")
