"""A disk so small that a test can fill it."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


class Disk:
    """A file system in memory, mounted at `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def mount(self, size: str) -> None:
        """Mount it, or skip the test where nobody lets us."""
        done = _run("mount", "-t", "tmpfs", "-o", f"size={size},mode=0700", "tmpfs", self.folder)
        if done.returncode != 0:
            pytest.skip(f"no file system may be mounted here: {done.stderr.strip()}")

    def fill(self, *, leave: int) -> None:
        """Fill it but for *leave* octets."""
        free = shutil.disk_usage(self.folder).free
        self._ballast.write_bytes(bytes(free - leave))

    def make_room(self) -> None:
        """Take away what `fill` has put there."""
        self._ballast.unlink()

    def unmount(self) -> None:
        """Take it away with all that is on it."""
        done = _run("umount", self.folder)
        assert done.returncode == 0, done.stderr


@contextmanager
def small_disk(size: str) -> Iterator[Disk]:
    """Return a disk of *size*, such as ``"8m"``; needs the rights of root.

    Its folder is not one of pytest's, which PostgreSQL's own user may not enter.
    """
    folder = Path(tempfile.mkdtemp(prefix="mailcap-disk-"))
    disk = Disk(folder / "disk")
    try:
        folder.chmod(0o711)
        disk.folder.mkdir()
        disk.mount(size)
        try:
            yield disk
        finally:
            disk.unmount()
    finally:
        shutil.rmtree(folder)


def _run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    try:
        return subprocess.run([*sudo, *words], check=False, capture_output=True, text=True)
    except FileNotFoundError as error:
        return subprocess.CompletedProcess(words, 127, stderr=str(error))
