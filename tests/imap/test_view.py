"""What a client is told of its mailbox, when, and in which order."""

import pytest

from imap.modelled import NEW, SEEN, Client, Mailbox
from mailcap.domain.mailboxes import Changes, FlagChange, How, Mark, Rows, State
from mailcap.imap.updates import (
    Exists,
    Expunge,
    Flagged,
    Keywords,
    OwnChange,
    Recent,
    Vanished,
)
from mailcap.imap.view import MailboxView
from mailcap.imap.wire.sequence_set import STAR

WORK = State(Mark(0), ("Work",))
BOTH = State(Mark(0), ("Work", "home"))


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox(*[NEW] * 5)


@pytest.fixture
def view(mailbox: Mailbox) -> MailboxView:
    return MailboxView(mailbox.snapshot())


def hear(view: MailboxView, mailbox: Mailbox, *, own: OwnChange | None = None) -> None:
    view.absorb(mailbox.news(view), own=own)


def flagged(number: int, uid: int, state: State | None, modseq: int | None = None) -> Flagged:
    return Flagged(number=number, uid=uid, state=state, modseq=modseq, recent=False)


def test_nothing_has_happened(view: MailboxView) -> None:
    assert len(view) == 5
    assert not view.is_behind
    assert list(view.updates(expunges=True)) == []


def test_all_that_can_happen_in_the_order_it_is_told(mailbox: Mailbox) -> None:
    view = MailboxView(mailbox.snapshot(), recent_from=4)
    mailbox.expunge(1, 2, 4)
    mailbox.flag(5, WORK)
    mailbox.add()
    hear(view, mailbox)
    assert view.is_behind
    assert list(view.updates(expunges=True)) == [
        Keywords(["Work"]),
        Expunge([range(4, 3, -1), range(2, 0, -1)]),
        Exists(3),
        Recent(1),
        Flagged(number=2, uid=5, state=WORK, modseq=None, recent=True),
    ]
    assert not view.is_behind


def test_with_qresync(mailbox: Mailbox) -> None:
    view = MailboxView(mailbox.snapshot(), qresync=True)
    mailbox.expunge(1, 2, 4)
    mailbox.flag(5, SEEN)
    hear(view, mailbox)
    assert list(view.updates(expunges=True)) == [
        Vanished([(1, 2), (4, 4)]),
        flagged(2, 5, SEEN, mailbox.modseq),
    ]


def test_expunges_wait_until_they_are_permitted(mailbox: Mailbox, view: MailboxView) -> None:
    mailbox.expunge(2, 4)
    mailbox.flag(5, SEEN)
    mailbox.flag(1, SEEN)
    hear(view, mailbox)
    assert list(view.updates(expunges=False)) == [flagged(1, 1, SEEN), flagged(5, 5, SEEN)]
    assert (len(view), view.number_of(5)) == (5, 5)
    assert list(view.updates(expunges=False)) == []
    assert list(view.updates(expunges=True)) == [Expunge([range(4, 3, -1), range(2, 1, -1)])]
    assert (len(view), view.number_of(5)) == (3, 3)


def test_flags_of_what_is_gone_are_no_news(mailbox: Mailbox, view: MailboxView) -> None:
    mailbox.flag(2, SEEN)
    hear(view, mailbox)
    mailbox.expunge(2)
    hear(view, mailbox)
    assert view.take(1) is None
    assert list(view.updates(expunges=False)) == []
    assert list(view.updates(expunges=True)) == [Expunge([range(2, 1, -1)])]


def test_what_came_and_went_is_never_told(mailbox: Mailbox, view: MailboxView) -> None:
    uid = mailbox.add()
    hear(view, mailbox)
    mailbox.expunge(uid)
    hear(view, mailbox)
    assert list(view.updates(expunges=False)) == []
    mailbox.add()
    hear(view, mailbox)
    assert list(view.updates(expunges=False)) == [Exists(6)]
    assert view.uids(view.by_number([(6, 6)]).spans).tolist() == [uid + 1]


