"""Group commit: what waits goes together, and nobody suffers for another one's message."""

from collections.abc import Sequence

import pytest
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock
from twisted.logger import capturedLogs

from mailcap.domain.errors import Busy, StoreFull, StoreUnavailable
from mailcap.domain.messages import Incoming
from mailcap.services.delivery import Delivery
from support.stores import incoming

ENVELOPE = incoming("bob@example.com", "carol@example.com").envelope


class Store:
    """Notes what is to be committed, and commits when told."""

    def __init__(self) -> None:
        self.batches: list[Sequence[Incoming]] = []
        self.again: list[bool] = []
        self._running: list[Deferred[None]] = []

    def store_batch(self, batch: Sequence[Incoming], *, again: bool = False) -> Deferred[None]:
        self.batches.append(batch)
        self.again.append(again)
        self._running.append(Deferred())
        return self._running[-1]

    def commit(self) -> None:
        self._running.pop(0).callback(None)

    def fail(self, error: Exception) -> None:
        self._running.pop(0).errback(error)

    @property
    def sizes(self) -> list[int]:
        return [len(batch) for batch in self.batches]


class Sender:
    """Waits for one delivery."""

    def __init__(self, delivery: Delivery, body: bytes = b"Subject: x\r\n\r\nhello\r\n") -> None:
        self.answer: object = None
        delivery.deliver(ENVELOPE, body).addBoth(self._answered)

    def _answered(self, answer: object) -> None:
        self.answer = getattr(answer, "value", answer)


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def delivery(store: Store, clock: Clock) -> Delivery:
    return Delivery(store, host_name="mail.example.net", clock=clock, now=lambda: 1_700_000_000.0)


def test_the_answer_comes_behind_the_commit(store: Store, delivery: Delivery) -> None:
    sender = Sender(delivery)
    assert sender.answer is None
    store.commit()
    assert sender.answer == store.batches[0][0].base


def test_what_is_stored(store: Store, delivery: Delivery) -> None:
    Sender(delivery)
    (item,) = store.batches[0]
    assert item.envelope is ENVELOPE
    assert item.received == 1_700_000_000_000
    assert (item.header, item.rest) == (b"Subject: x\r\n\r\n", b"hello\r\n")
    assert [b"for <bob@" in trace for trace in item.traces] == [True, False]
    assert [b"for <carol@" in trace for trace in item.traces] == [False, True]


def test_a_lone_message_waits_for_nobody(store: Store, delivery: Delivery) -> None:
    Sender(delivery)
    assert store.sizes == [1]


def test_what_comes_during_a_commit_goes_into_the_next_one(
    store: Store, delivery: Delivery
) -> None:
    first = Sender(delivery)
    others = [Sender(delivery) for _ in range(30)]
    store.commit()
    assert store.sizes == [1, 30]
    assert first.answer is not None
    assert {other.answer for other in others} == {None}
    store.commit()
    assert len({other.answer for other in others}) == 30


def test_the_disk_is_busy_again_before_senders_are_told(store: Store, delivery: Delivery) -> None:
    seen: list[list[int]] = []
    delivery.deliver(ENVELOPE, b"").addCallback(lambda _base: seen.append(store.sizes))
    Sender(delivery)
    store.commit()
    assert seen == [[1, 1]]


def test_a_batch_is_bounded_in_messages_and_octets(store: Store, delivery: Delivery) -> None:
    Sender(delivery)
    for _ in range(300):
        Sender(delivery)
    store.commit()
    store.commit()
    assert store.sizes == [1, 256, 44]
    store.commit()
    large = b"x" * (20 * 1024 * 1024)
    for _ in range(3):
        Sender(delivery, large)
    for _ in range(3):
        store.commit()
    assert store.sizes[3:] == [1, 1, 1]


def test_a_failing_database_is_told_to_all_who_wait(store: Store, delivery: Delivery) -> None:
    Sender(delivery)
    senders = [Sender(delivery) for _ in range(3)]
    store.commit()
    late = Sender(delivery)
    with capturedLogs() as logs:
        store.fail(StoreFull("no room"))
    assert [str(sender.answer) for sender in senders] == ["no room"] * 3
    assert logs == []  # the store tells of its outages
    assert late.answer is None
    assert store.sizes == [1, 3, 1]


def test_nobody_waits_for_what_others_have_waited_for_in_vain(
    store: Store, delivery: Delivery, clock: Clock
) -> None:
    senders = [Sender(delivery) for _ in range(300)]
    clock.advance(2)
    store.fail(GONE)
    assert {sender.answer for sender in senders} == {GONE}
    Sender(delivery)
    assert store.sizes == [1, 1]


IN_DOUBT = StoreUnavailable("gone", in_doubt=True)
GONE = StoreUnavailable("gone")


def test_a_commit_in_doubt_is_asked_for_until_it_is_known(
    store: Store, delivery: Delivery, clock: Clock
) -> None:
    sender = Sender(delivery)
    store.fail(IN_DOUBT)
    assert store.again == [False, True]
    for number in range(3, 6):
        store.fail(GONE)
        assert sender.answer is None
        clock.advance(1)
        assert len(store.batches) == number
    assert all(batch == store.batches[0] for batch in store.batches)
    store.commit()
    assert sender.answer == store.batches[0][0].base


def test_nobody_waits_for_the_doubts_of_others(
    store: Store, delivery: Delivery, clock: Clock
) -> None:
    sender = Sender(delivery)
    store.fail(IN_DOUBT)
    for _ in range(3):
        other = Sender(delivery)
        store.fail(GONE)
        assert (sender.answer, other.answer) == (None, GONE)
        clock.advance(1)
    last = Sender(delivery)
    store.commit()
    assert sender.answer == store.batches[0][0].base
    store.commit()
    assert last.answer == store.batches[-1][0].base


