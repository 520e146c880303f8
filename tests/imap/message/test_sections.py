"""BODY[section] and BINARY[section]: RFC 9051 section 6.4.5, with its own example."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcap.imap.message.sections import (
    Source,
    Text,
    UnknownEncoding,
    choose,
    find,
    partial,
    served,
)
from mailcap.mime import headers

TRACE = b"Return-Path: <a@b.test>\r\nReceived: from c\r\n\tby d\r\n"
PLAIN = b"Subject: Plain\r\nX-Fold: one\r\n two\r\nsubject: again\r\n\r\nthe text\r\n"


def source(body: bytes, trace: bytes = TRACE) -> Source:
    cut = headers.split(body)
    return Source(trace, body[:cut], body[cut:])


def multipart(boundary: bytes, *parts: bytes) -> bytes:
    lines = [b"Content-Type: multipart/mixed; boundary=" + boundary + b"\r\n\r\n"]
    lines += [b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts]
    return b"".join(lines) + b"--" + boundary + b"--"


def leaf(kind: bytes, content: bytes, more: bytes = b"") -> bytes:
    return b"Content-Type: " + kind + b"\r\n" + more + b"\r\n" + content


# The tree of the example in RFC 9051 section 6.4.5.
INNER_3 = b"Subject: three\r\n" + multipart(
    b"m3", leaf(b"text/plain", b"3.1"), leaf(b"application/octet-stream", b"3.2")
)
INNER_4_2 = b"Subject: four two\r\n" + multipart(
    b"m42",
    leaf(b"text/plain", b"4.2.1"),
    multipart(b"alt", leaf(b"text/plain", b"4.2.2.1"), leaf(b"text/richtext", b"4.2.2.2")),
)
EXAMPLE = b"Subject: all\r\n" + multipart(
    b"top",
    leaf(b"text/plain", b"1"),
    leaf(b"application/octet-stream", b"2"),
    leaf(b"message/rfc822", INNER_3),
    multipart(
        b"m4", leaf(b"image/gif", b"4.1", b"X-Own: 4.1\r\n"), leaf(b"message/rfc822", INNER_4_2)
    ),
)


@pytest.mark.parametrize("number", ["1", "2", "3.1", "3.2", "4.1", "4.2.1", "4.2.2.1", "4.2.2.2"])
def test_every_leaf_of_the_example_is_found(number: str) -> None:
    path = tuple(map(int, number.split(".")))
    assert source(EXAMPLE).section(path, Text.CONTENT) == number.encode()


def test_messages_inside_the_example() -> None:
    example = source(EXAMPLE)
    assert example.section((3,), Text.CONTENT) == INNER_3
    assert example.section((3,), Text.FIELDS, ["subject"]) == b"Subject: three\r\n\r\n"
    assert example.section((4, 2), Text.HEADER) == INNER_4_2[: headers.split(INNER_4_2)]
    assert example.section((4, 2), Text.TEXT) == INNER_4_2[headers.split(INNER_4_2) :]
    assert example.section((4, 1), Text.MIME) == b"Content-Type: image/gif\r\nX-Own: 4.1\r\n\r\n"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((5,), Text.CONTENT),
        ((0,), Text.CONTENT),
        ((1, 1), Text.CONTENT),
        ((3, 3), Text.CONTENT),
        ((1,), Text.HEADER),
        ((4,), Text.TEXT),
        ((), Text.MIME),
        ((4, 2, 2, 3), Text.MIME),
    ],
)
def test_what_is_not_there(path: tuple[int, ...], text: Text) -> None:
    assert source(EXAMPLE).section(path, text) is None


def test_a_message_without_parts_is_its_part_1() -> None:
    plain = source(PLAIN)
    assert plain.section((1,), Text.CONTENT) == plain.section((), Text.TEXT) == b"the text\r\n"
    assert plain.section((1,), Text.MIME) == PLAIN[: headers.split(PLAIN)]
    assert plain.section((2,), Text.CONTENT) is None


def test_a_message_that_is_a_message() -> None:
    forwarded = source(b"Content-Type: message/rfc822\r\n\r\n" + PLAIN)
    assert forwarded.section((1,), Text.CONTENT) == PLAIN
    assert forwarded.section((1,), Text.TEXT) == b"the text\r\n"
    assert forwarded.section((1, 1), Text.CONTENT) == b"the text\r\n"


def test_the_trace_stands_in_front_of_the_whole_and_its_header() -> None:
    plain = source(PLAIN)
    assert plain.section((), Text.CONTENT) == TRACE + PLAIN
    assert plain.section((), Text.HEADER) == TRACE + PLAIN[: headers.split(PLAIN)]


def test_chosen_fields() -> None:
    plain = source(PLAIN)
    assert plain.section((), Text.FIELDS, ["subject", "x-none"]) == (
        b"Subject: Plain\r\nsubject: again\r\n\r\n"
    )
    assert plain.section((), Text.FIELDS, ["x-fold", "received"]) == (
        b"Received: from c\r\n\tby d\r\nX-Fold: one\r\n two\r\n\r\n"
    )
    assert plain.section((), Text.FIELDS, ["x-none"]) == b"\r\n"
    assert plain.section((), Text.FIELDS_NOT, ["subject", "received", "return-path"]) == (
        b"X-Fold: one\r\n two\r\n\r\n"
    )


@pytest.mark.parametrize(
    ("encoding", "content", "expected"),
    [
        (b"base64", b"AGE=", b"\0a"),
        (b"quoted-printable", b"a=3Db", b"a=b"),
        (b"8bit", b"\xff", b"\xff"),
    ],
)
def test_binary(encoding: bytes, content: bytes, expected: bytes) -> None:
    body = leaf(b"image/png", content, b"Content-Transfer-Encoding: " + encoding + b"\r\n")
    assert source(body).binary((1,)) == expected
    assert source(body).binary((2,)) is None
    assert source(body).binary(()) == TRACE + body


def test_an_encoding_that_nobody_knows() -> None:
    body = leaf(b"image/png", b"?", b"Content-Transfer-Encoding: x-own\r\n")
    with pytest.raises(UnknownEncoding, match="x-own"):
        source(body).binary((1,))


def test_partial() -> None:
    assert partial(b"abcdef", 2, 3) == b"cde"
    assert partial(b"abcdef", 4, 30) == b"ef"
    assert partial(b"abcdef", 6, 1) == partial(b"abcdef", 60, 1) == b""


def test_nul_is_in_no_literal() -> None:
    assert served(b"a\0b") == b"a\x80b"


PATHS = st.lists(st.integers(0, 4), max_size=6).map(tuple)


@given(st.binary(max_size=400), PATHS, st.sampled_from(Text))
def test_any_section_of_anything(body: bytes, path: tuple[int, ...], text: Text) -> None:
    found = source(body).section(path, text, ["subject"])
    assert found is None or isinstance(found, bytes)


@given(PATHS)
def test_parts_are_found_by_their_number(path: tuple[int, ...]) -> None:
    root = source(EXAMPLE).root
    number = ".".join(map(str, path))
    named = [part for part in root.walk() if part.number == number]
    found = find(root, path)
    assert found is (named[0] if named else None)


@given(st.binary(max_size=200), st.lists(st.sampled_from(["a", "b", "subject"])))
def test_fields_are_chosen_or_not(header: bytes, names: list[str]) -> None:
    chosen, others = (choose(header, text, names) for text in (Text.FIELDS, Text.FIELDS_NOT))
    assert chosen.endswith(b"\r\n")
    assert len(chosen) + len(others) - 4 <= len(header)
