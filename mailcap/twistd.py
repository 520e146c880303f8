"""What the commands of twistd have in common: mistakes are said in lines."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any

from twisted.logger import Logger
from twisted.python import usage

from mailcap.domain.errors import ConfigurationError

_log = Logger()


class PoliteOptions(usage.Options):
    """Options of which a mistake ends the program with one line."""

    def opt_version(self) -> None:
        """Display mailcap's version and exit."""
        from importlib.metadata import version

        print(f"mailcap {version('mailcap')}")  # noqa: T201
        sys.exit(0)

    def parseOptions(self, options: list[str] | None = None) -> None:  # noqa: N802
        """As in the base class; twistd itself would print its whole help first."""
        try:
            super().parseOptions(options)
        except usage.UsageError as error:
            sys.exit(f"mailcap: {error}")


def say_why_a_start_failed(twistd: Any) -> None:
    """Replace the traceback that Python prints for what a starting service raises.

    Only an exception tells twistd to remove its pid file, to end with a status that
    is not 0 and, as a daemon, to tell the shell; and nobody else catches it.
    """
    log_is_shown = twistd["nodaemon"] and twistd["logfile"] in (None, "-") and not twistd["syslog"]

    def say(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if not isinstance(error, ConfigurationError):
            sys.__excepthook__(kind, error, trace)
            return
        if not log_is_shown:
            _log.critical("{text}", text=error)
        print(lines(error), file=sys.__stderr__)

    sys.excepthook = say


def lines(error: ConfigurationError) -> str:
    """Return the text that tells people of *error*."""
    return "\n".join(f"mailcap: {problem}" for problem in error.problems)
