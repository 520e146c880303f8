"""The ``mailcap`` command of twistd: its options, and the service it runs."""

from __future__ import annotations

import gc
import os
import sys
from types import TracebackType
from typing import Any

from twisted.application.service import IService
from twisted.logger import Logger
from twisted.python import usage

from mailcap.domain.errors import ConfigurationError
from mailcap.settings import load

_log = Logger()


class Options(usage.Options):
    """What is found wrong ends the program with a line for each mistake."""

    synopsis = "[--data-dir DIR] [--config FILE] [--set SECTION.NAME=VALUE]..."
    optParameters = [  # noqa: N815, RUF012
        ["data-dir", None, None, "Folder for all that mailcap writes [default: $MAILCAP_DATA_DIR]"],
        ["config", "c", None, "TOML file with settings [default: mailcap.toml, if there is one]"],
    ]

    def __init__(self) -> None:
        super().__init__()
        self["set"] = []

    def opt_set(self, setting: str) -> None:
        """Give a setting a value: SECTION.NAME=VALUE; may be repeated."""
        self["set"].append(setting)

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

    def postOptions(self) -> None:  # noqa: N802
        """Read the settings now, because a daemon soon runs in another folder."""
        try:
            self.settings = load(
                data_dir=self["data-dir"],
                config=self["config"],
                options=self["set"],
                warn=lambda text: _log.warn("{text}", text=text),
            )
        except ConfigurationError as error:
            sys.exit(_lines(error))


def makeService(options: Options) -> IService:  # noqa: N802  twistd's name for it
    """Return the service that twistd runs."""
    from twisted.internet import reactor

    from mailcap.assembly import build

    try:
        service = build(options.settings, reactor, admin_key=os.environ.get("MAILCAP_ADMIN_KEY"))
    except ConfigurationError as error:
        sys.exit(_lines(error))
    _say_why_a_start_failed(options.parent)
    # What a start makes stays for good: to look through it for garbage, now or ever
    # again, costs a tenth of the time to start, and pauses of tens of milliseconds.
    gc.disable()
    reactor.callWhenRunning(gc.freeze)
    reactor.callWhenRunning(gc.enable)
    return service


def _say_why_a_start_failed(twistd: Any) -> None:
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
        print(_lines(error), file=sys.__stderr__)  # sys.stderr is the log now

    sys.excepthook = say


def _lines(error: ConfigurationError) -> str:
    return "\n".join(f"mailcap: {problem}" for problem in error.problems)
