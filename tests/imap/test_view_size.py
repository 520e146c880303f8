"""Large mailboxes cost little memory, and time by the number of messages."""

import sys
import time
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from imap.modelled import NEW, SEEN, Mailbox
from mailcap.domain.mailboxes import Changes, MailboxKey, MailboxStatus, Mark, Rows, Snapshot, State
from mailcap.imap.updates import Expunge, Flagged, Vanished
from mailcap.imap.view import MailboxView
from mailcap.imap.wire.sequence_set import STAR

MANY = 100_000


def snapshot(count: int) -> Snapshot:
    status = MailboxStatus(
        id=1,
        key=MailboxKey("a@b.test", "INBOX"),
        uid_validity=1,
        uid_next=count + 1,
        highest_modseq=count,
    )
    rows = Rows(
        array("I", range(1, count + 1)),
        array("I", [uid % 2 for uid in range(count)]),
        array("Q", range(1, count + 1)),
        [NEW, SEEN],
    )
    return Snapshot(status=status, rows=rows)


def changes(rows: Rows | None = None, vanished: list[tuple[int, int]] | None = None) -> Changes:
    return Changes(
        rows=rows or Rows(),
        vanished=vanished or [],
        uid_next=MANY + 1,
        highest_modseq=MANY + 1,
    )


def turned(count: int) -> Rows:
    """The rows of `snapshot` with the flags of all of them changed."""
    rows = snapshot(count).rows
    return Rows(rows.uids, rows.states, array("Q", [MANY + 1] * count), [SEEN, NEW])


def octets(view: MailboxView) -> int:
    rows = view._rows
    parts = (
        rows.uids,
        rows.states,
        rows.modseqs,
        view._news._levels,
        view._saved,
        view._recent._ends,
    )
    return sum(map(sys.getsizeof, parts))


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Fails if that takes longer; what takes quadratic time takes minutes."""
    begin = time.process_time()
    yield
    assert time.process_time() - begin < seconds


@pytest.fixture
def view() -> MailboxView:
    return MailboxView(snapshot(MANY), recent_from=1)


def test_sixteen_octets_a_message(view: MailboxView) -> None:
    assert octets(view) < 16 * MANY + 1000
    view.absorb(changes(turned(MANY)))
    assert octets(view) < 17 * MANY + 1000  # a client that does not listen costs no more
    for _ in view.updates(expunges=True):
        pass
    assert octets(view) < 16 * MANY + 1000
    view.absorb(changes(vanished=[(1, MANY - 10)]))
    list(view.updates(expunges=True))
    assert octets(view) < 2000


@pytest.mark.parametrize(
    "vanished", [[(1, MANY)], [(uid, uid) for uid in range(1, MANY, 2)]], ids=["all", "each other"]
)
@pytest.mark.parametrize("qresync", [False, True])
def test_large_expunges(view: MailboxView, vanished: list[tuple[int, int]], qresync: bool) -> None:
    view.qresync = qresync
    with within(2):
        view.absorb(changes(vanished=vanished))
        told = list(view.updates(expunges=True))
    count = sum(last + 1 - first for first, last in vanished)
    assert len(view) == MANY - count
    if qresync:
        assert told[0] == Vanished(vanished)
    else:
        assert isinstance(told[0], Expunge)
        assert sum(map(len, told[0].numbers)) == count


def test_what_came_and_went_unheard_of_in_great_number() -> None:
    view = MailboxView(snapshot(0))
    with within(2):
        view.absorb(changes(snapshot(MANY).rows))
        view.absorb(changes(vanished=[(uid, uid) for uid in range(1, MANY, 2)]))
        list(view.updates(expunges=False))
    assert len(view) == MANY // 2


def test_large_changes_of_flags(view: MailboxView) -> None:
    with within(3):
        view.absorb(changes(turned(MANY)))
        assert sum(isinstance(one, Flagged) for one in view.updates(expunges=False)) == MANY
        view.tell([range(MANY)])
        assert sum(1 for _ in view.updates(expunges=False)) == MANY


def test_a_whole_snapshot(view: MailboxView) -> None:
    with within(2):
        view.replace(snapshot(MANY))
        assert not view.is_behind


@pytest.mark.parametrize(
    "ask",
    [
        lambda view: view.by_uid([(1, STAR)] * 20_000).spans,
        lambda view: view.by_number([(1, STAR)] * 20_000).spans,
        lambda view: view.by_number([(number, number) for number in range(1, 20_000, 2)]).spans,
        lambda view: view.by_uid([(4294967295, 1)]).spans,
        lambda view: view.vanished_earlier(changes(), [(1, 4294967295)] * 10_000),
        lambda view: view.first_unseen(),
    ],
)
def test_no_question_is_too_large(view: MailboxView, ask: Callable[[MailboxView], object]) -> None:
    with within(1):
        ask(view)


def test_searches_are_quick(view: MailboxView) -> None:
    with within(1):
        for _ in range(5):
            candidates = view.candidates()
            mask = candidates.where(lambda state: state.marks & Mark.SEEN)
            mask = candidates.everything ^ mask | candidates.changed_since(10) & mask
            mask &= candidates.recent() & candidates.among([range(MANY)])
            assert len(candidates.uids(mask)) == MANY - 4
    with within(1):
        view.save(candidates.spans(mask))
        assert len(view.uids(view.by_uid(view.saved).spans)) == MANY - 4


def test_one_message_of_many_is_found_at_once(view: MailboxView) -> None:
    with within(1):
        for uid in range(1, MANY, 50):
            (span,) = view.by_uid([(uid, uid)]).spans
            assert view.number_of(uid) == span.stop
            assert view.take(span.start) is None


def test_states_that_nobody_has_any_more_are_forgotten() -> None:
    mailbox = Mailbox(NEW, NEW)
    view = MailboxView(mailbox.snapshot())
    for number in range(3000):
        mailbox.flag(1, State(Mark(0), (f"word-{number}",)))
        view.absorb(mailbox.news(view))
        (*_, told) = view.updates(expunges=True)
        assert isinstance(told, Flagged)
        assert told.state == mailbox.messages[1][0]
    assert len(view.table) < 200
    candidates = view.candidates()
    assert candidates.uids(candidates.where(lambda state: "word-2999" in state.keywords))[0] == 1
