"""What the log says of a database that fails: once, what to do, and when it is over."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from mailcap.domain.errors import StoreFull, StoreUnavailable
from mailcap.store.jobs import Job

_AGAIN_SECONDS = 60.0  # between two lines about the same outage
_CALM_SECONDS = 2.0  # without a failure end it: on a full disk little things still work

_log = Logger()


class Outage:
    """Tells the operator of the failures of one kind of work; *what* it is, in a word.

    However many jobs fail, and however often the database comes and goes, there is a
    line at the beginning, one a minute, and one at the end.
    """

    def __init__(self, what: str, *, now: Callable[[], float] = monotonic) -> None:
        self._what = what
        self._now = now
        self._since: float | None = None
        self._last = 0.0
        self._said = float("-inf")
        self._failed = 0

    def failed(self, error: StoreUnavailable) -> None:
        """Learn that a job has failed."""
        now = self._now()
        if self._since is None:
            self._since = now
        self._last = now
        self._failed += 1
        if now - self._said < _AGAIN_SECONDS:
            return
        self._said = now
        _log.error(
            "{what} fails ({count} so far): {reason}. {remedy}",
            what=self._what,
            count=self._failed,
            reason=(error.detail or str(error)).rstrip("."),
            remedy=_REMEDIES[isinstance(error, StoreFull)],
        )

    def worked(self) -> None:
        """Learn that a job has been done."""
        if self._since is None or self._now() - self._last < _CALM_SECONDS:
            return
        if self._said >= self._since:  # else nobody has heard of it
            _log.info(
                "{what} works again: it failed {count} times in {seconds:.1f} s",
                what=self._what,
                seconds=self._last - self._since,
                count=self._failed,
            )
        self._since = None
        self._failed = 0


_REMEDIES = {
    False: "Clients are told to try again later (SMTP 451, IMAP UNAVAILABLE, HTTP 503). See to"
    " it that the database answers; mailcap goes on by itself then",
    True: "Clients are told to try again later (SMTP 452, HTTP 503). Make room on the disk of"
    " the database; mailcap goes on by itself then",
}


class Reported:
    """A lane whose outages the operator learns of."""

    def __init__(self, lane: Any, outage: Outage) -> None:
        self._lane = lane
        self._outage = outage
        self._stopped = False

    def start(self) -> None:
        """See `mailcap.store.jobs.Lane`."""
        self._lane.start()

    def stop(self) -> Deferred[Any]:
        """See `mailcap.store.jobs.Lane`."""
        self._stopped = True  # what fails now is not the database's fault
        stopping: Deferred[Any] = self._lane.stop()
        return stopping

    def submit(self, job: Job, *, urgent: bool = False) -> Deferred[Any]:
        """See `mailcap.store.jobs.Lane`."""
        result: Deferred[Any] = self._lane.submit(job, urgent=urgent)
        return result.addCallbacks(self._worked, self._failed)

    def _worked(self, result: Any) -> Any:
        self._outage.worked()
        return result

    def _failed(self, reason: Failure) -> Failure:
        if isinstance(reason.value, StoreUnavailable) and not self._stopped:
            self._outage.failed(reason.value)
        return reason
