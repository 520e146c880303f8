"""Who follows a mailbox hears of each message that comes in, once and in order."""

import pytest
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from fakes import outcomes
from mailcap.domain.errors import StoreUnavailable
from support.arriving import Arriving
from support.stores import Bench

INBOX = "anyone@public.test"
OTHER = "other@public.test"


@pytest.fixture
def house(tmp_path):
    bench = Bench(f"sqlite:///{tmp_path}/mailcap.db")
    yield Arriving(bench)
    bench.close()


def follow(house, inbox: str = INBOX, heard: list | None = None):
    """Return a follower and what it hears: ids."""
    heard = [] if heard is None else heard
    begun = outcomes(
        house.arrivals.follow(inbox, lambda one: heard.append(one.message.id), kind="wait")
    )
    house.turn()
    (following,) = begun
    return following, heard


def test_what_comes_is_told_once_and_in_order(house):
    house.deliver(INBOX)
    following, heard = follow(house)
    assert heard == []
    sent = house.deliver(INBOX) + house.deliver(INBOX)
    house.deliver(OTHER)
    house.hub.changed(None)
    house.turn()
    assert heard == sent
    following.stop()
    following.stop()
    house.deliver(INBOX)
    assert heard == sent
    house.assert_idle()


def test_messages_have_their_summaries(house):
    subjects = []
    outcomes(
        house.arrivals.follow(
            INBOX,
            lambda one: subjects.append(one.message.summary),
            kind="wait",
        )
    )
    house.turn()
    house.deliver(INBOX, header=b"Subject: here\r\n\r\n")
    assert b'"subject":"here"' in subjects[0]


def test_one_trip_serves_all(house):
    """However many mailboxes one commit has changed, and however many follow them."""
    followers = [follow(house, inbox) for inbox in (INBOX, INBOX, OTHER) for _ in range(20)]
    house.port.asked.clear()
    sent = house.deliver(INBOX, OTHER)
    assert len(house.port.asked) == 1
    assert [heard for _, heard in followers] == [[sent[0]]] * 40 + [[sent[1]]] * 20
    for following, _ in followers:
        following.stop()
    house.assert_idle()


def test_many_who_wait_for_the_same_let_others_have_their_turn(house):
    heard: list[str] = []
    for _ in range(100):
        follow(house, heard=heard)
    between: list[int] = []
    outcomes(
        house.arrivals.follow(
            OTHER,
            lambda _: house.clock.callLater(0, lambda: between.append(len(heard))),
            kind="wait",
        )
    )
    house.turn()
    house.deliver(OTHER, INBOX)
    assert 0 < between[0] < 100
    assert len(heard) == 100


def test_a_flood_is_told_completely(house):
    _, heard = follow(house)
    sent = [house.bench.deliver(INBOX)[0] for _ in range(250)]
    for _ in range(10):
        house.turn()
    assert heard == sent


def test_one_that_fails_costs_the_others_nothing(house):
    def fail(_arrival):
        raise RuntimeError("a mistake")

    outcomes(house.arrivals.follow(INBOX, fail, kind="wait"))
    house.turn()
    _, heard = follow(house)
    assert house.deliver(INBOX) == heard


def test_the_mailbox_is_found_again_when_its_row_was_dropped(house):
    following, heard = follow(house)
    before = house.id_of(INBOX)
    house.drop(INBOX)
    assert house.id_of(INBOX) != before
    assert house.deliver(INBOX) == heard
    following.stop()
    house.assert_idle()


def test_a_store_that_is_away_is_asked_again(house):
    following, heard = follow(house)
    house.port.broken = StoreUnavailable("away")
    sent = house.deliver(INBOX)
    house.clock.advance(0.9)
    house.turn()
    assert heard == []
    house.port.broken = None
    house.clock.advance(0.1)
    house.turn()
    assert heard == sent
    following.stop()
    house.assert_idle()


def test_nobody_begins_with_a_store_that_is_away(house):
    house.port.broken = StoreUnavailable("away")
    following, _ = follow(house)
    assert isinstance(following, Failure)
    house.assert_idle()


def test_who_goes_away_before_it_has_begun_leaves_nothing_behind(house):
    heard = []

    async def work():
        await house.arrivals.follow(INBOX, heard.append, kind="wait")

    beginning = Deferred.fromCoroutine(work())
    beginning.addErrback(lambda _: None)
    beginning.cancel()
    house.turn()
    house.deliver(INBOX)
    assert heard == []
    house.assert_idle()


def test_a_summary_that_cannot_be_made_now_is_made_later(house):
    following, heard = follow(house)
    complete, house.arrivals._complete = house.arrivals._complete, unavailable
    sent = house.deliver(INBOX)
    assert heard == []
    house.arrivals._complete = complete
    house.clock.advance(1)
    house.turn()
    assert heard == sent
    following.stop()
    house.assert_idle()


async def unavailable(_messages):
    raise StoreUnavailable("away")


def test_many_mailboxes_at_once_are_told_one_behind_the_other(house):
    """…not each on the stack of the one before."""
    heard: list[str] = []
    inboxes = [f"a{number}@public.test" for number in range(600)]
    for inbox in inboxes:
        follow(house, inbox, heard)
    sent = house.deliver(*inboxes)
    assert sorted(heard) == sorted(sent)
