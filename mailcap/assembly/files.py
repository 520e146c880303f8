"""The data folder: made, claimed by one daemon, and written to without half files."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from mailcap.domain.errors import ConfigurationError

PRIVATE = 0o600
PUBLIC = 0o644

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


def write_file(path: Path, content: str, *, mode: int = PRIVATE) -> None:
    """Write a file so that readers find the old content or the new, never a part.

    Raises `ConfigurationError`.
    """
    fresh = path.with_name(f"{path.name}.new")
    try:
        # Anything of that name is left from a start that was cut short: the folder
        # is claimed, so nobody else is writing.
        fresh.unlink(missing_ok=True)
        fresh.touch(PRIVATE, exist_ok=False)
        with fresh.open("w", encoding="utf-8") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.chmod(mode)
        fresh.replace(path)
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


class Claim:
    """A lock on a file that ends with the process, however it ends."""

    def __init__(self, path: Path, what: str) -> None:
        """Take the lock; *what* is used by its holder.  Raises `ConfigurationError`."""
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, PRIVATE)
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
