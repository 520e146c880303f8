"""Programs that pip cannot bring: which are missing, and what that means.

A test that needs some is marked ``@pytest.mark.programs("swaks", ...)``.  Without
them it is left out, and the end of the run says so in one line for each program.
With ``MAILCAP_REQUIRE_PROGRAMS=1`` it fails instead.
"""

import os
import shutil
from collections import Counter
from pathlib import Path

NODE_FOLDER = Path(__file__).parent.parent / "system" / "node"

# Whether a missing program is a failure.
REQUIRED = os.environ.get("MAILCAP_REQUIRE_PROGRAMS", "") not in ("", "0")

_FROM_DEBIAN = {
    "curl": "curl",
    "dovecot": "dovecot-imapd dovecot-pop3d",
    "fetchmail": "fetchmail",
    "getmail": "getmail6",
    "mpop": "mpop",
    "mbsync": "isync",
    "mutt": "mutt",
    "offlineimap": "offlineimap3",
    "node": "nodejs",
    "npm": "npm",
    "smtp-sink": "postfix",
    "smtp-source": "postfix",
    "swaks": "swaks",
}
_FROM_NPM = {"@mailsac/api", "nodemailer", "ws", "ws-2"}

# Debian puts a mail server's programs where only root's PATH leads.
_PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])


def find(program: str) -> str | None:
    """Return the path of *program*, None if it is not installed."""
    if program in _FROM_NPM:
        package = NODE_FOLDER / "node_modules" / program
        return str(package) if package.is_dir() else None
    return shutil.which(program, path=_PATH)


def remedy(program: str) -> str:
    """Return the command that installs *program*."""
    if program in _FROM_NPM:
        return "npm ci --prefix tests/system/node"
    return f"apt-get install {_FROM_DEBIAN[program]}"


class LeftOut:
    """How many tests each missing program cost."""

    def __init__(self) -> None:
        self._tests: Counter[str] = Counter()

    def note(self, programs: list[str]) -> None:
        """Count one test that needs *programs*, none of which is there."""
        self._tests.update(programs)

    def lines(self) -> list[str]:
        """Return one sentence for each missing program."""
        return [
            f"{program} is not installed: {number} test{'s' * (number > 1)} left out"
            f" ({remedy(program)})"
            for program, number in sorted(self._tests.items())
        ]
