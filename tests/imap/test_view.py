"""A client that believes what it is told knows its mailbox, whatever others do to it."""

from __future__ import annotations

import itertools
import time
from array import array
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from mailcap.domain.mailboxes import (
    Changes,
    MailboxKey,
    MailboxStatus,
    Mark,
    Rows,
    Snapshot,
    State,
)
from mailcap.imap.view import STAR, Flagged, Gone, Size, View, ranges_of

SEEN = State(Mark.SEEN)
NEW = State()
STATES = [NEW, SEEN, State(Mark.FLAGGED, ("Work",)), State(Mark(0), ("Work", "home"))]


class Mailbox:
    """A mailbox as anybody would write it down."""

    def __init__(self) -> None:
        self.messages: dict[int, tuple[State, int]] = {}
        self.vanished: list[tuple[int, int]] = []  # UID, modification sequence
        self.uid_next = 1
        self.modseq = 1

    def add(self, state: State = NEW) -> int:
        self.modseq += 1
        uid, self.uid_next = self.uid_next, self.uid_next + 1
        self.messages[uid] = (state, self.modseq)
        return uid

    def flag(self, uid: int, state: State) -> None:
        self.modseq += 1
        self.messages[uid] = (state, self.modseq)

    def expunge(self, *uids: int) -> None:
        self.modseq += 1
        for uid in uids:
            del self.messages[uid]
            self.vanished.append((uid, self.modseq))

    def snapshot(self) -> Snapshot:
        status = MailboxStatus(
            id=1,
            key=MailboxKey("a@b.test", "INBOX"),
            uid_validity=1,
            uid_next=self.uid_next,
            highest_modseq=self.modseq,
        )
        return Snapshot(status=status, rows=rows_of(self.messages))

    def changes(self, modseq: int) -> Changes:
        new = {uid: one for uid, one in self.messages.items() if one[1] > modseq}
        gone = sorted(uid for uid, when in self.vanished if when > modseq)
        return Changes(
            rows=rows_of(new),
            vanished=ranges_of(gone),
            uid_next=self.uid_next,
            highest_modseq=self.modseq,
        )


def rows_of(messages: dict[int, tuple[State, int]]) -> Rows:
    uids = sorted(messages)
    table = sorted({messages[uid][0] for uid in uids})
    return Rows(
        array("I", uids),
        array("I", [table.index(messages[uid][0]) for uid in uids]),
        array("Q", [messages[uid][1] for uid in uids]),
        table,
    )


class Client:
    """Keeps a list of what it was told, by sequence number, and nothing else."""

    def __init__(self, mailbox: Mailbox) -> None:
        self.view = View(mailbox.snapshot())
        self.known: list[list[object]] = []
        self.learn(0)

    def learn(self, start: int) -> None:
        """FETCH what is new."""
        for position in range(start, len(self.view)):
            one = self.view.flagged(position)
            assert one.number == position + 1
            self.known.append([one.uid, one.state])

    def told(self, *, expunges: bool) -> list[object]:
        updates = list(self.view.updates(expunges=expunges))
        for update in updates:
            if isinstance(update, Gone):
                assert expunges
                removed = [self.known.pop(number - 1)[0] for number in update.numbers]
                assert removed == list(reversed(update.uids))
            elif isinstance(update, Size):
                assert update.exists >= len(self.known)
                self.learn(len(self.known))
                assert update.exists == len(self.known)
            else:
                assert self.known[update.number - 1][0] == update.uid
                if update.silent:
                    assert self.known[update.number - 1][1] == update.state
                self.known[update.number - 1][1] = update.state
        return updates


