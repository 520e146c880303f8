from hypothesis import given
from hypothesis import strategies as st

from mailcap.authentication.expiring import Expiring


def test_an_entry_lives_from_when_it_was_put():
    table = Expiring(lifetime=10, most=5)
    table.put("a", 1, 100)
    assert table.get("a", 100) == 1
    assert table.get("a", 109.9) == 1
    assert table.get("a", 110) is None
    assert table.remaining("a", 104) == 6
    assert table.remaining("a", 111) == 0
    assert table.remaining("b", 100) == 0


def test_putting_it_again_begins_anew():
    table = Expiring(lifetime=10, most=5)
    table.put("a", 1, 100)
    table.put("a", 2, 108)
    assert table.get("a", 112) == 2
    assert len(table) == 1


def test_what_is_discarded_is_forgotten():
    table = Expiring(lifetime=10, most=5)
    table.put("a", 1, 100)
    table.discard("a")
    table.discard("never there")
    assert table.get("a", 100) is None


def test_the_oldest_gives_way():
    table = Expiring(lifetime=10, most=2)
    table.put("a", 1, 0)
    table.put("b", 2, 1)
    table.put("a", 3, 2)
    table.put("c", 4, 3)
    assert (table.get("a", 3), table.get("b", 3), table.get("c", 3)) == (3, None, 4)


def test_the_expired_leave_room_without_being_asked_for():
    table = Expiring(lifetime=10, most=1000)
    for number in range(500):
        table.put(number, number, 0)
    table.put("late", 1, 11)
    assert len(table) == 1


@given(
    st.lists(st.tuples(st.integers(0, 8), st.floats(0, 30))),
    st.integers(1, 5),
)
def test_it_agrees_with_a_plain_record(steps, most):
    table = Expiring(lifetime=10, most=most)
    now, history = 0.0, {}
    for key, wait in steps:
        now += wait
        history.pop(key, None)
        history[key] = now
        table.put(key, now, now)
        assert len(table) <= most
        newest = list(history)[-most:]
        for each, put in history.items():
            alive = each in newest and put + 10 > now
            assert (table.get(each, now) == put) if alive else table.get(each, now) is None
