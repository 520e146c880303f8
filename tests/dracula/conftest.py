"""Real counting servers."""

from collections.abc import Callable, Iterator

import pytest

from support.dracula import DraculaDaemon


@pytest.fixture
def dracula() -> Iterator[Callable[..., DraculaDaemon]]:
    """A function that starts a server; its arguments are those of `DraculaDaemon`."""
    started: list[DraculaDaemon] = []

    def start(*options: str, **more) -> DraculaDaemon:
        started.append(DraculaDaemon(*options, **more))
        return started[-1]

    yield start
    for each in started:
        each.stop()
