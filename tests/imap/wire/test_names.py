"""Mailbox names and the patterns of LIST."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcap.imap.wire.names import Pattern, from_wire, to_wire

NAMES = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=30)


@pytest.mark.parametrize(
    ("wire", "name"),
    [
        (b"~peter/mail/&U,BTFw-/&ZeVnLIqe-", "~peter/mail/台北/日本語"),  # RFC 3501 5.1.3
        (b"a&-b", "a&b"),
        (b"inbox", "INBOX"),
        (b"InBox/x", "INBOX/x"),
        (b"inboxes", "inboxes"),
        (b"Entw&APw-rfe", "Entwürfe"),
        ("Entwürfe".encode(), "Entwürfe"),
    ],
)
def test_modified_utf_7(wire: bytes, name: str) -> None:
    assert from_wire(wire, utf8=False) == name


@pytest.mark.parametrize(
    "wire", [b"&", b"a&b", b"&AAA-", b"&!-", b"&2D0-", b"a\x00", b"a\rb", b"\xff"]
)
def test_what_is_no_name(wire: bytes) -> None:
    with pytest.raises(ValueError, match="a mailbox name"):
        from_wire(wire, utf8=False)


@given(NAMES, st.booleans())
def test_every_name_comes_back(name: str, utf8: bool) -> None:
    first, slash, rest = name.partition("/")
    expected = f"INBOX{slash}{rest}" if first.upper() == "INBOX" else name
    wire = to_wire(name, utf8=utf8)
    assert from_wire(wire, utf8=utf8) == expected
    assert utf8 or wire.isascii()


@given(st.binary(max_size=40), st.booleans())
def test_any_octets_are_a_name_or_none(octets: bytes, utf8: bool) -> None:
    try:
        name = from_wire(octets, utf8=utf8)
    except ValueError:
        return
    assert from_wire(to_wire(name, utf8=utf8), utf8=utf8) == name


@pytest.mark.parametrize(
    ("reference", "pattern", "names"),
    [
        ("", "*", {"INBOX", "a", "a/b", "a/b/c", "b"}),
        ("", "%", {"INBOX", "a", "b"}),
        ("", "a/%", {"a/b"}),
        ("a/", "%", {"a/b"}),
        ("a/", "*", {"a/b", "a/b/c"}),
        ("", "inbox", {"INBOX"}),
        ("", "%/%", {"a/b"}),
        ("", "*b", {"a/b", "b"}),
        ("", "", set()),
        ("x/", "/a", set()),
    ],
)
def test_patterns(reference: str, pattern: str, names: set[str]) -> None:
    found = Pattern(reference, pattern)
    assert {n for n in ("INBOX", "a", "a/b", "a/b/c", "b") if found.matches(n)} == names


PIECES = st.lists(st.sampled_from(["a", "b", "/", "*", "%"]), max_size=8).map("".join)
WORDS = st.lists(st.sampled_from(["a", "b", "/"]), max_size=8).map("".join)


@given(PIECES, WORDS)
def test_patterns_are_what_they_are_everywhere_else(pattern: str, name: str) -> None:
    expression = "".join({"*": ".*", "%": "[^/]*"}.get(one, re.escape(one)) for one in pattern)
    assert Pattern("", pattern).matches(name) == bool(re.fullmatch(expression, name))


def test_a_hostile_pattern_takes_no_time() -> None:
    begin = time.process_time()
    assert not Pattern("", "*a" * 16 + "b").matches("a" * 2000)
    assert time.process_time() - begin < 0.5
