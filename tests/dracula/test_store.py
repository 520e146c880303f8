"""What counts, until when, and what it costs."""

import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.task import Clock

from mailcap.dracula.store import Store


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store(clock):
    return Store(clock.seconds, ttl=60)


@pytest.fixture
def used() -> Iterator:
    """A function that tells how many octets are in use, and were at most."""
    tracemalloc.start()
    yield tracemalloc.get_traced_memory
    tracemalloc.stop()


def collect(store):
    while store.collect(100):
        pass


def test_a_put_counts_for_its_key_its_namespace_and_the_server(store):
    assert [store.put(b"n", b"k") for _ in range(3)] == [1, 2, 3]
    store.put(b"n", b"other")
    store.put(b"m", b"k")
    assert (store.count(b"n", b"k"), store.count(b"m", b"k")) == (3, 1)
    assert (store.count_namespace(b"n"), store.count_namespace(b"m")) == (4, 1)
    assert store.count_all() == 5
    assert sorted(store.keys(b"n")) == [b"k", b"other"]
    assert store.namespaces() == [b"m", b"n"]


def test_what_is_unknown_is_zero(store):
    assert store.count(b"n", b"k") == store.count_namespace(b"n") == store.count_all() == 0
    assert store.keys(b"n") == store.namespaces() == []


def test_an_empty_key_is_one(store):
    assert store.put(b"", b"") == 1
    assert store.keys(b"") == [b""]


def test_each_put_expires_by_itself(store, clock):
    store.put(b"n", b"k")
    clock.advance(30)
    store.put(b"n", b"k")
    clock.advance(29)
    assert store.count(b"n", b"k") == 2
    clock.advance(1)
    assert store.count(b"n", b"k") == store.count_namespace(b"n") == store.count_all() == 1
    clock.advance(30)
    assert store.count(b"n", b"k") == store.count_namespace(b"n") == store.count_all() == 0
    assert store.keys(b"n") == store.namespaces() == []


def test_counts_are_right_before_anything_is_collected_and_after(store, clock):
    for second in range(100):
        store.put(b"n", b"%d" % (second % 7))
        clock.advance(1)
    before = [store.count(b"n", b"%d" % key) for key in range(7)], store.count_namespace(b"n")
    assert before[1] == sum(before[0]) == 59
    collect(store)
    assert ([store.count(b"n", b"%d" % key) for key in range(7)], store.count_namespace(b"n")) == (
        before
    )