def test_a_full_database_has_been_looked_at(store: Store, delivery: Delivery) -> None:
    sender = Sender(delivery)
    store.fail(IN_DOUBT)
    store.fail(StoreFull("no room"))
    assert str(sender.answer) == "no room"


def test_doubts_do_not_last_for_ever(store: Store, delivery: Delivery, clock: Clock) -> None:
    sender = Sender(delivery)
    store.fail(IN_DOUBT)
    with capturedLogs() as logs:
        for _ in range(76):
            assert sender.answer is None
            store.fail(GONE)
            clock.advance(1)
    assert sender.answer is GONE
    assert [event["count"] for event in logs] == [1]


def test_one_impossible_message_does_not_take_others_with_it(
    store: Store, delivery: Delivery
) -> None:
    Sender(delivery)
    good, bad, also_good = (Sender(delivery) for _ in range(3))
    store.commit()
    store.fail(ValueError("one of them"))
    late = Sender(delivery)
    with capturedLogs() as logs:
        store.commit()
        store.fail(ValueError("this one"))
        store.commit()
    store.commit()
    assert store.sizes == [1, 3, 1, 1, 1, 1]
    assert isinstance(bad.answer, ValueError)
    assert all(isinstance(sender.answer, str) for sender in (good, also_good, late))
    assert len([event for event in logs if event.get("log_failure")]) == 1


# The end


def _stop(delivery: Delivery) -> list[object]:
    told: list[object] = []
    delivery.stop().addBoth(told.append)
    return told


def test_where_nothing_is_under_way_the_end_takes_no_time(
    store: Store, delivery: Delivery, clock: Clock
) -> None:
    assert _stop(delivery) == [None]
    assert isinstance(Sender(delivery).answer, Busy)
    assert store.batches == []
    assert clock.getDelayedCalls() == []


def test_at_the_end_what_is_being_committed_is_answered_and_what_waits_never_stored(
    store: Store, delivery: Delivery, clock: Clock
) -> None:
    under_way, waiting = Sender(delivery), Sender(delivery)
    told = _stop(delivery)
    late = Sender(delivery)
    assert isinstance(waiting.answer, Busy)
    assert isinstance(late.answer, Busy)
    assert (under_way.answer, told) == (None, [])
    store.commit()
    assert under_way.answer == store.batches[0][0].base
    assert told == [None]
    assert store.sizes == [1]
    assert clock.getDelayedCalls() == []


def test_senders_are_told_before_the_end(store: Store, delivery: Delivery) -> None:
    Sender(delivery)
    senders = [Sender(delivery) for _ in range(2)]
    store.commit()
    known: list[object] = []
    delivery.stop().addCallback(lambda _: known.extend(one.answer for one in senders))
    store.commit()
    assert known == [item.base for item in store.batches[1]]


def test_the_end_may_come_while_senders_are_told(store: Store, delivery: Delivery) -> None:
    told: list[list[object]] = []
    delivery.deliver(ENVELOPE, b"").addCallback(lambda _: told.append(_stop(delivery)))
    last = Sender(delivery)
    store.commit()
    assert (told, last.answer) == ([[]], None)
    store.commit()
    assert (told, last.answer) == ([[None]], store.batches[1][0].base)


def test_the_last_commit_may_fail(store: Store, delivery: Delivery) -> None:
    sender = Sender(delivery)
    told = _stop(delivery)
    store.fail(StoreFull("no room"))
    assert str(sender.answer) == "no room"
    assert told == [None]


def test_at_the_end_nobody_is_tried_one_by_one(store: Store, delivery: Delivery) -> None:
    first = Sender(delivery)
    batch = [Sender(delivery) for _ in range(3)]
    store.commit()
    told = _stop(delivery)
    store.fail(ValueError("one of them"))
    assert isinstance(first.answer, str)
    assert [type(one.answer) for one in batch] == [Busy] * 3
    assert told == [None]
    assert store.sizes == [1, 3]


def test_a_doubt_at_the_end_may_be_resolved(store: Store, delivery: Delivery, clock: Clock) -> None:
    sender = Sender(delivery)
    told = _stop(delivery)
    store.fail(IN_DOUBT)
    store.fail(GONE)
    clock.advance(1)
    store.commit()
    assert sender.answer == store.batches[0][0].base
    assert (told, store.again) == ([None], [False, True, True])


def test_a_doubt_that_lasts_beyond_the_end_has_no_answer(
    store: Store, delivery: Delivery, clock: Clock
) -> None:
    sender = Sender(delivery)
    told = _stop(delivery)
    store.fail(IN_DOUBT)
    with capturedLogs() as logs:
        for _ in range(15):
            assert (sender.answer, told) == (None, [])
            store.fail(GONE)
            clock.advance(1)
        store.fail(GONE)
    assert isinstance(sender.answer, CancelledError)
    assert told == [None]
    assert len(logs) == 1
    assert clock.getDelayedCalls() == []


@pytest.mark.parametrize("outcome", [None, GONE])
def test_a_commit_that_does_not_end_has_no_answer(
    store: Store, delivery: Delivery, clock: Clock, outcome: Exception | None
) -> None:
    first = Sender(delivery)
    batch = [Sender(delivery) for _ in range(2)]
    store.commit()
    told = _stop(delivery)
    clock.advance(14)
    assert (told, batch[0].answer) == ([], None)
    with capturedLogs() as logs:
        clock.advance(1)
    assert isinstance(first.answer, str)
    assert [type(one.answer) for one in batch] == [CancelledError] * 2
    assert told == [None]
    assert [event["count"] for event in logs] == [2]
    with capturedLogs() as logs:
        store.commit() if outcome is None else store.fail(outcome)
    assert (logs, store.sizes) == ([], [1, 2])
