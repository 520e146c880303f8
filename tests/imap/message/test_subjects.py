"""The base subject: RFC 5256 section 2.1."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcap.imap.message.subjects import base_subject


@pytest.mark.parametrize(
    ("subject", "base", "is_reply"),
    [
        ("", "", False),
        ("hello", "hello", False),
        ("Re: hello", "hello", True),
        ("RE : hello", "hello", True),
        ("Fw: hello", "hello", True),
        ("fwd: hello", "hello", True),
        ("re: Re: FWD: hello", "hello", True),
        ("Re[2]: hello", "hello", True),
        ("Re [x] : hello", "hello", True),
        ("hello (fwd)", "hello", True),
        ("hello (FWD) (fwd) ", "hello", True),
        ("[Fwd: hello]", "hello", True),
        ("[fwd: Re: [Fwd: hello] (fwd)]", "hello", True),
        ("[list] hello", "hello", False),
        ("[list] Re: hello", "hello", True),
        ("[a][b] re: [c] hello", "hello", True),
        ("[list]", "[list]", False),
        ("Re: [list]", "[list]", True),
        ("Re:", "", True),
        ("regards", "regards", False),
        ("forward: x", "forward: x", False),
        ("  a \t b  ", "a b", False),
        ("[unclosed hello", "[unclosed hello", False),
    ],
)
def test_the_base(subject: str, base: str, is_reply: bool) -> None:
    assert base_subject(subject) == (base, is_reply)


@given(
    st.lists(st.sampled_from(["re", "fwd", ":", "[", "]", " ", "(fwd)", "[fwd:", "x", "[a]"])).map(
        "".join
    )
)
def test_a_base_has_itself_for_its_base(subject: str) -> None:
    base, _ = base_subject(subject)
    assert base_subject(base)[0] == base


@pytest.mark.parametrize("piece", ["re:", "[fwd:", "[a]", "(fwd)", "[", "re[", "fwd [", "re "])
def test_long_subjects_take_no_longer_than_they_are(piece: str) -> None:
    begin = time.process_time()
    base_subject(piece * (20_000 // len(piece)) + "]" * 7_000)
    assert time.process_time() - begin < 1
