"""What is to be done in a transaction, and who does it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from typing import Any, NamedTuple, Protocol

# Told which mailboxes have changed, by their ids, or None if it may be any.
Tell = Callable[[Collection[int] | None], None]


class Job(NamedTuple):
    """A transaction: a function that is given a connection, and what else it is given.

    *loose* if its statements need not see the same state of the database: then it only
    reads, and there is no transaction.
    """

    work: Callable[..., Any]
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = {}  # noqa: RUF012  # nobody changes it
    loose: bool = False


class Lane(Protocol):
    """Takes jobs."""

    def start(self) -> None:
        """Get ready for the first job."""

    def stop(self) -> Awaitable[Any]:
        """Let the jobs that run come to their end, if it comes soon, and start no other."""

    def submit(self, job: Job, *, urgent: bool = False) -> Awaitable[Any]:
        """Have *job* done; an *urgent* one overtakes the others that wait."""


class Ear(Protocol):
    """Hears of what other processes have changed."""

    def start(self) -> None:
        """Begin to listen."""

    def stop(self) -> None:
        """Hear no more."""
