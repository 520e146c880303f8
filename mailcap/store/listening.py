"""Hearing of what other processes have changed."""

# ruff: noqa: N802 - the names of methods that Twisted calls

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine
from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall
from twisted.internet.threads import deferToThreadPool
from twisted.logger import Logger
from twisted.python.failure import Failure

from mailcap.domain.errors import StoreUnavailable
from mailcap.store.changed import ANY, CHANNEL
from mailcap.store.dialect import connect_alone, run_text
from mailcap.store.jobs import Job, Lane, Tell

if TYPE_CHECKING:
    from psycopg import Connection as Driver

_SECONDS = 1.0  # between two looks, and between two tries to connect
_SAID_SECONDS = 60.0  # between two lines about the same

_MISSED = -1  # differs from every version

_log = Logger()


class Listener:
    """Hears of every node's commits, this one's too: LISTEN of PostgreSQL."""

    def __init__(self, reactor: Any, engine: Engine, tell: Tell) -> None:
        self._reactor = reactor
        self._engine = engine
        self._tell = tell
        self._driver: Driver[Any] | None = None
        self._fd = -1  # of our own: libpq closes its socket when it fails
        self._again: Any = None
        self._stopped = False
        self._is_deaf = False  # and the operator knows
        self._said = float("-inf")

    def start(self) -> None:
        """Connect; and again whenever the connection is lost."""
        self._again = None
        connecting = deferToThreadPool(self._reactor, self._reactor.getThreadPool(), self._connect)
        connecting.addCallbacks(self._listen, self._lost)

    def stop(self) -> None:
        """Hear no more."""
        self._stopped = True
        if self._again is not None:
            self._again.cancel()
        self._close()

    def fileno(self) -> int:
        """See `IReadDescriptor`."""
        return self._fd

    def logPrefix(self) -> str:
        """See `IReadDescriptor`."""
        return "store"

    def doRead(self) -> None:
        """See `IReadDescriptor`."""
        assert self._driver is not None
        pgconn = self._driver.pgconn
        try:
            pgconn.consume_input()
        except self._engine.dialect.loaded_dbapi.Error:
            self._lost(Failure())
            return
        while (heard := pgconn.notifies()) is not None:
            text = heard.extra.decode()
            self._tell(None if text == ANY else {int(number) for number in text.split(",")})

    def connectionLost(self, reason: Failure) -> None:
        """See `IReadDescriptor`."""
        self._lost(reason)

    def _connect(self) -> Driver[Any]:
        driver: Driver[Any] = connect_alone(self._engine)
        driver.execute(f"LISTEN {CHANNEL}").close()
        return driver

    def _listen(self, driver: Driver[Any]) -> None:
        self._driver = driver
        if self._stopped:
            self._close()
            return
        self._fd = os.dup(driver.fileno())
        self._reactor.addReader(self)
        if self._is_deaf:
            self._is_deaf = False
            _log.info("hears of other nodes again")
        self._tell(None)  # what happened before it listened, nobody has told

    def _lost(self, reason: Failure) -> None:
        self._close()
        if not self._stopped and self._again is None:
            now = self._reactor.seconds()
            if not self._is_deaf and now - self._said >= _SAID_SECONDS:
                self._is_deaf, self._said = True, now
                why = " ".join(str(reason.value).split())
                _log.warn("cannot hear of other nodes until the database answers: {why}", why=why)
            self._again = self._reactor.callLater(_SECONDS, self.start)

    def _close(self) -> None:
        if self._driver is not None:
            self._driver.close()
            self._driver = None
        if self._fd >= 0:
            self._reactor.removeReader(self)
            os.close(self._fd)
            self._fd = -1


class Lookout:
    """Sees that another process has written to an SQLite file: the command line.

    *writers* is the lane of the process that does all writing of this daemon.
    """

    def __init__(self, reactor: Any, writers: Lane, tell: Tell) -> None:
        self._writers = writers
        self._tell = tell
        self._version: int | None = None
        self._looking = LoopingCall(self._look)
        self._looking.clock = reactor

    def start(self) -> None:
        """Look again and again."""
        self._looking.start(_SECONDS, now=False)

    def stop(self) -> None:
        """Look no more."""
        if self._looking.running:
            self._looking.stop()

    def _look(self) -> Deferred[None]:
        return Deferred.fromCoroutine(self._compare())

    async def _compare(self) -> None:
        try:
            version = await self._writers.submit(Job(data_version))
        except StoreUnavailable:
            # Whoever needs it will say so; who looked in vain meanwhile, looks again then.
            self._version = _MISSED
            return
        if self._version is not None and version != self._version:
            self._tell(None)
        self._version = version


def data_version(connection: Connection) -> int:
    """Return a number that changes when another connection has written (SQLite)."""
    cursor = run_text(connection, "PRAGMA data_version", ())
    ((version,),) = cursor.fetchall()
    cursor.close()
    return int(version)