class Sessions(RuleBasedStateMachine):
    """Several clients on one mailbox, which others change too."""

    clients = Bundle("clients")

    @initialize(states=st.lists(st.sampled_from(STATES), max_size=6))
    def begin(self, states: list[State]) -> None:
        self.mailbox = Mailbox()
        self.all: list[Client] = []
        for state in states:
            self.mailbox.add(state)

    @rule(target=clients)
    def select(self) -> Client:
        self.all.append(Client(self.mailbox))
        return self.all[-1]

    @rule(state=st.sampled_from(STATES))
    def arrive(self, state: State) -> None:
        self.mailbox.add(state)

    @rule(data=st.data(), state=st.sampled_from(STATES))
    def flag(self, data: st.DataObject, state: State) -> None:
        if self.mailbox.messages:
            self.mailbox.flag(data.draw(st.sampled_from(sorted(self.mailbox.messages))), state)

    @rule(data=st.data())
    def expunge(self, data: st.DataObject) -> None:
        if self.mailbox.messages:
            uids = st.sets(st.sampled_from(sorted(self.mailbox.messages)), min_size=1)
            self.mailbox.expunge(*data.draw(uids))

    @rule(client=clients, data=st.data(), state=st.sampled_from(STATES))
    def store_silently(self, client: Client, data: st.DataObject, state: State) -> None:
        """STORE.SILENT of some messages that the client knows, and that are still there."""
        uids = [one[0] for one in client.known if one[0] in self.mailbox.messages]
        if not uids:
            return
        self.hear(client)
        uid = data.draw(st.sampled_from(uids))
        self.mailbox.flag(uid, state)
        client.view.absorb(self.mailbox.changes(client.view.highest_modseq), own={uid})
        next(one for one in client.known if one[0] == uid)[1] = state

    @rule(client=clients)
    def hear(self, client: Client) -> None:
        client.view.absorb(self.mailbox.changes(client.view.highest_modseq))

    @rule(client=clients)
    def hear_all(self, client: Client) -> None:
        client.view.replace(self.mailbox.snapshot())

    @rule(client=clients, expunges=st.booleans())
    def told(self, client: Client, expunges: bool) -> None:
        client.told(expunges=expunges)

    @rule(client=clients)
    def catch_up(self, client: Client) -> None:
        self.hear(client)
        client.told(expunges=True)
        expected = [[uid, one[0]] for uid, one in sorted(self.mailbox.messages.items())]
        assert client.known == expected
        assert list(client.view.updates(expunges=True)) == []

    @invariant()
    def nobody_lost_count(self) -> None:
        for client in getattr(self, "all", ()):
            view = client.view
            assert len(view) == len(client.known)
            positions = view.by_number([(1, STAR)]) if len(view) else []
            assert view.uids(positions) == [one[0] for one in client.known]
            assert view.by_uid([(1, STAR)]) == positions
            assert view.numbers([one[0] for one in client.known]) == [p + 1 for p in positions]


TestSessions = Sessions.TestCase


@pytest.fixture
def mailbox() -> Mailbox:
    mailbox = Mailbox()
    for _ in range(5):
        mailbox.add()
    return mailbox


@pytest.fixture
def view(mailbox: Mailbox) -> View:
    return View(mailbox.snapshot())


def test_expunges_wait_until_they_are_permitted(mailbox: Mailbox, view: View) -> None:
    mailbox.expunge(2, 4)
    mailbox.flag(5, SEEN)
    view.absorb(mailbox.changes(view.highest_modseq))
    assert [view.is_gone(uid) for uid in (1, 2, 4)] == [False, True, True]
    (flagged,) = view.updates(expunges=False)
    assert flagged == Flagged(5, 5, SEEN, mailbox.modseq, recent=False)
    assert list(view.updates(expunges=True)) == [Gone([4, 2], [2, 4])]
    assert len(view) == 3


def test_what_came_and_went_is_never_told(mailbox: Mailbox, view: View) -> None:
    modseq = view.highest_modseq
    mailbox.expunge(mailbox.add())
    view.absorb(mailbox.changes(modseq))
    assert list(view.updates(expunges=True)) == []


def test_a_new_message_is_told_before_it_goes(mailbox: Mailbox, view: View) -> None:
    uid = mailbox.add()
    view.absorb(mailbox.changes(view.highest_modseq))
    assert list(view.updates(expunges=False)) == [Size(6, 0)]
    mailbox.expunge(uid)
    view.absorb(mailbox.changes(view.highest_modseq))
    assert list(view.updates(expunges=True)) == [Gone([6], [6])]


def test_own_changes_are_silent_unless_somebody_else_made_them_too(
    mailbox: Mailbox, view: View
) -> None:
    mailbox.flag(1, SEEN)
    view.absorb(mailbox.changes(view.highest_modseq), own=[1])
    (update,) = view.updates(expunges=True)
    assert isinstance(update, Flagged)
    assert update.silent
    mailbox.flag(1, NEW)
    view.absorb(mailbox.changes(view.highest_modseq))
    mailbox.flag(1, SEEN)
    view.absorb(mailbox.changes(view.highest_modseq), own=[1])
    (update,) = view.updates(expunges=True)
    assert isinstance(update, Flagged)
    assert not update.silent


