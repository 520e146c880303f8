"""An awaitable that has its result already: the store without a reactor."""

from __future__ import annotations

from collections.abc import Generator
from typing import Generic, TypeVar

T = TypeVar("T")


class Done(Generic[T]):
    """Awaiting it gives *result* at once, without any event loop."""

    def __init__(self, result: T) -> None:
        self._result = result

    def __await__(self) -> Generator[None, None, T]:
        yield from ()  # makes this a generator
        return self._result
