"""What becomes of work that takes time, or takes none."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from twisted.internet.defer import Deferred, fail


def as_deferred(begin: Callable[[], Awaitable[Any]]) -> Deferred[Any]:
    """Return the outcome of *begin*, whatever it awaits, and even if it raises."""
    try:
        awaitable = begin()
    except Exception:  # noqa: BLE001  # it is an outcome like any other
        return fail()
    return (
        awaitable if isinstance(awaitable, Deferred) else Deferred.fromCoroutine(_wait(awaitable))
    )


async def _wait(awaitable: Awaitable[Any]) -> Any:
    return await awaitable