@pytest.mark.parametrize("ttl", [2, 60, 600, 601, 86400])
def test_a_put_lives_its_time_but_for_the_tick_it_falls_in(clock, ttl):
    store, tick = Store(clock.seconds, ttl=ttl), -(-ttl // 600)
    clock.advance(tick * 0.9)
    store.put(b"n", b"k")
    clock.advance(ttl - tick)
    assert store.count(b"n", b"k") == 1
    clock.advance(2 * tick)
    assert store.count(b"n", b"k") == 0


def test_a_life_that_is_too_short_is_refused(clock):
    with pytest.raises(ValueError, match="dracula server expiry is too short"):
        Store(clock.seconds, ttl=1)


def test_the_only_namespace_is_collected_too(store, clock):
    for number in range(1000):
        store.put(b"n", b"%d" % number)
    clock.advance(60)
    assert len(store) == 1
    collect(store)
    assert (len(store), store.keys_held) == (0, 0)


def test_collecting_is_done_in_pieces(store, clock):
    for number in range(250):
        store.put(b"n", b"%d" % number)
    assert store.collect(100) is False
    clock.advance(60)
    assert [store.collect(100), store.keys_held] == [True, 150]
    assert [store.collect(100), store.keys_held] == [True, 50]
    assert [store.collect(100), store.keys_held] == [False, 0]


def test_what_is_put_again_lives_on(store, clock):
    for number in range(10):
        store.put(b"n", b"%d" % number)
    clock.advance(50)
    store.put(b"n", b"3")
    clock.advance(10)
    collect(store)
    assert store.keys(b"n") == [b"3"]
    assert store.keys_held == 1
    clock.advance(50)
    collect(store)
    assert store.keys_held == 0


def test_time_that_jumps_costs_nothing(store, clock):
    store.put(b"n", b"k")
    clock.advance(10**9)
    collect(store)
    assert len(store) == 0
    store.put(b"n", b"k")
    clock.advance(10**9)
    assert store.put(b"n", b"k") == 1
    clock.advance(60)
    collect(store)
    assert (len(store), store.keys_held) == (0, 0)


def test_memory_comes_back(store, clock, used):
    store.put(b"n", b"lives")
    empty, _ = used()
    for number in range(50_000):
        store.put(b"n", b"key %d" % number)
        store.put(b"namespace %d" % (number % 1000), b"k")
    full, _ = used()
    assert full - empty < store.held < 1.7 * (full - empty)
    clock.advance(59)
    store.put(b"n", b"lives")
    clock.advance(1)
    collect(store)
    left, _ = used()
    assert left - empty < 100_000
    assert store.count(b"n", b"lives") == 1


def test_a_flood_of_keys_takes_bounded_room_and_the_oldest_give_way(clock, used):
    store = Store(clock.seconds, ttl=60, room=2**20)
    for number in range(20_000):
        store.put(b"n", b"%d" % number + b"x" * 1000)
        store.put(b"good", b"sender")
        clock.advance(0.01)
    _, peak = used()
    assert store.held <= 2**20
    assert peak < 2**20 + 100_000
    assert store.evicted > 19_000
    assert store.count(b"n", b"19999" + b"x" * 1000) == 1
    assert store.count(b"good", b"sender") > 5900


def test_a_flood_of_namespaces_is_bounded_as_well(clock):
    store = Store(clock.seconds, ttl=60, room=2**20)
    for number in range(5000):
        store.put(b"%d" % number, b"k")
    assert store.held <= 2**20
    assert len(store) < 2000


def test_a_key_that_is_put_for_a_day_costs_no_more_than_600_ticks(clock):
    store = Store(clock.seconds, ttl=86400)
    for _ in range(86400 // 10):
        store.put(b"n", b"k")
        clock.advance(10)
    assert store.held < 3 * 600 * 96 + 2000


names = st.sampled_from([b"a", b"b", b"c"])
steps = st.one_of(
    st.tuples(st.just("put"), names, names),
    st.tuples(st.just("wait"), st.sampled_from([0.3, 1, 2, 5, 9, 30])),
    st.tuples(st.just("collect"), st.integers(1, 3)),
)


@settings(max_examples=300)
@given(st.lists(steps, max_size=60), st.sampled_from([2, 5, 10]))
def test_any_history_counts_as_a_naive_list_does(history, ttl):
    clock = Clock()
    store, model = Store(clock.seconds, ttl=ttl), []
    for step, *words in history:
        if step == "put":
            model.append((int(clock.seconds()) + ttl, *words))
            expected = sum(each == model[-1] or each[1:] == model[-1][1:] for each in model)
            assert store.put(*words) == expected
        elif step == "wait":
            clock.advance(words[0])
        else:
            store.collect(words[0])
        model = [each for each in model if each[0] > int(clock.seconds())]
        check(store, model)
    clock.advance(ttl + 1)
    collect(store)
    assert (len(store), store.keys_held, store.count_all(), store.held) == (0, 0, 0, 0)


def check(store, model):
    for namespace in (b"a", b"b", b"c"):
        mine = [each for each in model if each[1] == namespace]
        assert store.count_namespace(namespace) == len(mine)
        assert set(store.keys(namespace)) == {each[2] for each in mine}
        for key in (b"a", b"b", b"c"):
            assert store.count(namespace, key) == sum(each[2] == key for each in mine)
    assert store.count_all() == len(model)
    assert store.namespaces() == sorted({each[1] for each in model})