def test_recent_messages(mailbox: Mailbox) -> None:
    view = View(mailbox.snapshot(), recent_from=4)
    assert (view.recent(), view.count_recent()) == ([3, 4], 2)
    assert view.flagged(3).recent
    assert not view.flagged(2).recent
    mailbox.add()
    mailbox.add()
    view.absorb(mailbox.changes(view.highest_modseq))
    view.claim(7, 8)  # 6 is another session's
    assert list(view.updates(expunges=True)) == [Size(7, 3)]
    assert view.uids(view.recent()) == [4, 5, 7]


@pytest.mark.parametrize(
    ("ranges", "expected"),
    [
        ([(1, 1)], [0]),
        ([(2, STAR)], [1, 2, 3, 4]),
        ([(STAR, 2)], [1, 2, 3, 4]),
        ([(4, 2), (3, 5), (1, 1)], [0, 1, 2, 3, 4]),
        ([(STAR, STAR)], [4]),
    ],
)
def test_sequence_numbers(
    view: View, ranges: Sequence[tuple[int, int]], expected: list[int]
) -> None:
    assert view.by_number(ranges) == expected


@pytest.mark.parametrize("ranges", [[(6, 6)], [(1, 6)], [(6, STAR)]])
def test_sequence_numbers_that_there_are_not(view: View, ranges: list[tuple[int, int]]) -> None:
    with pytest.raises(ValueError, match="there is no message 6"):
        view.by_number(ranges)


def test_no_message_has_a_number_in_an_empty_mailbox() -> None:
    view = View(Mailbox().snapshot())
    with pytest.raises(ValueError, match="there is no message"):
        view.by_number([(STAR, STAR)])
    assert view.by_uid([(1, STAR)]) == []
    assert view.first_unseen() is None


def test_uids_that_there_are_not_are_passed_over(mailbox: Mailbox) -> None:
    mailbox.expunge(1, 3)
    view = View(mailbox.snapshot())
    assert view.uids(view.by_uid([(1, 4), (3, 3)])) == [2, 4]
    assert view.uids(view.by_uid([(900, STAR)])) == [5]
    assert view.uids(view.by_uid([(900, 901)])) == []


def test_what_the_view_answers_by_itself(mailbox: Mailbox) -> None:
    mailbox.flag(1, SEEN)
    mailbox.flag(2, State(Mark.SEEN, ("Work",)))
    mailbox.flag(4, State(Mark(0), ("apple",)))
    view = View(mailbox.snapshot())
    assert view.where(lambda state: bool(state.marks & Mark.SEEN)) == [0, 1]
    assert view.where(lambda state: "Work" in state.keywords) == [1]
    assert view.since(mailbox.modseq - 1) == [1, 3]
    assert view.first_unseen() == 3
    assert view.keywords() == ["apple", "Work"]


def test_a_saved_result_forgets_what_is_gone(mailbox: Mailbox, view: View) -> None:
    view.saved = [1, 2, 5]
    mailbox.expunge(2)
    view.absorb(mailbox.changes(view.highest_modseq))
    list(view.updates(expunges=True))
    assert view.saved == [1, 5]


@given(st.sets(st.integers(1, 60)))
def test_ranges(numbers: set[int]) -> None:
    found = ranges_of(sorted(numbers))
    assert [n for first, last in found for n in range(first, last + 1)] == sorted(numbers)
    assert all(second[0] > first[1] + 1 for first, second in itertools.pairwise(found))


def test_large_mailboxes_are_no_trouble() -> None:
    mailbox = Mailbox()
    for _ in range(100_000):
        mailbox.add()
    view = View(mailbox.snapshot())
    begin = time.process_time()
    assert len(view.by_uid([(1, STAR), (5, 99_000)])) == 100_000
    assert len(view.where(lambda state: not state.marks)) == 100_000
    mailbox.expunge(*range(1, 100_001, 2))
    view.absorb(mailbox.changes(view.highest_modseq))
    (gone,) = view.updates(expunges=True)
    assert isinstance(gone, Gone)
    assert len(gone.numbers) == len(view) == 50_000
    assert time.process_time() - begin < 3
