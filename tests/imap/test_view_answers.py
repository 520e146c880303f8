"""What a client means, and what the view answers by itself."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imap.modelled import NEW, SEEN, Mailbox
from mailcap.domain.mailboxes import Mark, State
from mailcap.imap.columns import common, merged, ranges_of
from mailcap.imap.view import MailboxView
from mailcap.imap.wire.sequence_set import STAR

# Sets of UIDs 1 to 30 as rising ranges
uid_sets = st.sets(st.integers(1, 30))


def members(ranges: list[tuple[int, int]]) -> list[int]:
    return [number for first, last in ranges for number in range(first, last + 1)]


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox(*[NEW] * 5)


@pytest.fixture
def view(mailbox: Mailbox) -> MailboxView:
    return MailboxView(mailbox.snapshot())


@pytest.mark.parametrize(
    ("ranges", "spans"),
    [
        ([(1, 1)], [range(1)]),
        ([(2, STAR)], [range(1, 5)]),
        ([(STAR, 2)], [range(1, 5)]),
        ([(4, 2), (3, 5), (1, 1)], [range(5)]),
        ([(5, 5), (1, 2)], [range(2), range(4, 5)]),
        ([(STAR, STAR)], [range(4, 5)]),
        ([(5, STAR)], [range(4, 5)]),
        ([], []),
    ],
)
def test_sequence_numbers(
    view: MailboxView, ranges: list[tuple[int, int]], spans: list[range]
) -> None:
    assert view.by_number(ranges) == (spans, False)


@pytest.mark.parametrize("ranges", [[(6, 6)], [(1, 6)], [(6, STAR)], [(1, 1), (4294967295, 1)]])
def test_sequence_numbers_that_there_are_not(
    view: MailboxView, ranges: list[tuple[int, int]]
) -> None:
    with pytest.raises(ValueError, match="There is no message"):
        view.by_number(ranges)


def test_no_message_has_a_number_in_an_empty_mailbox() -> None:
    view = MailboxView(Mailbox().snapshot())
    for ranges in ([(STAR, STAR)], [(1, STAR)]):
        with pytest.raises(ValueError, match="There is no message"):
            view.by_number(ranges)
        assert view.by_uid(ranges) == ([], False)


def test_a_message_has_its_number_when_it_was_told(mailbox: Mailbox, view: MailboxView) -> None:
    uid = mailbox.add()
    view.absorb(mailbox.news(view))
    with pytest.raises(ValueError, match="There is no message 6"):
        view.by_number([(6, 6)])
    assert view.by_uid([(uid, uid)]).spans == []
    candidates = view.candidates()
    assert candidates.everything.bit_count() == 5
    assert candidates.with_uids([uid]) == candidates.changed_since(mailbox.modseq) == 0
    list(view.updates(expunges=False))
    assert view.by_number([(6, 6)]) == view.by_uid([(uid, uid)]) == ([range(5, 6)], False)


@pytest.mark.parametrize(
    ("ranges", "uids"),
    [
        ([(1, 4), (3, 3)], [2, 4]),
        ([(900, STAR)], [5]),
        ([(900, 901)], []),
        ([(1, 4294967295)], [2, 4, 5]),
        ([(STAR, STAR)], [5]),
        ([(1, 1), (3, 3)], []),
    ],
)
def test_uids_that_there_are_not_are_passed_over(
    mailbox: Mailbox, ranges: list[tuple[int, int]], uids: list[int]
) -> None:
    mailbox.expunge(1, 3)
    view = MailboxView(mailbox.snapshot())
    found = view.by_uid(ranges)
    assert view.uids(found.spans).tolist() == uids
    assert not found.lost


@pytest.mark.parametrize(
    ("ranges", "spans", "lost"),
    [
        ([(1, STAR)], [range(1), range(2, 3)], True),
        ([(1, 1), (3, 3)], [range(1), range(2, 3)], False),
        ([(2, 2)], [], True),
        ([(STAR, STAR)], [], True),
    ],
)
def test_messages_that_are_gone_though_nobody_has_said_so(
    mailbox: Mailbox,
    view: MailboxView,
    ranges: list[tuple[int, int]],
    spans: list[range],
    lost: bool,
) -> None:
    mailbox.expunge(2, 4, 5)
    view.absorb(mailbox.news(view))
    assert view.by_number(ranges) == (spans, lost)
    assert view.by_uid(ranges) == (spans, lost)
    candidates = view.candidates()
    assert candidates.uids(candidates.everything).tolist() == [1, 3]
    assert candidates.numbers(candidates.everything).tolist() == [1, 3]


def test_messages_with_all_that_is_known_of_them(mailbox: Mailbox, view: MailboxView) -> None:
    mailbox.flag(3, SEEN)
    view.absorb(mailbox.news(view))
    found = [
        (number, uid, view.table[place], modseq)
        for number, uid, place, modseq in view.messages([range(1, 3), range(4, 5)])
    ]
    assert found == [(2, 2, NEW, 3), (3, 3, SEEN, mailbox.modseq), (5, 5, NEW, 6)]
    assert view.number_of(5) == 5
    with pytest.raises(KeyError):
        view.number_of(6)


def test_many_messages_come_in_pieces_without_a_seam() -> None:
    view = MailboxView(Mailbox(*[NEW] * 2500).snapshot())
    found = list(view.messages([range(3, 2500)]))
    assert [number for number, *_ in found] == [uid for _, uid, *_ in found]
    assert [uid for _, uid, *_ in found] == list(range(4, 2501))


def test_what_the_view_answers_by_itself(mailbox: Mailbox) -> None:
    mailbox.flag(1, SEEN)
    mailbox.flag(2, State(Mark.SEEN | Mark.DRAFT, ("Work",)))
    mailbox.flag(4, State(Mark(0), ("apple",)))
    view = MailboxView(mailbox.snapshot())
    assert view.first_unseen() == 3
    assert view.keywords() == ["apple", "Work"]
    candidates = view.candidates()
    seen = candidates.where(lambda state: state.marks & Mark.SEEN)
    draft = candidates.where(lambda state: state.marks & Mark.DRAFT)
    late = candidates.changed_since(mailbox.modseq - 1)
    for mask, numbers in (
        (seen, [1, 2]),
        (draft, [2]),
        (seen & draft, [2]),
        (draft | late, [2, 4]),
        (candidates.everything ^ seen, [3, 4, 5]),
        (candidates.among([range(1, 3), range(4, 5)]), [2, 3, 5]),
        (candidates.with_uids([1, 2, 4, 77]), [1, 2, 4]),
        (candidates.with_uids([5, 3]), [3, 5]),
        (0, []),
    ):
        assert candidates.numbers(mask).tolist() == numbers
        assert mask.bit_count() == len(numbers)
        assert [position + 1 for span in candidates.spans(mask) for position in span] == numbers
    assert candidates.highest_modseq(seen) == mailbox.modseq - 1
    assert candidates.highest_modseq(0) == 0


def test_everything_may_be_seen(mailbox: Mailbox) -> None:
    for uid in range(1, 6):
        mailbox.flag(uid, SEEN)
    assert MailboxView(mailbox.snapshot()).first_unseen() is None


# SEARCHRES


def test_a_saved_result_knows_nothing_of_new_messages(mailbox: Mailbox, view: MailboxView) -> None:
    assert view.saved == []
    view.save([range(2), range(3, 5)])
    assert view.saved == [(1, 2), (4, 5)]
    mailbox.add()
    mailbox.expunge(2, 5)
    view.absorb(mailbox.news(view))
    list(view.updates(expunges=True))
    assert view.uids(view.by_uid(view.saved).spans).tolist() == [1, 4]
    view.save([])
    assert view.saved == []


# QRESYNC


@given(before=st.integers(0, 12), gone=uid_sets, known=st.none() | uid_sets, complete=st.booleans())
def test_who_comes_back_hears_what_has_vanished(
    before: int, gone: set[int], known: set[int] | None, complete: bool
) -> None:
    mailbox = Mailbox(*[NEW] * 20)
    doomed = sorted(uid for uid in gone if uid <= 20)
    mailbox.expunge(*doomed[:before])
    modseq = mailbox.modseq
    mailbox.expunge(*doomed[before:])
    view = MailboxView(mailbox.snapshot())
    changes = mailbox.changes(modseq, complete=complete)
    asked = None if known is None else ranges_of(sorted(known))
    told = members(view.vanished_earlier(changes, asked))
    assert told == sorted(set(told))
    expected = set(doomed[before:]) if complete else set(doomed)
    assert set(told) == (expected if known is None else expected & known)


def test_what_vanishes_behind_the_snapshot_is_told_later(
    mailbox: Mailbox, view: MailboxView
) -> None:
    mailbox.expunge(3)
    changes = mailbox.changes(0)
    assert view.vanished_earlier(changes) == []
    view.absorb(changes)
    assert view.is_behind


def test_a_client_that_came_to_an_empty_mailbox() -> None:
    mailbox = Mailbox()
    view = MailboxView(mailbox.snapshot())
    for known in (None, [(1, STAR)], [(STAR, STAR)], [(7, 3)]):
        assert view.vanished_earlier(mailbox.changes(0), known) == []
        assert view.vanished_earlier(mailbox.changes(0, complete=False), known) == []


@pytest.mark.parametrize(
    ("known", "gone"),
    [
        ([(5, 2), (1, 1)], [(2, 2), (4, 4)]),
        ([(1, STAR)], [(2, 2), (4, 4)]),
        ([(2, 4), (1, 3), (5, 9)], [(2, 2), (4, 4)]),
        ([(3, 9)], [(4, 4)]),
        ([(1, 3)], [(2, 2)]),
        ([(3, 3), (5, 9)], []),
    ],
)
@pytest.mark.parametrize("complete", [False, True])
def test_known_uids_in_any_form(
    mailbox: Mailbox, known: list[tuple[int, int]], gone: list[tuple[int, int]], complete: bool
) -> None:
    mailbox.expunge(2, 4)
    view = MailboxView(mailbox.snapshot())
    assert view.vanished_earlier(mailbox.changes(0, complete=complete), known) == gone


# Ranges


@given(uid_sets)
def test_ranges_of_neighbours(numbers: set[int]) -> None:
    found = ranges_of(sorted(numbers))
    assert members(found) == sorted(numbers)
    assert all(after[0] > before[1] + 1 for before, after in pairwise(found))


@given(uid_sets, uid_sets)
def test_what_is_in_both(some: set[int], others: set[int]) -> None:
    found = common(ranges_of(sorted(some)), ranges_of(sorted(others)))
    assert members(found) == sorted(some & others)


@given(st.lists(st.builds(range, st.integers(0, 20), st.integers(0, 20))))
def test_merging(spans: list[range]) -> None:
    found = merged(spans)
    assert [number for span in found for number in span] == sorted(set().union(*spans))
    assert all(after.start > before.stop for before, after in pairwise(found))
