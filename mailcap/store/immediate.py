"""The store without a reactor: whatever it is asked for has happened at once."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, Generic, TypeVar

from mailcap.store.jobs import Job, Tell

T = TypeVar("T")


class Done(Generic[T]):
    """Awaiting it gives *result* at once, without any event loop."""

    def __init__(self, result: T) -> None:
        self._result = result

    def __await__(self) -> Generator[None, None, T]:
        yield from ()  # makes this a generator
        return self._result


class Immediate:
    """A lane without any queue: *perform* does each job in the caller's thread."""

    def __init__(self, perform: Callable[[Job], tuple[Any, frozenset[int]]], tell: Tell) -> None:
        self._perform = perform
        self._tell = tell

    def start(self) -> None:
        """See `mailcap.store.jobs.Lane`."""

    def stop(self) -> Done[None]:
        """See `mailcap.store.jobs.Lane`."""
        return Done(None)

    def submit(self, job: Job, *, urgent: bool = False) -> Done[Any]:  # noqa: ARG002
        """See `mailcap.store.jobs.Lane`."""
        result, mailboxes = self._perform(job)
        if mailboxes:
            self._tell(mailboxes)
        return Done(result)
