"""Group commit: what waits goes together, and nobody suffers for another one's message."""

from collections.abc import Sequence

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.logger import capturedLogs

from mailcap.domain.errors import StoreFull, StoreUnavailable
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


def test_a_full_database_has_been_looked_at(store: Store, delivery: Delivery) -> None:
    sender = Sender(delivery)
    store.fail(IN_DOUBT)
    store.fail(StoreFull("no room"))
    assert str(sender.answer) == "no room"


def test_doubts_do_not_last_for_ever(store: Store, delivery: Delivery, clock: Clock) -> None:
    sender = Sender(delivery)
    store.fail(IN_DOUBT)
    with capturedLogs() as logs:
        for _ in range(11):
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