def test_a_new_message_is_told_before_it_goes(mailbox: Mailbox, view: MailboxView) -> None:
    uid = mailbox.add()
    hear(view, mailbox)
    assert list(view.updates(expunges=False)) == [Exists(6)]
    mailbox.expunge(uid)
    hear(view, mailbox)
    assert list(view.updates(expunges=True)) == [Expunge([range(6, 5, -1)])]


def test_a_new_message_is_as_it_is_when_it_is_told(mailbox: Mailbox, view: MailboxView) -> None:
    uid = mailbox.add()
    hear(view, mailbox)
    mailbox.flag(uid, SEEN)
    hear(view, mailbox)
    assert list(view.updates(expunges=True)) == [Exists(6)]
    assert [view.table[place] for _, _, place, _ in view.messages([range(5, 6)])] == [SEEN]


def test_old_news_bring_nobody_back(mailbox: Mailbox, view: MailboxView) -> None:
    mailbox.flag(5, SEEN)
    old = mailbox.changes(0)
    mailbox.expunge(5)
    hear(view, mailbox)
    list(view.updates(expunges=True))
    view.absorb(old)
    assert list(view.updates(expunges=True)) == []
    assert len(view) == 4
    assert view.highest_modseq == mailbox.modseq
    view.absorb(Mailbox(NEW).changes(0))
    mailbox.add()
    hear(view, mailbox)
    assert list(view.updates(expunges=True)) == [Exists(5)]
    assert view.uids([range(5)]).tolist() == [1, 2, 3, 4, 6]


def test_what_happens_while_the_client_is_being_told(mailbox: Mailbox, view: MailboxView) -> None:
    mailbox.flag(1, SEEN)
    mailbox.flag(3, SEEN)
    hear(view, mailbox)
    telling = view.updates(expunges=True)
    assert next(telling) == flagged(1, 1, SEEN)
    mailbox.flag(1, WORK)
    mailbox.flag(5, SEEN)
    mailbox.expunge(2)
    mailbox.add()
    hear(view, mailbox)
    assert list(telling) == [flagged(3, 3, SEEN), flagged(5, 5, SEEN)]
    assert list(view.updates(expunges=True)) == [
        Keywords(["Work"]),
        Expunge([range(2, 1, -1)]),
        Exists(5),
        flagged(1, 1, WORK),
    ]


# STORE


@pytest.mark.parametrize(
    ("before", "change", "after", "explained"),
    [
        (NEW, FlagChange(How.ADD, Mark.SEEN), SEEN, True),
        (NEW, FlagChange(How.ADD, Mark.SEEN), State(Mark.SEEN | Mark.FLAGGED), False),
        (State(Mark.DRAFT), FlagChange(How.ADD, Mark.SEEN), State(Mark.SEEN | Mark.DRAFT), True),
        (NEW, FlagChange(How.ADD, Mark.SEEN), State(Mark.SEEN, ("Work",)), False),
        (WORK, FlagChange(How.ADD, keywords=("WORK", "home")), BOTH, True),
        (WORK, FlagChange(How.ADD, keywords=("home",)), State(Mark(0), ("home",)), False),
        (SEEN, FlagChange(How.REMOVE, Mark.SEEN), NEW, True),
        (SEEN, FlagChange(How.REMOVE, Mark.SEEN), State(Mark.DRAFT), False),
        (BOTH, FlagChange(How.REMOVE, keywords=("HOME",)), WORK, True),
        (BOTH, FlagChange(How.REPLACE, Mark.SEEN), SEEN, True),
        (BOTH, FlagChange(How.REPLACE, Mark.SEEN), State(Mark.SEEN, ("home",)), False),
    ],
)  # fmt: skip
@pytest.mark.parametrize("condstore", [False, True])
def test_silence(
    before: State, change: FlagChange, after: State, explained: bool, condstore: bool
) -> None:
    mailbox = Mailbox(before, before)
    view = MailboxView(mailbox.snapshot(), condstore=condstore)
    mailbox.flag(1, after)
    mailbox.flag(2, after)
    hear(view, mailbox, own=OwnChange({1}, change))
    told = [one for one in view.updates(expunges=True) if isinstance(one, Flagged)]
    others = flagged(2, 2, after, mailbox.modseq if condstore else None)
    if not explained:
        own = [flagged(1, 1, after, mailbox.modseq - 1 if condstore else None)]
    else:
        own = [flagged(1, 1, None, mailbox.modseq - 1)] if condstore else []
    assert told == [*own, others]


