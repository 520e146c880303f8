"""SIGHUP: the settings are read again, and what can change without a restart changes."""

from __future__ import annotations

import signal
from collections.abc import Callable

from twisted.internet.interfaces import IReactorFromThreads
from twisted.logger import Logger

from mailcap.domain.errors import ConfigurationError
from mailcap.settings import Settings
from mailcap.settings.load import changes

_log = Logger()


class Reloading:
    """Reads the settings again whenever the process gets SIGHUP.

    *read* returns them or raises `ConfigurationError`; then the old ones stay, and all
    mistakes are logged.  *apply* is given the settings in force when they have changed.
    """

    def __init__(
        self,
        settings: Settings,
        read: Callable[[], Settings],
        apply: Callable[[Settings], object],
    ) -> None:
        self._settings = settings
        self._read = read
        self._apply = apply

    def start(self, reactor: IReactorFromThreads) -> None:
        """Take the signal over; to be called in the main thread."""

        def caught(*_: object) -> None:
            reactor.callFromThread(self.reload)  # a signal may come amid anything

        signal.signal(signal.SIGHUP, caught)

    def stop(self) -> None:
        """Read them no more; nor may the signal end what is being stopped."""
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def reload(self) -> None:
        """Read the settings now."""
        try:
            new = self._read()
        except ConfigurationError as error:
            for problem in error.problems:
                _log.error("settings: {problem}", problem=problem)
            _log.error("SIGHUP: the settings have mistakes and stay as they were")
            return
        settings, changed, waiting = changes(self._settings, new)
        if waiting:
            _log.warn("SIGHUP: needs a restart to change: {paths}", paths=", ".join(waiting))
        if changed:
            self._settings = settings
            self._apply(settings)
        _log.info("SIGHUP: changed: {paths}", paths=", ".join(changed) or "nothing")
