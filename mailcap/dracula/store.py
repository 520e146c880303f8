"""Counts of what happened within the last seconds, in bounded room."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil

SHORTEST_TTL = 2  # seconds: time goes by in whole ones

_MOST_TICKS = 600
# Measured octets, rounded up: what a namespace, a key, and each further tick of one cost.
_NAMESPACE_COST = 600
_KEY_COST = 220
_TICK_COST = 96
_SPARSE = 4  # a table of which less than a quarter is used is made anew
_LARGE = 1024


class _Window:
    """How often something happened, by the tick at which that expires."""

    __slots__ = ("_ticks", "total")

    def __init__(self) -> None:
        self.total = 0
        self._ticks: list[int] = []  # expiry, number, expiry, number: half as large as pairs

    @property
    def expiry(self) -> int:
        """When the last of it expires."""
        return self._ticks[-2] if self._ticks else 0

    def add(self, expiry: int) -> int:
        """Count one more; return how many ticks that took (0 or 1)."""
        self.total += 1
        ticks = self._ticks
        if ticks and ticks[-2] == expiry:
            ticks[-1] += 1
            return 0
        ticks += (expiry, 1)
        return 1

    def expire(self, now: int) -> int:
        """Forget what has expired; return how many ticks that gave back."""
        ticks = self._ticks
        if not ticks or ticks[0] > now:
            return 0
        gone = 0
        while gone < len(ticks) and ticks[gone] <= now:
            self.total -= ticks[gone + 1]
            gone += 2
        del ticks[:gone]
        return gone // 2

    @property
    def ticks(self) -> int:
        """How many ticks it is made of."""
        return len(self._ticks) // 2


class _Key(_Window):
    """A key's window, and where it belongs."""

    __slots__ = ("key", "namespace")

    def __init__(self, namespace: _Namespace, key: bytes) -> None:
        super().__init__()
        self.namespace = namespace
        self.key = key


class _Namespace(_Window):
    """The window of all keys together, and the keys."""

    __slots__ = ("_peak", "keys", "name")

    def __init__(self, name: bytes) -> None:
        super().__init__()
        self.name = name
        self.keys: dict[bytes, _Key] = {}
        self._peak = _LARGE

    def discard(self, key: bytes) -> None:
        del self.keys[key]
        # A table never shrinks by itself when what is in it goes.
        self._peak = max(self._peak, len(self.keys))
        if len(self.keys) * _SPARSE < self._peak > _LARGE:
            self.keys = dict(self.keys.items())
            self._peak = max(_LARGE, len(self.keys))


class Store:
    """Namespaces of keys, and how often each was put within the last *ttl* seconds.

    Time goes by in ticks of whole seconds, as in the released server; with a *ttl* over ten
    minutes in longer ones, so that a key costs at most 600 of them however often it is
    put.  `put` and the counts take the same time however much there is.  What nobody
    asks for any more goes with `collect`, which is to be called now and then.  At most
    about *room* octets are held: then the keys that would expire first give way.

    *seconds* tells the time of any one clock that does not go back.
    """

    def __init__(self, seconds: Callable[[], float], *, ttl: int = 60, room: int = 2**28) -> None:
        if ttl < SHORTEST_TTL:
            raise ValueError("dracula server expiry is too short")
        self._seconds = seconds
        self._tick = ceil(ttl / _MOST_TICKS)
        self._life = ceil(ttl / self._tick)
        self._room = room
        self._namespaces: dict[bytes, _Namespace] = {}
        self._all = _Window()
        # Each key is due exactly once: at the end of its life as it was when it was
        # put there.  If it lives on by then, it is put there again.
        self._due: dict[int, list[_Key]] = {}
        self._next = self._now()
        self._batch: list[_Key] = []
        self.held = 0
        self.keys_held = 0
        self.evicted = 0

    def put(self, namespace: bytes, key: bytes) -> int:
        """Count *key* once more; return how often it is counted now."""
        now = self._now()
        expiry = now + self._life
        entry = self._entry(namespace, key, expiry)
        space = entry.namespace
        gone = entry.expire(now) + space.expire(now) + self._all.expire(now)
        fresh = entry.add(expiry) + space.add(expiry) + self._all.add(expiry)
        self.held += (fresh - gone) * _TICK_COST
        total = entry.total
        if self.held > self._room:
            self._make_room(now)
        return total

    def count(self, namespace: bytes, key: bytes) -> int:
        """Return how often *key* was put."""
        space = self._namespaces.get(namespace)
        entry = None if space is None else space.keys.get(key)
        return 0 if entry is None else self._live(entry)

    def count_namespace(self, namespace: bytes) -> int:
        """Return how often any key of *namespace* was put."""
        space = self._namespaces.get(namespace)
        return 0 if space is None else self._live(space)

    def count_all(self) -> int:
        """Return how often any key was put."""
        return self._live(self._all)

    def keys(self, namespace: bytes) -> list[bytes]:
        """Return the keys of *namespace* that count, in no order."""
        space, now = self._namespaces.get(namespace), self._now()
        if space is None:
            return []
        return [each.key for each in space.keys.values() if each.expiry > now]

    def namespaces(self) -> list[bytes]:
        """Return the namespaces that have such keys, in the order of their octets."""
        now = self._now()
        return sorted(each.name for each in self._namespaces.values() if each.expiry > now)

    def __len__(self) -> int:
        """How many namespaces are held."""
        return len(self._namespaces)

    def collect(self, most: int) -> bool:
        """Look at up to *most* keys that are due; return whether more are."""
        now = self._now()
        while most > 0 and (self._batch or self._advance(now)):
            self._retire(self._batch.pop(), now)
            most -= 1
        return bool(self._batch) or any(tick <= now for tick in self._due)

    def _now(self) -> int:
        return int(self._seconds() // self._tick)

    def _live(self, window: _Window) -> int:
        self.held -= window.expire(self._now()) * _TICK_COST
        return window.total

    def _entry(self, namespace: bytes, key: bytes, expiry: int) -> _Key:
        space = self._namespaces.get(namespace)
        if space is None:
            space = self._namespaces[namespace] = _Namespace(namespace)
            self.held += _NAMESPACE_COST
        entry = space.keys.get(key)
        if entry is None:
            entry = space.keys[key] = _Key(space, key)
            self.held += _KEY_COST + len(key)
            self.keys_held += 1
            self._due.setdefault(expiry, []).append(entry)
        return entry

    def _advance(self, now: int) -> bool:
        """Go on to the next keys that are due by *now*; return whether there are any."""
        while self._due and self._next <= now:
            if batch := self._due.pop(self._next, None):
                self._batch = batch
                return True
            self._next += 1
        if not self._due:
            self._next = now
        return False

    def _retire(self, entry: _Key, now: int) -> bool:
        """Forget a key, unless it lives on; return whether it went."""
        if entry.expiry > max(now, self._next):
            self._due.setdefault(entry.expiry, []).append(entry)
            return False
        space = entry.namespace
        space.discard(entry.key)
        self.keys_held -= 1
        self.held -= _KEY_COST + len(entry.key) + entry.ticks * _TICK_COST
        if not space.keys:
            del self._namespaces[space.name]
            self.held -= _NAMESPACE_COST + space.ticks * _TICK_COST
        return True

    def _make_room(self, now: int) -> None:
        """Forget the keys that would be due first.

        What they were put still counts for their namespace, as long as that has others.
        """
        last = now + self._life
        while self.held > self._room and (self._batch or self._advance(last)):
            self.evicted += self._retire(self._batch.pop(), now)
