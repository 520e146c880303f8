from twisted.internet.task import Clock

from mailcap.dracula.server import collection
from mailcap.dracula.server.collection import Collection
from mailcap.dracula.server.statistics import Statistics
from mailcap.dracula.store import Store


def fill(store, keys):
    for number in range(keys):
        store.put(b"n", b"%d" % number)


def test_what_has_expired_goes_within_a_second_in_pieces(monkeypatch):
    monkeypatch.setattr(collection, "_PIECE", 100)
    clock = Clock()
    store, statistics = Store(clock.seconds, ttl=2), Statistics()
    pieces = []
    collect = store.collect
    store.collect = lambda most: pieces.append(most) or collect(most)
    collecting = Collection(store, statistics, clock)
    collecting.start()
    fill(store, 1000)
    clock.advance(1)
    assert store.keys_held == 1000
    pieces.clear()
    clock.advance(1)
    clock.advance(1)
    assert (store.keys_held, pieces[:10]) == (0, [100] * 10)
    assert statistics.pause > 0
    collecting.stop()
    collecting.stop()
    assert clock.getDelayedCalls() == []


def test_memory_is_given_back_once_when_many_have_gone(monkeypatch):
    trims = []

    class Library:
        def __init__(self, _name):
            self.malloc_trim = trims.append

    monkeypatch.setattr(collection.ctypes, "CDLL", Library)
    monkeypatch.setattr(collection, "_MANY", 100)
    clock = Clock()
    store = Store(clock.seconds, ttl=2)
    collecting = Collection(store, Statistics(), clock)
    collecting.start()
    for keys, expected in ((50, []), (1000, [0]), (1000, [0, 0]), (50, [0, 0])):
        fill(store, keys)
        for _ in range(5):
            clock.advance(1)
        assert trims == expected
    monkeypatch.setattr(collection.ctypes, "CDLL", lambda _name: object())
    fill(store, 1000)
    for _ in range(5):
        clock.advance(1)
    assert store.keys_held == 0
    collecting.stop()
