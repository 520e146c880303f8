"""Waiting for mail: what counts, what wakes, and what is left behind."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import CancelledError, Deferred
from twisted.python.failure import Failure

from fakes import outcomes
from mailcap.domain.errors import Busy, InvalidAddress, NotPermitted, StoreUnavailable
from mailcap.domain.mailboxes import Appended, FlagChange, How, MailboxKey, Mark
from mailcap.mime.summary import Summary
from mailcap.services import waiting
from mailcap.services.waiting import Wish
from support.arriving import Arriving
from support.stores import Bench, run

INBOX = "anyone@public.test"


@pytest.fixture
def house(tmp_path):
    bench = Bench(f"sqlite:///{tmp_path}/mailcap.db")
    house = Arriving(bench)
    house.alice = bench.account("alice")
    house.eve = bench.account("eve")
    house.guests = []
    house.in_turn = at_once
    yield house
    house.assert_idle()
    bench.close()


async def at_once(_who, work):
    """Everybody's turn."""
    await work()


class Turn:
    """A turn that comes when a test calls `begin`."""

    def __init__(self):
        self.waiting = Deferred()
        self.asked = []

    async def __call__(self, who, work):
        self.asked.append(who)
        self.begin = work
        await self.waiting


def fill(house, count: int) -> list[str]:
    """Have so many messages delivered; return their ids, the oldest first."""
    return [
        house.deliver(INBOX, received=house.bench.clock() + 1 + number)[0]
        for number in range(count)
    ]


def begin(house, inbox: str = INBOX, *, who=None, timeout: float = 30, **wish) -> list:
    """Begin to wait; return a list that gets the ids of what is found, or the failure."""
    ended = outcomes(
        house.waiting.wait(
            who or house.alice,
            inbox,
            Wish(**wish),
            timeout=timeout,
            hold=house.guests.append,
            in_turn=house.in_turn,
        )
    )
    house.turn()
    return ended


def ids(ended: list) -> list[str]:
    (found,) = ended
    if isinstance(found, Failure):
        found.raiseException()
    return [message.id for message in found]


def test_what_is_there_is_found_at_once(house):
    sent = house.deliver(INBOX) + house.deliver(INBOX)
    assert ids(begin(house)) == sent[::-1]
    assert house.guests == []


def test_what_comes_is_waited_for(house):
    waiting = begin(house)
    house.deliver("else@public.test")
    assert waiting == []
    assert house.hub.counts["wait"] == 1
    sent = house.deliver(INBOX)
    assert ids(waiting) == sent


def test_the_time_ends(house):
    waiting = begin(house, count=2)
    house.deliver(INBOX)
    house.clock.advance(29.9)
    assert waiting == []
    house.clock.advance(0.1)
    assert len(ids(waiting)) == 1


def test_no_time_at_all_is_a_look(house):
    assert ids(begin(house, timeout=0)) == []
    sent = house.deliver(INBOX)
    assert ids(begin(house, timeout=0)) == sent
    assert house.guests == []


def test_old_and_new_ones_count_together(house):
    old = house.deliver(INBOX)
    waiting = begin(house, count=2)
    assert waiting == []
    new = house.deliver(INBOX, received=house.bench.clock() + 1)
    assert ids(waiting) == new + old


def test_what_was_deleted_meanwhile_counts_no_more(house):
    (old,) = house.deliver(INBOX)
    waiting = begin(house, count=2)
    run(house.bench.store.mail.delete(house.alice, INBOX, old))
    first = house.deliver(INBOX)
    assert waiting == []
    second = house.deliver(INBOX, received=house.bench.clock() + 1)
    assert ids(waiting) == second + first


def test_what_does_not_fit_wakes_nobody(house):
    waiting = begin(house, subject="your CODE", sender="Sender@Example.org")
    house.deliver(INBOX, header=b"Subject: something else\r\n\r\n")
    house.deliver(INBOX, header=b"Subject: your code\r\n\r\n", mail_from="x@y.test")
    assert waiting == []
    sent = house.deliver(INBOX, header=b"Subject: =?utf-8?q?Your_Code?= is 1\r\n\r\n")
    assert ids(waiting) == sent


