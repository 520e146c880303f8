"""How answers are written; whatever is written, the grammar's own lexer reads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcap.imap.wire.encoding import (
    astring,
    line,
    listed,
    literal,
    literal8,
    number_set,
    printable,
    string,
)
from mailcap.imap.wire.lexer import Lexer
from mailcap.imap.wire.sequence_set import parse_sequence_set

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.mark.parametrize(
    ("text", "plain", "utf8"),
    [
        ("", b'""', b'""'),
        ('a "b" \\c', b'"a \\"b\\" \\\\c"', b'"a \\"b\\" \\\\c"'),
        ("ä", b"{2}\r\n\xc3\xa4", b'"\xc3\xa4"'),
        ("a\r\nb", b"{4}\r\na\r\nb", b"{4}\r\na\r\nb"),
        ("a\0b", b"{3}\r\na\x80b", b"{3}\r\na\x80b"),
        ("x" * 1001, b"{1001}\r\n" + b"x" * 1001, b"{1001}\r\n" + b"x" * 1001),
    ],
)
def test_strings(text: str, plain: bytes, utf8: bytes) -> None:
    assert string(text) == plain
    assert string(text, utf8=True) == utf8


@pytest.mark.parametrize(
    ("text", "octets"), [("abc", b"abc"), ("", b'""'), ("a b", b'"a b"'), ("nil", b'"nil"')]
)
def test_words(text: str, octets: bytes) -> None:
    assert astring(text) == octets


@given(TEXT)
def test_every_string_is_read_again(text: str) -> None:
    expected = text.encode()
    assert Lexer(astring(text.replace("\0", ""))).astring() == expected.replace(b"\0", b"")
    for written in (string(text), string(text.encode())):
        found = Lexer(written).string()
        assert found in (expected, expected.replace(b"\0", b"\x80"))


@given(st.binary())
def test_every_literal_is_read_again(octets: bytes) -> None:
    assert Lexer(literal(octets)).try_literal() == (octets.replace(b"\0", b"\x80"), False)
    assert Lexer(literal8(octets)).try_literal() == (octets, b"\0" in octets)


@given(st.sets(st.integers(1, 100), min_size=1))
def test_every_set_of_numbers_is_read_again(numbers: set[int]) -> None:
    found = parse_sequence_set(number_set(sorted(numbers)).decode())
    assert {n for first, last in found.ranges for n in range(first, last + 1)} == numbers


def test_sets_are_short() -> None:
    assert number_set([1, 2, 3, 5, 7, 8]) == b"1:3,5,7:8"
    assert number_set([]) == b""


def test_lines_and_lists() -> None:
    assert line(b"*", b"ENABLED") == b"* ENABLED\r\n"
    assert listed([b"a", b"b"]) == b"(a b)"
    assert listed([]) == b"()"


@given(TEXT)
def test_any_text_fits_behind_a_code(text: str) -> None:
    found = printable(text)
    assert len(found) <= 400
    assert all(32 <= octet < 127 for octet in found)