def test_silence_does_not_hide_what_is_waiting_to_be_told(
    mailbox: Mailbox, view: MailboxView
) -> None:
    mailbox.flag(1, State(Mark.DRAFT))
    hear(view, mailbox)
    mailbox.flag(1, State(Mark.DRAFT | Mark.SEEN))
    hear(view, mailbox, own=OwnChange({1}, FlagChange(How.ADD, Mark.SEEN)))
    assert list(view.updates(expunges=False)) == [flagged(1, 1, State(Mark.DRAFT | Mark.SEEN))]


def test_a_store_that_changes_nothing_is_answered_too(mailbox: Mailbox, view: MailboxView) -> None:
    mailbox.expunge(2)
    hear(view, mailbox)
    view.tell([range(3)])
    assert list(view.updates(expunges=False)) == [flagged(1, 1, NEW), flagged(3, 3, NEW)]
    view.tell([range(3)], flags=False)
    assert list(view.updates(expunges=False)) == []  # nobody asked for MODSEQ


def test_a_conditional_store_is_answered_with_modseq_even_if_silent(
    mailbox: Mailbox, view: MailboxView
) -> None:
    view.condstore = True  # by UNCHANGEDSINCE itself
    mailbox.flag(2, SEEN)
    hear(view, mailbox)
    view.tell([range(2)], flags=False)
    assert list(view.updates(expunges=False)) == [
        flagged(1, 1, None, 2),
        flagged(2, 2, SEEN, mailbox.modseq),
    ]


def test_a_change_of_nothing_but_the_modseq(mailbox: Mailbox, view: MailboxView) -> None:
    mailbox.flag(1, SEEN)
    mailbox.flag(1, NEW)
    hear(view, mailbox)
    assert not view.is_behind
    view.condstore = True
    mailbox.flag(1, SEEN)
    mailbox.flag(1, NEW)
    hear(view, mailbox)
    assert list(view.updates(expunges=False)) == [flagged(1, 1, None, mailbox.modseq)]


def test_fetch_says_along_what_has_changed(mailbox: Mailbox, view: MailboxView) -> None:
    assert view.take(2) is None
    mailbox.flag(3, WORK)
    hear(view, mailbox)
    assert view.take_keywords() == Keywords(["Work"])
    assert view.take_keywords() is None
    assert view.take(0) is None
    assert view.take(2) == flagged(3, 3, WORK)
    assert view.take(2) is None
    assert list(view.updates(expunges=True)) == []


# Modification sequences


def test_no_client_is_told_that_it_knows_more_than_it_does(mailbox: Mailbox) -> None:
    view = MailboxView(mailbox.snapshot(), qresync=True)
    before = mailbox.modseq
    assert view.synced_modseq == before
    mailbox.expunge(2)
    hear(view, mailbox)
    between = mailbox.modseq
    mailbox.flag(1, SEEN)
    hear(view, mailbox)
    assert list(view.updates(expunges=False)) == [flagged(1, 1, SEEN, mailbox.modseq)]
    assert view.highest_modseq == mailbox.modseq > between
    assert view.synced_modseq == before
    list(view.updates(expunges=True))
    assert view.synced_modseq == mailbox.modseq
    mailbox.add()
    hear(view, mailbox)
    assert view.synced_modseq == mailbox.modseq - 1


# \Recent


def test_recent_messages(mailbox: Mailbox) -> None:
    first, second = Client(mailbox, rev1=True), Client(mailbox, rev1=True)
    assert (first.view.count_recent(), second.view.count_recent()) == (5, 0)
    mailbox.add()
    first.hear()
    second.hear()
    mailbox.add()
    second.hear()
    first.hear()
    assert first.told(expunges=True) == [Exists(7), Recent(6)]
    assert second.told(expunges=True) == [Exists(7), Recent(1)]
    candidates = first.view.candidates()
    assert candidates.uids(candidates.recent()).tolist() == [1, 2, 3, 4, 5, 6]
    assert [first.view.is_recent(uid) for uid in (6, 7)] == [True, False]
    mailbox.flag(6, SEEN)
    first.hear()
    (update,) = first.told(expunges=True)
    assert isinstance(update, Flagged)
    assert update.recent
    mailbox.expunge(6)
    first.hear()
    assert first.told(expunges=True) == [Expunge([range(6, 5, -1)]), Recent(5)]