def test_only_what_comes_by_smtp_wakes(house):
    waiting = begin(house)
    key = MailboxKey(INBOX, "INBOX")
    given_ = [Appended(header=b"Subject: x\r\n\r\n", rest=b"")]
    run(house.bench.store.mailboxes.append(house.alice.account, key, given_))
    house.turn()
    assert waiting == []
    house.clock.advance(30)
    assert len(ids(waiting)) == 0


def test_what_another_has_starred_on_arrival_is_not_there(house):
    keeper = house.bench.account("keeper", capture_private=True)
    theirs, waiting = begin(house, who=keeper), begin(house)
    house.deliver(INBOX, submitter=keeper)
    assert len(ids(theirs)) == 1
    assert waiting == []
    house.clock.advance(30)


def test_another_ones_inbox(house):
    run(house.bench.store.accounts.reserve_address(INBOX, "alice"))
    with pytest.raises(NotPermitted):
        ids(begin(house, who=house.eve))
    assert house.guests == []


def test_an_inbox_that_became_another_ones(house):
    """Nothing of it is told, not even that something came; who guards rights ends it."""
    waiting = begin(house, who=house.eve)
    run(house.bench.store.accounts.reserve_address(INBOX, "alice"))
    house.deliver(INBOX)
    assert waiting == []
    (guest,) = house.guests
    assert (guest.access.identity, guest.access.inbox) == (house.eve, INBOX)
    guest.expel()
    with pytest.raises(NotPermitted):
        ids(waiting)


@pytest.mark.parametrize("farewell", ["leave", "abort"])
def test_the_end_of_the_server_is_told(house, farewell):
    waiting = begin(house)
    getattr(house.guests[0], farewell)()
    house.guests[0].expel()  # what comes behind it says nothing
    with pytest.raises(Busy, match="stopping"):
        ids(waiting)


def test_who_is_sent_away_while_it_begins(house):
    house.guests = Hasty()
    with pytest.raises(Busy):
        ids(begin(house))
    house.port.broken = StoreUnavailable("away")
    with pytest.raises(StoreUnavailable):
        ids(begin(house))


class Hasty:
    """Sends away whoever begins to wait."""

    def append(self, guest):
        guest.leave()


def test_too_many(house):
    house.waiting._most = 2
    waiting = [begin(house) for _ in range(2)]
    with pytest.raises(Busy):
        ids(begin(house))
    house.deliver(INBOX)
    assert [len(ids(one)) for one in waiting] == [1, 1]
    assert len(ids(begin(house))) == 1


def test_who_goes_away_leaves_nothing_behind(house):
    async def work():
        await house.waiting.wait(
            house.alice,
            INBOX,
            Wish(subject="x"),
            timeout=30,
            hold=house.guests.append,
            in_turn=house.in_turn,
        )

    for looking in (False, True):
        waiting = Deferred.fromCoroutine(work())
        house.turn()
        gone = []
        waiting.addErrback(lambda reason, gone=gone: gone.append(reason.trap(CancelledError)))
        waiting.cancel()
        assert gone == [CancelledError]
        if not looking:
            fill(house, 21)
            house.in_turn = Turn()
    run(house.in_turn.begin())
    assert house.in_turn.waiting.called


def test_no_address(house):
    house.waiting._most = 1
    with pytest.raises(InvalidAddress):
        ids(begin(house, "nobody"))
    with pytest.raises(InvalidAddress):
        ids(begin(house, "nobody"))


def test_a_long_inbox_is_searched_to_its_end(house):
    first = house.deliver(INBOX, header=b"Subject: first\r\n\r\n")
    for number in range(45):
        house.deliver(INBOX, received=house.bench.clock() + 1 + number)
    assert ids(begin(house, subject="first")) == first
    assert len(ids(begin(house, count=25, limit=30))) == 30
    assert len(ids(begin(house, count=30, limit=25))) == 30
    since = int((house.bench.clock() + 43) * 1000)
    assert len(ids(begin(house, since=since))) == 3
    waiting = begin(house, since=since + 10**6)
    house.clock.advance(30)
    assert ids(waiting) == []


