from collections.abc import Iterator

import pytest

from support.stores import Bench


@pytest.fixture
def bench(store_url: str) -> Iterator[Bench]:
    """A fresh store of each kind; what must always hold is checked behind each test."""
    bench = Bench(store_url)
    yield bench
    bench.assert_sound()
    bench.close()
