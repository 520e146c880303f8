import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcap.dracula.wire.patterns import BadPattern, compile_pattern


@pytest.mark.parametrize(
    ("pattern", "key", "found"),
    [
        ("", "anything", True),
        ("*", "", True),
        ("as*", "as", True),
        ("as*", "asdf", True),
        ("as*", "bas", True),
        ("*df", "asdf", True),
        ("a*f", "asdf", True),
        ("a*f", "af", False),
        ("sd", "asdf", True),
        ("^sd", "asdf", False),
        ("a.d", "asdf", True),
        ("[0-9]+", "asdf", False),
        ("ü", "Jürgen", True),
    ],
)
def test_a_pattern_is_an_expression_found_anywhere(pattern, key, found):
    assert bool(compile_pattern(pattern.encode())(key.encode())) is found


@pytest.mark.parametrize("pattern", [b"a(", b"[", b"\\", b"\xff", b"(?=a)", b"a{2000}"])
def test_what_means_nothing_says_so(pattern, capfd):
    with pytest.raises(BadPattern, match=r"^error parsing regexp: "):
        compile_pattern(pattern)
    assert capfd.readouterr().err == ""


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_no_octets_raise_anything_else(pattern, key):
    try:
        compile_pattern(pattern)(key)
    except BadPattern as error:
        assert re.match("error parsing regexp: ", str(error))  # noqa: PT017


def test_none_takes_for_ever():
    begin = time.process_time()
    assert not compile_pattern(b"*" * 200 + b"!")(b"a" * 1419)
    assert not compile_pattern(b"(a*)*(a|a)*b$")(b"a" * 1419)
    assert time.process_time() - begin < 2