def test_of_a_very_long_inbox_the_newest_messages_are_looked_at(house, monkeypatch):
    monkeypatch.setattr(waiting, "MOST_LOOKED_AT", 40)
    first = house.deliver(INBOX, header=b"Subject: first\r\n\r\n")
    later = fill(house, 40)
    assert ids(begin(house, subject="first", timeout=0)) == []
    run(house.bench.store.mail.delete(house.alice, INBOX, later[-1]))
    assert ids(begin(house, subject="first", timeout=0)) == first


def test_a_long_look_is_taken_in_turn_and_in_time(house):
    first = house.deliver(INBOX, header=b"Subject: first\r\n\r\n")
    fill(house, 20)
    house.in_turn = Turn()
    assert len(ids(begin(house, count=20, limit=20))) == 20
    assert house.in_turn.asked == []  # one page is enough
    waiting = begin(house, subject="first")
    assert house.in_turn.asked == [house.alice]
    house.clock.advance(29.9)
    assert waiting == []
    house.clock.advance(0.1)
    assert ids(waiting) == []
    reads = house.mail.list_messages
    house.mail.list_messages = None
    run(house.in_turn.begin())  # what is over reads nothing, when its turn comes
    house.mail.list_messages = reads
    house.in_turn = Turn()
    waiting = begin(house, subject="first")
    run(house.in_turn.begin())
    house.in_turn.waiting.callback(None)
    assert ids(waiting) == first


def test_what_comes_while_it_looks_again_is_not_lost(house):
    hit = b"Subject: hit\r\n\r\n"
    (gone,) = house.deliver(INBOX, header=hit)
    fill(house, 30)
    turn = house.in_turn = Turn()
    waiting = begin(house, subject="hit", count=2)
    run(turn.begin())
    first, turn.waiting = turn.waiting, Deferred()
    first.callback(None)
    run(house.bench.store.mail.delete(house.alice, INBOX, gone))
    later = house.bench.clock() + 100
    (one,) = house.deliver(INBOX, header=hit, received=later)
    house.turn()  # of its two one is gone, so it looks again
    (other,) = house.deliver(INBOX, header=hit, received=later + 1)
    house.turn()
    assert waiting == []
    run(turn.begin())
    turn.waiting.callback(None)
    house.turn()
    assert ids(waiting) == [other, one]


def test_no_time_at_all_is_a_long_look_in_turn(house):
    fill(house, 21)
    house.in_turn = Turn()
    waiting = begin(house, subject="first", timeout=0)
    assert (waiting, house.in_turn.asked) == ([], [house.alice])
    house.in_turn.waiting.callback(None)
    assert ids(waiting) == []


def test_unread(house):
    house.deliver(INBOX)
    read = FlagChange(How.ADD, Mark.SEEN)
    mailbox = house.id_of(INBOX)
    run(house.bench.store.mailboxes.change_flags(house.alice.account, mailbox, [1], read))
    waiting = begin(house, unread_only=True)
    assert waiting == []
    new = house.deliver(INBOX)
    assert ids(waiting) == new


def test_a_store_that_is_away(house):
    house.port.broken = StoreUnavailable("away")
    with pytest.raises(StoreUnavailable):
        ids(begin(house))


TEXTS = st.text(st.sampled_from("abAB.*%_?[ßSs"), max_size=4)


@given(subject=TEXTS, part=TEXTS)
def test_nothing_is_a_pattern(subject, part):
    summary = Summary(subject=subject).encode()
    message = SimpleNamespace(summary=summary, envelope={}, received=1, seen=None)
    assert Wish(subject=part).fits(message) == (part.casefold() in subject.casefold())
    message.envelope = {"mailFrom": subject}
    assert Wish(sender=part).fits(message) == (not part or part.casefold() == subject.casefold())
