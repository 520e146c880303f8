"""Counters against a naive sliding window, with attackers who choose keys."""

import sys

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.task import Clock

from mailcap.throttling.counters import SlidingCounters

WINDOW = 60.0
SLOT = WINDOW / 6


def counters(clock: Clock | None = None, **options: float) -> SlidingCounters:
    return SlidingCounters(clock or Clock(), **options)


def test_what_was_never_put_counts_nothing():
    assert counters().count("inbox", "a") == 0


def test_puts_are_counted_by_namespace_and_key():
    found = counters()
    found.put("inbox", "a")
    found.put("inbox", "a", 3)
    found.put("domain", "a")
    assert (found.count("inbox", "a"), found.count("domain", "a")) == (4, 1)
    assert found.count("inbox", "b") == 0


def test_what_is_put_counts_for_the_window_and_a_sixth_of_it_at_most():
    clock = Clock()
    found = counters(clock)
    found.put("inbox", "a")
    clock.advance(WINDOW - 0.001)
    assert found.count("inbox", "a") == 1
    clock.advance(SLOT + 0.002)
    assert found.count("inbox", "a") == 0
    assert len(found) == 0


def test_when_enough_will_have_expired():
    clock = Clock()
    found = counters(clock)
    found.put("inbox", "a", 2)
    clock.advance(SLOT)
    found.put("inbox", "a", 5)
    assert found.wait("inbox", "a", 2) == WINDOW
    assert found.wait("inbox", "a", 3) == WINDOW + SLOT
    clock.advance(found.wait("inbox", "a", 2))
    assert found.count("inbox", "a") == 5
    assert found.wait("inbox", "b", 1) == WINDOW  # who knows


def test_another_window_holds_from_now_on():
    clock = Clock()
    found = counters(clock)
    found.put("inbox", "a")
    found.window = 6.0
    clock.advance(SLOT + 6.0)
    assert found.count("inbox", "a") == 0
    found.put("inbox", "a")
    clock.advance(7.0)
    assert found.count("inbox", "a") == 0


STEPS = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.1, 1.0, 9.9, 10.0, 35.0, 61.0]),
        st.sampled_from("abc"),
        st.integers(1, 5),
    ),
    max_size=60,
)


@given(STEPS)
def test_a_naive_window_says_the_same(steps):
    clock = Clock()
    found = counters(clock)
    put: list[tuple[float, str, int]] = []
    for pause, key, times in steps:
        clock.advance(pause)
        found.put("n", key, times)
        put.append((clock.seconds(), key, times))
        for each in "abc":
            within, just_before = (
                sum(n for when, name, n in put if name == each and clock.seconds() - when < span)
                for span in (WINDOW, WINDOW + SLOT + 1e-6)
            )
            assert within <= found.count("n", each) <= just_before


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 30)), max_size=300))
def test_what_a_flood_of_keys_takes_from_others_is_bounded(puts):
    most = 8
    found = counters(most=most)
    true: dict[str, int] = {}
    for key, times in puts:
        found.put("n", str(key), times)
        true[str(key)] = true.get(str(key), 0) + times
    lost = 2 * sum(true.values()) / most
    assert len(found) <= most
    for key, count in true.items():
        assert count - lost <= found.count("n", key) <= count


def test_light_keys_drive_out_no_heavy_one():
    found = counters()
    for number in range(200_000):
        found.put("inbox", f"nobody-{number}@capture.example")
        if number % 1000 == 0:
            found.put("inbox", "target@capture.example")
    assert found.count("inbox", "target@capture.example") >= 200 - 2 * 200_000 / 10_000
    assert found.count("inbox", "other@capture.example") == 0


def test_memory_is_bounded_however_many_keys_there_are_and_however_long():
    clock = Clock()
    found = counters(clock)
    for number in range(300_000):
        clock.advance(WINDOW / 100_000)
        found.put("inbox", f"{number}{'x' * 200}")
    assert len(found) <= 8 * 10_000
    octets = sum(
        sys.getsizeof(table) + sum(map(sys.getsizeof, table))
        for slot in found._slots
        for table in slot.tables.values()
    )
    assert octets < 8 * 2**20


def test_a_namespace_takes_no_room_from_another():
    found = counters(most=10)
    found.put("address", "192.0.2.1", 2)
    for number in range(1000):
        found.put("inbox", str(number))
    assert found.count("address", "192.0.2.1") == 2