def test_nothing_is_recent_in_imap4rev2(mailbox: Mailbox, view: MailboxView) -> None:
    mailbox.add()
    hear(view, mailbox)
    assert list(view.updates(expunges=True)) == [Exists(6)]
    assert view.count_recent() == 0
    assert not view.is_recent(6)


def test_claims_take_no_room_for_ever() -> None:
    mailbox = Mailbox()
    client = Client(mailbox, rev1=True)
    for _ in range(200):
        uid = mailbox.add()
        client.hear()
        mailbox.claim(mailbox.add() + 1)  # another session's
        client.told(expunges=True)
        assert client.view.is_recent(uid)
        mailbox.expunge(uid, uid + 1)
        client.hear()
        client.told(expunges=True)
        assert len(client.view) == 0
    assert len(list(client.view._recent)) <= 1


def test_what_is_claimed_twice_is_recent_once(mailbox: Mailbox) -> None:
    view = MailboxView(mailbox.snapshot(), recent_from=3)
    view.claim(2, 6)
    view.claim(5, 6)
    assert [view.is_recent(uid) for uid in range(1, 7)] == [False, False, True, True, True, False]
    assert view.count_recent() == 3


# Keywords


def test_new_keywords_are_told_once(mailbox: Mailbox, view: MailboxView) -> None:
    mailbox.flag(1, State(Mark(0), ("b", "A")))
    hear(view, mailbox)
    keywords, change = view.updates(expunges=False)
    assert keywords == Keywords(["A", "b"])
    assert isinstance(change, Flagged)
    mailbox.flag(2, State(Mark(0), ("a", "B")))
    hear(view, mailbox)
    assert list(view.updates(expunges=False)) == [flagged(2, 2, State(Mark(0), ("a", "B")))]


def test_flags_is_no_response_of_megabytes(mailbox: Mailbox, view: MailboxView) -> None:
    for number in range(10):
        mailbox.flag(1, State(Mark(0), tuple(f"word-{number}-{one}" for one in range(100))))
        hear(view, mailbox)
        list(view.updates(expunges=False))
    assert len(view.keywords()) == 250
    assert len(MailboxView(mailbox.snapshot()).keywords()) == 100


# A snapshot in place of changes


def test_a_whole_snapshot_says_the_same_as_changes(mailbox: Mailbox) -> None:
    one, other = Client(mailbox, condstore=True), Client(mailbox, condstore=True)
    mailbox.expunge(1, 4)
    mailbox.flag(2, SEEN)
    mailbox.add()
    one.hear()
    other.hear_all()
    assert one.told(expunges=True) == other.told(expunges=True)


def test_a_snapshot_that_is_older_than_the_view(mailbox: Mailbox, view: MailboxView) -> None:
    old = mailbox.snapshot()
    mailbox.add()
    hear(view, mailbox)
    view.replace(old)
    assert list(view.updates(expunges=True)) == [Exists(6)]


def test_the_snapshot_stays_as_it_is(mailbox: Mailbox) -> None:
    snapshot = mailbox.snapshot()
    view = MailboxView(snapshot)
    mailbox.flag(1, SEEN)
    mailbox.add()
    hear(view, mailbox)
    list(view.updates(expunges=True))
    assert snapshot.rows.uids.tolist() == [1, 2, 3, 4, 5]
    assert {snapshot.rows.table[place] for place in snapshot.rows.states} == {NEW}


def test_an_empty_mailbox() -> None:
    mailbox = Mailbox()
    view = MailboxView(mailbox.snapshot(), recent_from=1)
    view.absorb(Changes(rows=Rows(), vanished=[(1, 9)], uid_next=1, highest_modseq=1))
    assert list(view.updates(expunges=True)) == []
    assert view.by_uid([(1, STAR)]).spans == []
    assert view.first_unseen() is None
