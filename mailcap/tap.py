"""The ``mailcap`` command of twistd: its options, and the service it runs."""

from __future__ import annotations

import gc
import os
import sys
from functools import partial
from pathlib import Path

from twisted.application.service import IService
from twisted.logger import Logger

from mailcap.domain.errors import ConfigurationError
from mailcap.settings import load
from mailcap.twistd import PoliteOptions, lines, say_why_a_start_failed

_log = Logger()


class Options(PoliteOptions):
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

    def postOptions(self) -> None:  # noqa: N802
        """Read the settings now; `reread` does it again, and in the same folder."""
        self.reread = partial(
            load,
            data_dir=self["data-dir"],
            config=self["config"],
            options=self["set"],
            here=Path.cwd(),  # a daemon soon runs in another
            warn=lambda text: _log.warn("{text}", text=text),
        )
        try:
            self.settings = self.reread()
        except ConfigurationError as error:
            sys.exit(lines(error))


def makeService(options: Options) -> IService:  # noqa: N802  twistd's name for it
    """Return the service that twistd runs."""
    from twisted.internet import reactor

    from mailcap.assembly import build

    try:
        service = build(
            options.settings,
            reactor,
            admin_key=os.environ.get("MAILCAP_ADMIN_KEY"),
            reread=options.reread,
        )
    except ConfigurationError as error:
        sys.exit(lines(error))
    say_why_a_start_failed(options.parent)
    # What a start makes stays for good: to look through it for garbage, now or ever
    # again, costs a tenth of the time to start, and pauses of tens of milliseconds.
    gc.disable()
    reactor.callWhenRunning(gc.freeze)
    reactor.callWhenRunning(gc.enable)
    return service
