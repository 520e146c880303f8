"""A process of its own for writing.

Python runs one thread at a time.  A writer in a thread makes the reactor wait while
it prepares its statements, and waits for the reactor behind each of them.
"""

from __future__ import annotations

import fcntl
import os
import pickle
import sys
from contextlib import suppress
from typing import Any

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import ProcessExitedAlready
from twisted.internet.protocol import ProcessProtocol
from twisted.logger import Logger
from twisted.python.failure import Failure

from mailcap.store.failures import unavailable
from mailcap.store.frames import LENGTH, encode
from mailcap.store.jobs import Job, Tell

_LAST_SECONDS = 5.0  # for the job that runs when the store is closed
_PIPE = 1 << 20  # octets that fit into the pipe at once, if the system allows

_log = Logger()


class JobFailed(Exception):
    """A job raised what it should not have; the text is its traceback."""


class WorkerProcess:
    """Runs jobs in another process, which is started when it is needed.

    A job has to be a function that can be named, with arguments and a result that can
    be pickled.  If the process ends before it has answered, nobody knows whether the
    job was done: it fails with a `StoreUnavailable` that is in doubt.  *tell* hears
    which mailboxes a job has changed.
    """

    def __init__(self, reactor: Any, url: str, tell: Tell) -> None:
        self._reactor = reactor
        self._url = url
        self._tell = tell
        self._process: _Process | None = None

    def start(self) -> None:
        """See `mailcap.store.queue.Worker`."""
        if self._process is None or self._process.ended.called:
            process = _Process(self._tell)
            self._reactor.spawnProcess(
                process,
                sys.executable,
                # -P: what lies in the working directory is not ours.
                [sys.executable, "-P", "-m", "mailcap.store.worker"],
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
            process.transport.write(encode(self._url))
            self._process = process

    def run(self, job: Job) -> Deferred[Any]:
        """See `mailcap.store.queue.Worker`."""
        try:
            self.start()
        except OSError as error:
            return fail(unavailable(f"the store's writing process does not start: {error}"))
        assert self._process is not None
        return self._process.ask(job)

    def stop(self) -> Deferred[None]:
        """See `mailcap.store.queue.Worker`.  A job that does not end soon is ended."""
        process = self._process
        if process is None:
            return succeed(None)
        killing = self._reactor.callLater(_LAST_SECONDS, process.kill)
        ended = process.finish()
        ended.addCallback(lambda _: killing.cancel() if killing.active() else None)
        return ended


class _Process(ProcessProtocol):
    """The two pipes, seen from here."""

    transport: Any

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self.ended: Deferred[None] = Deferred()
        self._received = bytearray()
        self._answer: Deferred[Any] | None = None
        self._finishing = False

    def ask(self, job: Job) -> Deferred[Any]:
        """Have *job* done."""
        self._answer = Deferred()
        self.transport.write(encode(tuple(job)))
        return self._answer

    def finish(self) -> Deferred[None]:
        """Give no more jobs; fires when the process has ended."""
        self._finishing = True
        if not self.ended.called:
            self.transport.closeStdin()
        return self.ended

    def kill(self) -> None:
        """End it in the middle of its job, which nobody waits for any longer."""
        _log.warn("the store's writing process does not end, it is killed")
        with suppress(ProcessExitedAlready):
            self.transport.signalProcess("KILL")

    def connectionMade(self) -> None:  # noqa: N802
        """See `ProcessProtocol`."""
        if hasattr(fcntl, "F_SETPIPE_SZ"):
            with suppress(OSError):  # a user has only so much room for pipes
                fcntl.fcntl(self.transport.pipes[0].fileno(), fcntl.F_SETPIPE_SZ, _PIPE)

    def outReceived(self, data: bytes) -> None:  # noqa: N802
        """See `ProcessProtocol`."""
        self._received += data
        while len(self._received) >= LENGTH.size:
            (length,) = LENGTH.unpack_from(self._received)
            end = LENGTH.size + length
            if len(self._received) < end:
                return
            octets = bytes(self._received[LENGTH.size : end])
            del self._received[:end]
            succeeded, outcome, mailboxes = pickle.loads(octets)  # noqa: S301  # from our own process
            if mailboxes:
                self._tell(mailboxes)
            self._answer_with(outcome, succeeded=succeeded)

    def errReceived(self, data: bytes) -> None:  # noqa: N802
        """See `ProcessProtocol`."""
        _log.warn("the store's writing process: {text}", text=data.decode(errors="replace"))

    def processEnded(self, reason: Failure) -> None:  # noqa: N802
        """See `ProcessProtocol`."""
        if not self._finishing:
            _log.error(
                "the store's writing process ended, another one is started: {reason}",
                reason=reason.value,
            )
        self.ended.callback(None)
        if self._answer is not None:
            text = "the store's writing process ended, another one is started"
            self._answer_with(unavailable(text, in_doubt=True), succeeded=False)

    def _answer_with(self, outcome: Any, *, succeeded: bool) -> None:
        answer, self._answer = self._answer, None
        assert answer is not None
        if succeeded:
            answer.callback(outcome)
        else:
            answer.errback(JobFailed(outcome) if isinstance(outcome, str) else outcome)
