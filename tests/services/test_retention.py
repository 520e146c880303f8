"""When retention looks at what."""

from collections.abc import Collection

import pytest
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock
from twisted.logger import capturedLogs

from mailcap.domain.errors import StoreUnavailable
from mailcap.services.retention import Retention, RetentionRules

DAY = 86400.0
NOW = 1_700_000_000.0


class Store:
    """Notes what it is asked; answers what it is told to, else that nothing is left."""

    def __init__(self) -> None:
        self.asked: list[tuple] = []
        self.answers: dict[str, list] = {}

    def _answer(self, name: str, *details: object) -> Deferred:
        self.asked.append((name, *details))
        answers = self.answers.get(name)
        answer = answers.pop(0) if answers else (0 if name.startswith("forget") else (0, None))
        if isinstance(answer, Exception):
            raise answer
        return succeed(answer)

    def expire(self, *, received_before: int, behind: int, most: int) -> Deferred:
        assert most > 0
        return self._answer("expire", received_before, behind)

    def trim(self, *, per_inbox: int, behind: int, most: int) -> Deferred:
        assert most > 0
        return self._answer("trim", per_inbox, behind)

    def drop_empty(self, *, behind: int, most: int, keep: Collection[int]) -> Deferred:
        assert most > 0
        assert not keep
        return self._answer("drop_empty", behind)

    def forget_expunged(self, *, expunged_before: int, most: int) -> Deferred:
        self.most = most
        return self._answer("forget_expunged", expunged_before)

    def forget_aliases(self, *, shown_before: int, most: int) -> Deferred:
        self.most = most
        return self._answer("forget_aliases", shown_before)

    def of(self, name: str) -> list[tuple]:
        return [call[1:] for call in self.asked if call[0] == name]


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def make(store: Store, clock: Clock, *, age: float = 30 * DAY, per_inbox: int = 0) -> Retention:
    rules = RetentionRules(public_age=age, public_per_inbox=per_inbox, tombstones=2 * DAY)
    return Retention(store, rules, clock=clock, now=lambda: NOW)


def test_it_begins_with_the_service_and_comes_back_every_minute(store: Store, clock: Clock) -> None:
    retention = make(store, clock)
    retention.startService()
    assert store.of("expire") == [(int((NOW - 30 * DAY) * 1000), 0)]
    clock.advance(60)
    assert len(store.of("expire")) == 2
    retention.stopService()
    clock.advance(600)
    assert len(store.of("expire")) == 2


def test_it_goes_on_where_it_was_with_pauses(store: Store, clock: Clock) -> None:
    store.answers["expire"] = [(200, 200), (5, 400)]
    retention = make(store, clock)
    retention.startService()
    assert [behind for _, behind in store.of("expire")] == [0]
    clock.advance(0.1)
    assert [behind for _, behind in store.of("expire")] == [0, 200]
    clock.advance(0.1)
    assert [behind for _, behind in store.of("expire")] == [0, 200, 400]
    clock.advance(60)
    assert store.of("expire")[-1][1] == 400
    retention.stopService()


def test_once_a_day_it_looks_at_everything_again(store: Store, clock: Clock) -> None:
    store.answers["expire"] = [(0, 400)]
    retention = make(store, clock)
    retention.startService()
    clock.pump([0.1] + [60] * 24 * 60)
    behind = [number for _, number in store.of("expire")]
    assert behind[:3] == [0, 400, 400]
    assert behind.count(0) == 2
    retention.stopService()


def test_limits_that_are_not_set_do_nothing(store: Store, clock: Clock) -> None:
    make(store, clock, age=0).startService()
    assert store.of("expire") == store.of("trim") == []


def test_full_inboxes_are_trimmed(store: Store, clock: Clock) -> None:
    make(store, clock, per_inbox=6).startService()
    assert store.of("trim") == [(6, 0)]


def test_expunged_uids_are_forgotten_until_none_is_left(store: Store, clock: Clock) -> None:
    store.answers["forget_expunged"] = [200, 200, 3]
    make(store, clock).startService()
    clock.pump([0.1] * 3)
    assert store.of("forget_expunged") == [(int((NOW - 2 * DAY) * 1000),)] * 3


def test_empty_mailboxes_are_dropped_once_an_hour(store: Store, clock: Clock) -> None:
    retention = make(store, clock)
    retention.startService()
    clock.pump([60] * 61)
    assert len(store.of("drop_empty")) == 2
    retention.stopService()


def test_a_database_that_is_away_is_waited_for(store: Store, clock: Clock) -> None:
    store.answers["expire"] = [StoreUnavailable("gone"), ValueError("a defect")]
    retention = make(store, clock)
    with capturedLogs() as logs:
        retention.startService()
        clock.advance(60)
    assert ["gone" in str(event) for event in logs] == [True, False]
    assert logs[1]["log_failure"].type is ValueError
    clock.advance(60)
    assert len(store.of("expire")) == 3
    retention.stopService()


def test_aliases_are_forgotten_once_an_hour_as_old_as_public_mail(
    store: Store, clock: Clock
) -> None:
    store.answers["forget_aliases"] = [200, 7]  # as many as were asked for: there may be more
    retention = make(store, clock)
    retention.startService()
    clock.pump([1] * 5)
    assert store.of("forget_aliases") == [(int((NOW - 30 * DAY) * 1000),)] * 2
    clock.pump([60] * 61)
    assert len(store.of("forget_aliases")) == 3
    retention.stopService()


def test_aliases_are_kept_where_public_mail_is(store: Store, clock: Clock) -> None:
    retention = make(store, clock, age=0)
    retention.startService()
    assert store.of("drop_empty")
    assert store.of("forget_aliases") == []
    retention.stopService()
