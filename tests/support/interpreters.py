"""The Pythons of this machine that mailcap has to work on."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

MINORS = range(11, 15)

# A name on the PATH may be a shim that only says which versions it does not have,
# and a distribution's Python may lack what it takes to make an environment.
_PROBE = """
import ensurepip, json, sys, venv
version = sys.version_info
print(json.dumps([version.major, version.minor, version.releaselevel == "final"]))
"""


@cache
def interpreters() -> dict[str, Path]:
    """Return one working interpreter for each version, this process's own first."""
    wanted = {f"3.{minor}" for minor in MINORS}
    found: dict[str, Path] = {}
    for path in _candidates():
        version = _probe(path)
        if version in wanted:
            found.setdefault(version, path)
    return dict(sorted(found.items()))


def _candidates() -> Iterator[Path]:
    yield Path(sys.executable)
    for minor in MINORS:
        if path := shutil.which(f"python3.{minor}"):
            yield Path(path)
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from sorted(pyenv.glob("versions/*/bin/python"))


def _probe(path: Path) -> str | None:
    try:
        done = subprocess.run(
            [path, "-I", "-c", _PROBE], capture_output=True, timeout=30, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    major, minor, final = json.loads(done.stdout)
    return f"{major}.{minor}" if final else None
