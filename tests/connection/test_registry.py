import pytest
from twisted.internet.task import Clock

from mailcap.connection.dialogue import Farewell
from mailcap.connection.registry import Registry


class Guest:
    """Goes when told to, unless it is *busy*; ends when aborted, unless it is *dead*."""

    def __init__(
        self,
        registry: Registry,
        *,
        kind: str = "imap",
        host: str = "192.0.2.1",
        busy: bool = False,
        dead: bool = False,
    ) -> None:
        self.registry, self.kind, self.busy, self.dead = registry, kind, busy, dead
        self.told: list[str] = []
        self.access = None
        self.refused = registry.admit(self, host)

    def leave(self) -> None:
        self.told.append("leave")
        if not self.busy:
            self.registry.remove(self)

    def expel(self) -> None:
        self.told.append("expel")
        self.registry.remove(self)

    def abort(self) -> None:
        self.told.append("abort")
        if not self.dead:
            self.registry.remove(self)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def registry(clock):
    return Registry(clock)


def _ended(registry: Registry, seconds: float = 10) -> list[None]:
    ended: list[None] = []
    registry.shut_down(seconds).addCallback(ended.append)
    return ended


def _cut_off(registry: Registry) -> list[None]:
    ended: list[None] = []
    registry.cut_off().addCallback(ended.append)
    return ended


def test_counts_its_guests(registry):
    guests = [Guest(registry), Guest(registry)]
    assert len(registry) == 2
    registry.remove(guests[0])
    registry.remove(guests[0])
    assert len(registry) == 1


def test_those_who_read_leave_places_to_those_who_send(clock):
    registry = Registry(clock, most=4, readers=2)
    readers = [
        Guest(registry, kind=kind, host=f"192.0.{number}.1")
        for number, kind in enumerate(("pop3", "http", "imaps"))
    ]
    assert [one.refused for one in readers] == [None, None, Farewell.TOO_MANY]
    registry.remove(readers[2])
    senders = [Guest(registry, kind=kind) for kind in ("smtp", "submissions", "submission")]
    assert [one.refused for one in senders] == [None, None, Farewell.TOO_MANY]
    registry.remove(senders[2])
    registry.remove(readers[0])
    assert Guest(registry, kind="websocket").refused is None


def test_those_who_read_leave_places_to_other_sites(clock):
    registry = Registry(clock, most=40, readers=8)
    mine = [Guest(registry, host=f"192.0.2.{number}") for number in range(5)]
    assert [one.refused for one in mine] == [None] * 4 + [Farewell.TOO_MANY]
    assert Guest(registry, kind="smtp").refused is None
    assert Guest(registry, host="198.51.100.1").refused is None
    for one in mine[3:]:
        registry.remove(one)
        registry.remove(one)
    assert Guest(registry).refused is None
    assert Guest(registry).refused is Farewell.TOO_MANY
    assert registry.readers == 6


def test_any_number_is_admitted_unless_a_limit_is_set(clock, registry):
    assert all(Guest(registry).refused is None for _ in range(1000))
    small = Registry(clock, most=2)
    first, _ = Guest(small), Guest(small)
    third = Guest(small)
    assert third.refused is Farewell.TOO_MANY
    small.remove(third)
    small.remove(first)
    assert Guest(small).refused is None


def test_an_empty_registry_shuts_down_at_once(clock, registry):
    assert _ended(registry) == [None]
    assert clock.getDelayedCalls() == []


def test_guests_are_told_once_and_waited_for(clock, registry):
    idle, busy = Guest(registry), Guest(registry, busy=True)
    ended = _ended(registry)
    assert (idle.told, busy.told, ended) == (["leave"], ["leave"], [])
    clock.advance(9)
    registry.remove(busy)
    assert ended == [None]
    assert clock.getDelayedCalls() == []


def test_who_takes_too_long_is_cut_off(clock, registry):
    busy = Guest(registry, busy=True)
    ended = _ended(registry)
    clock.advance(10)
    assert (busy.told, ended) == (["leave"], [None])
    assert _cut_off(registry) == [None]
    assert busy.told == ["leave", "abort"]
    assert clock.getDelayedCalls() == []


def test_where_nobody_is_left_nobody_is_cut_off(clock, registry):
    _ended(registry)
    assert _cut_off(registry) == [None]
    assert clock.getDelayedCalls() == []


def test_who_ends_between_the_two_is_gone(clock, registry):
    busy = Guest(registry, busy=True)
    _ended(registry)
    clock.advance(10)
    registry.remove(busy)
    assert _cut_off(registry) == [None]
    assert busy.told == ["leave"]


def test_in_a_hurry_nobody_is_waited_for(clock, registry):
    registry.hurry()  # nobody leaves yet
    busy = Guest(registry, busy=True)
    ended = _ended(registry, seconds=600)
    registry.hurry()
    clock.advance(0)
    assert (busy.told, ended) == (["leave"], [None])
    registry.hurry()  # again, and no error


def test_nobody_waits_for_the_dead(clock, registry):
    dead = Guest(registry, busy=True, dead=True)
    _ended(registry)
    clock.advance(10)
    ended = _cut_off(registry)
    assert ended == []
    clock.advance(1)
    assert ended == [None]
    registry.remove(dead)  # late, and no error


def test_late_comers_are_refused(registry):
    Guest(registry, busy=True)
    _ended(registry)
    assert Guest(registry).refused is Farewell.SHUTDOWN
