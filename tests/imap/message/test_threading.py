"""THREAD: RFC 5256 section 3."""

import re
import time
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcap.imap.message.threading import Letter, letter, ordered_subject, references
from mailcap.mime import headers


def one(
    number: int, own: str | None = None, *refs: str, subject: str = "", re_: bool = False, sent=None
) -> Letter:
    when = number if sent is None else sent
    return Letter(number, when, subject, re_, own, refs)


def test_what_a_header_says() -> None:
    fields = headers.parse(
        b"Subject: Re: Hello\r\nMessage-ID: <c@x>\r\nReferences: <a@x>\r\n\t<b@x> junk\r\n"
        b"In-Reply-To: <z@x>\r\nDate: Thu, 01 Jan 1970 00:00:10 +0000\r\n\r\n"
    )
    assert letter(7, fields, internal_date=5) == Letter(7, 10, "hello", True, "c@x", ("a@x", "b@x"))


def test_in_reply_to_stands_in_for_references() -> None:
    fields = headers.parse(b"In-Reply-To: <a@x> <b@x>\r\n\r\n")
    assert letter(7, fields, internal_date=5) == Letter(7, 5, "", False, None, ("a@x",))


def test_a_conversation() -> None:
    assert references([one(1, "a"), one(2, "b", "a"), one(3, "c", "a", "b")]) == b"(1 2 3)"


def test_a_conversation_that_divides() -> None:
    letters = [one(1, "a"), one(2, "b", "a"), one(3, "c", "a"), one(4, "d", "a", "b")]
    assert references(letters) == b"(1 (2 4)(3))"


def test_the_order_of_arrival_does_not_matter() -> None:
    letters = [one(3, "c", "a", "b"), one(1, "a"), one(2, "b", "a")]
    assert references(letters) == b"(1 2 3)"


def test_a_missing_message_between_others() -> None:
    assert references([one(1, "a"), one(2, "c", "a", "b")]) == b"(1 2)"


def test_a_missing_message_above_others() -> None:
    assert references([one(1, "b", "a"), one(2, "c", "a")]) == b"((1)(2))"


def test_a_missing_message_above_one() -> None:
    assert references([one(1, "b", "a")]) == b"(1)"


def test_conversations_are_in_the_order_they_began() -> None:
    letters = [one(1, "a", sent=5), one(2, "b", sent=3), one(3, "c", "b", sent=9)]
    assert references(letters) == b"(2 3)(1)"


def test_two_messages_with_one_id() -> None:
    assert references([one(1, "a"), one(2, "a"), one(3, "b", "a")]) == b"(1 3)(2)"


def test_messages_that_refer_to_each_other() -> None:
    assert references([one(1, "a", "b"), one(2, "b", "a")]) == b"(2 1)"
    assert references([one(1, "a", "a")]) == b"(1)"


@pytest.mark.parametrize(
    ("letters", "expected"),
    [
        # An answer without references belongs to what it answers.
        ([one(1, "a", subject="s"), one(2, "b", subject="s", re_=True)], b"(1 2)"),
        # Two answers, or two that are none, have a parent that is missing.
        (
            [one(1, "a", subject="s", re_=True), one(2, "b", subject="s", re_=True)],
            b"((1)(2))",
        ),
        ([one(1, "a", subject="s"), one(2, "b", subject="s")], b"((1)(2))"),
        ([one(n, f"{n}", subject="s") for n in (1, 2, 3)], b"((1)(2)(3))"),
        # One that is no answer goes before one that is, whenever it was sent.
        ([one(1, "a", subject="s", re_=True), one(2, "b", subject="s")], b"(2 1)"),
        # Below a missing one, and two missing ones together.
        (
            [
                one(1, "b", "a", subject="s"),
                one(2, "c", "a", subject="s"),
                one(3, "d", subject="s"),
            ],
            b"((1)(2)(3))",
        ),
        (
            [
                one(1, "b", "a", subject="s"),
                one(2, "c", "a", subject="s"),
                one(3, "e", "d", subject="s"),
                one(4, "f", "d", subject="s"),
            ],
            b"((1)(2)(3)(4))",
        ),
        # No subject is no reason.
        ([one(1, "a"), one(2, "b")], b"(1)(2)"),
    ],
)
def test_conversations_with_one_subject(letters: list[Letter], expected: bytes) -> None:
    assert references(letters) == expected


def test_ordered_by_subject() -> None:
    letters = [
        one(1, subject="b", sent=4),
        one(2, subject="a", sent=5),
        one(3, subject="a", sent=3),
        one(4, subject="b", sent=9),
        one(5, subject="b", sent=6),
        one(6, subject="c", sent=1),
    ]
    assert ordered_subject(letters) == b"(6)(3 2)(1 (5)(4))"


def test_no_messages() -> None:
    assert references([]) == ordered_subject([]) == b""


IDS = st.sampled_from("abcdefgh")
LETTERS = st.lists(
    st.tuples(
        st.none() | IDS,
        st.lists(IDS, max_size=4),
        st.sampled_from(["", "s", "t"]),
        st.booleans(),
        st.integers(0, 5),
    ),
    max_size=12,
).map(
    lambda all_: [
        Letter(number, sent, subject, is_reply, own, tuple(refs))
        for number, (own, refs, subject, is_reply, sent) in zip(count(1), all_, strict=False)
    ]
)


@given(LETTERS)
def test_every_message_is_in_the_answer_once(letters: list[Letter]) -> None:
    for answer in (references(letters), ordered_subject(letters)):
        assert sorted(map(int, re.findall(rb"\d+", answer))) == [one.number for one in letters]
        shape = answer
        while (smaller := re.sub(rb"\((?:\d+(?: \d+)*(?: ?x{2,})?|x{2,})\)", b"x", shape)) != shape:
            shape = smaller
        assert not shape.strip(b"x"), answer


@given(LETTERS)
def test_the_answer_depends_on_the_messages_alone(letters: list[Letter]) -> None:
    ids = [one.message_id for one in letters if one.message_id]
    if len(set(ids)) == len(ids) and not any(one.references for one in letters):
        assert references(letters) == references(letters[::-1])


def test_a_deep_conversation_takes_no_longer_than_it_is() -> None:
    def seconds(size: int) -> float:
        letters = [one(n, f"{n}", f"{n - 1}") for n in range(1, size)]
        begin = time.process_time()
        assert references(letters[::-1]).count(b" ") == size - 2
        return time.process_time() - begin

    assert seconds(40_000) < 5
