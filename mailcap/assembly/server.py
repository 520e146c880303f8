"""The whole server as one service: in which order it starts, and in which it stops."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from shutil import rmtree
from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from mailcap.assembly.access_env import describe_access, write_access
from mailcap.assembly.files import (
    Claim,
    claim_database,
    claim_folder,
    is_open_to_others,
    make_folder,
)
from mailcap.assembly.first_start import check_admin_key, ensure_admin
from mailcap.assembly.listeners import ROLES, Listeners
from mailcap.assembly.open_files import allow_connections
from mailcap.assembly.parts import make_parts
from mailcap.assembly.reloading import Reloading
from mailcap.assembly.signals import Signals
from mailcap.assembly.tls import ServerTLS
from mailcap.services.hub import Hub
from mailcap.settings import Settings
from mailcap.store import Store

_RENEWAL_SECONDS = 3600

# How long a thread that computes may keep the interpreter from the reactor.  A request
# needs it some fifteen times, which Python's own five milliseconds made 200 ms.
_SWITCH_SECONDS = 0.0005

_log = Logger()


class Server(Service):
    """mailcap, from the data folder to the open ports.

    Everything that can fail does so in `startService`, which then leaves nothing
    open, and raises `ConfigurationError` for what an operator can mend.  The ports are
    opened there too, not in `privilegedStartService`: behind them, all must be ready.
    """

    def __init__(
        self,
        settings: Settings,
        reactor: Any,
        *,
        admin_key: str | None,
        reread: Callable[[], Settings] | None = None,
    ) -> None:
        check_admin_key(admin_key)
        self._settings = settings
        self._reactor = reactor
        self._admin_key = admin_key
        self._reread = reread
        self._reloading: Reloading | None = None
        self._in_hurry = False

    def startService(self) -> None:  # noqa: N802
        """Start everything; as soon as the reactor runs, clients are served."""
        with ExitStack() as undo:
            self._start(undo)
            undo.pop_all()
        super().startService()
        self._reactor.callWhenRunning(Signals(self._reactor, self._hurry).heed)
        # From then on a signal stops the server politely, so nobody is told before.
        self._reactor.callWhenRunning(_log.info, "mailcap is ready")
        self._reactor.callWhenRunning(gc.freeze)  # what is there now stays: no need to look again

    def stopService(self) -> Deferred[None]:  # noqa: N802
        """Stop everything; what clients have begun they may finish, for a while."""
        super().stopService()
        return Deferred.fromCoroutine(self._stop())

    def _start(self, undo: ExitStack) -> None:
        settings = self._settings
        sys.setswitchinterval(_SWITCH_SECONDS)
        self._prepare_folder(settings.data_dir, undo)
        self._claims = [undo.enter_context(closing(claim)) for claim in _claims(settings)]
        connections = allow_connections(settings.limits.connections)
        tls = ServerTLS(settings)
        hub = Hub()
        self._store = Store(settings.database.text, reactor=self._reactor, tell=hub.changed)
        self._open_store()
        undo.callback(self._store.close)
        self._parts = make_parts(
            settings, self._store, self._reactor, hub=hub, tls=tls, connections=connections
        )
        self._listeners = undo.enter_context(closing(Listeners()))
        self._listeners.open(settings.listen, self._parts.factories, self._reactor)
        # A new key is written down at once: nobody would ever see it again.
        key = ensure_admin(settings, self._admin_key)
        places = {role: place for role in ROLES if (place := self._listeners.place(role.name))}
        write_access(settings.data_dir, describe_access(places, key=key, ca_file=tls.ca_file))
        self._parts.retention.startService()
        self._parts.guard.startService()
        self._parts.doors.pulse.listeners.append(self._listeners.calm)
        self._parts.doors.startService()
        self._parts.counting.startService()
        self._renewal = LoopingCall(tls.renew)
        self._renewal.clock = self._reactor
        self._renewal.start(_RENEWAL_SECONDS, now=False)
        if self._reread is not None:
            self._reloading = Reloading(settings, self._reread, self._apply)
            self._reloading.start(self._reactor)

    def _apply(self, settings: Settings) -> None:
        self._settings = settings
        self._parts.reload(settings)

    def _prepare_folder(self, folder: Path, undo: ExitStack) -> None:
        if make_folder(folder):
            undo.callback(rmtree, folder, ignore_errors=True)
        elif is_open_to_others(folder):
            _log.warn(
                "other users may change the data folder {folder}: what is in it is not safe",
                folder=folder,
            )

    def _open_store(self) -> None:
        if self._store.open():
            _log.info("made the database {database}", database=self._settings.database)

    def _hurry(self) -> None:
        _log.info("asked to stop again: no client is waited for any longer")
        self._in_hurry = True
        self._parts.registry.hurry()

    async def _stop(self) -> None:
        """Stop in the opposite order; what fails is logged and stops nothing else."""
        steps: list[tuple[str, Callable[[], object]]] = [
            ("SIGHUP", self._reloading.stop if self._reloading else lambda: None),
            ("listeners", self._listeners.close),
            ("doors", self._parts.doors.stopService),
            ("clients", self._say_goodbye),
            ("intake", self._parts.delivery.stop),
            ("connections", self._parts.registry.cut_off),
            # Before those who use it: what they are at ends then, however much is left.
            ("store", self._store.close),
            ("retention", self._parts.retention.stopService),
            ("guard", self._parts.guard.stopService),
            ("counting", self._parts.counting.stopService),
            ("certificate", self._renewal.stop),
            *(("claim", claim.close) for claim in self._claims),
        ]
        for what, step in steps:
            try:
                await maybeDeferred(step)
            except Exception:  # noqa: BLE001
                _log.failure("could not stop properly: {what}", what=what)

    def _say_goodbye(self) -> Deferred[None]:
        timeout = 0 if self._in_hurry else self._settings.shutdown.timeout
        return self._parts.registry.shut_down(timeout)


def _claims(settings: Settings) -> Iterator[Claim]:
    """Claim the data folder, and a database file that lies elsewhere."""
    folder, file = settings.data_dir, settings.database.file
    yield claim_folder(folder)
    if file and file.parent != folder:
        yield claim_database(file, folder)
