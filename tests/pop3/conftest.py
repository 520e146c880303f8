from collections.abc import Iterator
from pathlib import Path

import pytest

from connection.conftest import failures, reactor
from connection.wires import Reactor
from pop3.house import House

__all__ = ["failures", "reactor"]


@pytest.fixture
def house(reactor: Reactor, tmp_path: Path) -> Iterator[House]:
    house = House(reactor, tmp_path)
    yield house
    house.close()
