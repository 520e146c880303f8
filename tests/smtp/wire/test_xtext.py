from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcap.smtp.wire.xtext import decode_utf8_xtext, decode_xtext


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("", ""),
        ("QQ314159", "QQ314159"),
        ("a+2Bb+3Dc", "a+b=c"),
        ("a+2bb+3dc", "a+b=c"),
        ("Bob@Example.COM", "Bob@Example.COM"),
        ("with+20space", "with space"),
    ],
)
def test_xtext(text, meaning):
    assert decode_xtext(text) == meaning


@pytest.mark.parametrize(
    "text", ["a=b", "a+", "a+2", "a+2G", "a b", "é", "a+00b", "a+0D+0Ab", "a+7F", "a+E9", "a\tb"]
)
def test_not_xtext(text):
    with pytest.raises(ValueError, match=r"xtext|shown"):
        decode_xtext(text)


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_what_is_encoded_comes_back(text):
    encoded = "".join(f"+{ord(c):02X}" if c in "+= " else c for c in text)
    assert decode_xtext(encoded) == text


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("bob@example.test", "bob@example.test"),
        (r"\x{5C}\x{2B}\x{3D}@example.test", r"\+=@example.test"),
        (r"J\x{FC}rgen@example.test", "Jürgen@example.test"),
        ("Jürgen@example.test", "Jürgen@example.test"),
        (r"\x{1F642}@example.test", "🙂@example.test"),
    ],
)
def test_utf8_xtext(text, meaning):
    assert decode_utf8_xtext(text) == meaning


@pytest.mark.parametrize(
    "text",
    ["", "a+2Bb", "a=b", "a b", r"\y", r"\x{}", r"\x{G1}", r"\x{D800}", r"\x{110000}", r"\x{0A}"],
)
def test_not_utf8_xtext(text):
    with pytest.raises(ValueError, match=r"utf-8|shown|range"):
        decode_utf8_xtext(text)


@given(st.text())
def test_no_text_raises_anything_else(text):
    for decode in (decode_xtext, decode_utf8_xtext):
        with suppress(ValueError):
            assert decode(text).isprintable()
