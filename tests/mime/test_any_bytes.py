"""Whatever the bytes are, every view of them exists and fits them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailcap.mime import attachments, bodies, headers, structure, summary
from mailcap.mime.structure import Part
from mime.corpus import BROKEN

PIECES = st.sampled_from(
    [
        b"\r\n", b"\n", b"\r", b"\r\n\r\n", b"--b", b"--b--", b"--b\r\n", b"--b--\r\n", b"=", b"==",
        b"Content-Type: multipart/mixed; boundary=b\r\n",
        b'Content-Type: multipart/alternative; boundary="b"\r\n',
        b"Content-Type: text/html; charset=utf-7\r\n", b"Content-Type: message/rfc822\r\n",
        b"Content-Transfer-Encoding: base64\r\n", b"Content-Disposition: attachment; filename*0*=a\r\n",  # noqa: E501
        b"Subject: =?utf-8?q?=C3?= =?utf-8?b?qQ==?=\r\n", b'From: "a <b@c>, (x\r\n', b"To: g: a@b;\r\n",  # noqa: E501
        b"<a href='http://x.example/'>", b"<style>", b"\xff\x00", b"begin 644 a\r\n", b" ", b"x",
    ]
)  # fmt: skip
MAIL = st.lists(PIECES | st.binary(max_size=8), max_size=60).map(b"".join)


def assert_fits(body: bytes, part: Part, start: int, end: int) -> None:
    """Assert that a part lies within its bounds, and its children in order within it."""
    assert start <= part.start <= part.content <= part.end <= end
    assert part.lines == body.count(b"\n", part.content, part.end)
    position = part.content
    for child in part.children:
        assert_fits(body, child, position, part.end)
        position = child.end


def view_everything(body: bytes) -> None:
    root = structure.scan(body)
    assert_fits(body, root, 0, len(body))
    numbers = [part.number for part in root.leaves()]
    assert len(numbers) == len(set(numbers))
    for view in (bodies.text, bodies.html, bodies.dirty, bodies.safe):
        view(body, root).encode()
    listed = attachments.listing(body, root)
    assert [one.checksum for one in listed] == attachments.checksums(body, root)
    for one in listed[:3]:
        assert attachments.find(body, root, one.checksum) is not None
    for one in listed:
        assert not set(one.file_name) & set("/\\\x00\r\n")
        assert one.file_name not in ("", ".", "..")
    fields = headers.parse(body, root.start, root.content)
    assert len(headers.as_list(fields)) == len(fields)
    headers.as_text(fields).encode()
    made = summary.summarise(body)
    assert summary.decode(made.encode()) == made


@pytest.mark.parametrize("name", BROKEN)
def test_broken_mail(name: str) -> None:
    view_everything(BROKEN[name])


@settings(max_examples=300, deadline=None)
@given(MAIL)
def test_any_mail(body: bytes) -> None:
    view_everything(body)


@settings(max_examples=300, deadline=None)
@given(MAIL)
def test_the_cut_behind_the_header_block(body: bytes) -> None:
    cut = headers.split(body)
    assert 0 <= cut <= len(body)
    assert cut == len(body) or cut == 0 or body[:cut].endswith(b"\n")


@pytest.mark.parametrize(
    ("body", "header"),
    [
        (b"A: b\r\n\r\nx", b"A: b\r\n\r\n"),
        (b"A: b\n\nx", b"A: b\n\n"),
        (b"A: b\r\n", b"A: b\r\n"),
        (b"", b""),
    ],
)
def test_where_the_header_block_ends(body: bytes, header: bytes) -> None:
    assert body[: headers.split(body)] == header


def test_an_older_summary_is_to_be_made_anew() -> None:
    for data in (b"", b"{}", b"[]", b'{"version": 0}', b'{"version": 1}', b"\xff"):
        assert summary.decode(data) is None or data == b'{"version": 1}'
