"""What was read lately is remembered, and no more than that."""

from hypothesis import given
from hypothesis import strategies as st

from mailcap.store.remembered import Remembered


def test_what_is_put_is_there():
    table = Remembered(10)
    assert table.get("a") is None
    table.put("a", 1)
    table.put("a", 2)
    assert table.get("a") == 2
    assert len(table) == 1


def test_what_is_asked_for_stays_and_the_rest_gives_way():
    table = Remembered(10)
    for number in range(100):
        table.put(number, str(number))
        assert table.get(0) == "0"
    assert table.get(50) is None
    assert table.get(99) == "99"


@given(st.integers(1, 20), st.lists(st.tuples(st.booleans(), st.integers(0, 30))))
def test_any_history(most, steps):
    table = Remembered(most)
    put = {}
    for is_put, key in steps:
        if is_put:
            put[key] = object()
            table.put(key, put[key])
            assert table.get(key) is put[key]
        else:
            assert table.get(key) in (None, put.get(key))
        assert len(table) <= max(most, 2)
