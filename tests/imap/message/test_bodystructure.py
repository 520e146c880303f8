"""BODY and BODYSTRUCTURE: RFC 9051 section 7.5.2."""

import re
from email.message import EmailMessage

from hypothesis import given
from hypothesis import strategies as st

from mailcap.imap.message.bodystructure import bodystructure
from mailcap.mime.structure import scan


def both(body: bytes) -> tuple[bytes, bytes]:
    root = scan(body)
    return bodystructure(body, root, extended=False), bodystructure(body, root)


def test_a_plain_text() -> None:
    body = b"Content-Type: text/plain; charset=us-ascii\r\n\r\none\r\ntwo\r\n"
    assert both(body) == (
        b'("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 10 2)',
        b'("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 10 2 NIL NIL NIL NIL)',
    )


def test_everything_a_part_can_say() -> None:
    body = (
        b'Content-Type: image/png; name="a b.png"\r\nContent-Id: <1@x>\r\n'
        b"Content-Description: a picture\r\nContent-Transfer-Encoding: BASE64\r\n"
        b"Content-MD5: Q2hlY2sgSW50ZWdyaXR5IQ==\r\nContent-Language: en, de\r\n"
        b'Content-Disposition: attachment; filename="a b.png"\r\n'
        b"Content-Location: http://x.test/\r\n\r\nAAAA"
    )
    assert both(body)[1] == (
        b'("image" "png" ("name" "a b.png") "<1@x>" "a picture" "base64" 4 '
        b'"Q2hlY2sgSW50ZWdyaXR5IQ==" ("attachment" ("filename" "a b.png")) ("en" "de") '
        b'"http://x.test/")'
    )


def test_a_multipart_with_a_message_inside() -> None:
    inner = EmailMessage()
    inner["Subject"] = "inner"
    inner.set_content("hello\n")
    outer = EmailMessage()
    outer.set_content("see below\n")
    outer.add_attachment(inner)
    outer.set_boundary("b")
    basic, extended = both(outer.as_bytes().replace(b"\n", b"\r\n"))
    nil = b"NIL NIL NIL NIL NIL NIL NIL NIL"
    assert basic == (
        b'(("text" "plain" ("charset" "utf-8") NIL NIL "7bit" 11 1)'
        b'("message" "rfc822" NIL NIL NIL "8bit" 120 (NIL "inner" ' + nil + b") "
        b'("text" "plain" ("charset" "utf-8") NIL NIL "7bit" 7 1) 6) "mixed")'
    )
    assert extended.endswith(
        b'("text" "plain" ("charset" "utf-8") NIL NIL "7bit" 7 1 NIL NIL NIL NIL) 6 NIL '
        b'("attachment" NIL) NIL NIL) "mixed" ("boundary" "b") NIL NIL NIL)'
    )


def test_a_single_language_is_a_string() -> None:
    body = b"Content-Language: en\r\n\r\n"
    assert both(body)[1].endswith(b' NIL NIL "en" NIL)')


def balanced(octets: bytes) -> bool:
    """Whether the parentheses outside strings match, and nothing else is odd."""
    depth = 0
    while octets:
        match = re.match(
            rb"\{(\d+)\}\r\n|\"(?:[^\"\\\r\n\x80-\xff]|\\[\"\\])*\"|NIL|\d+|[() ]", octets
        )
        if match is None:
            return False
        depth += {b"(": 1, b")": -1}.get(match[0], 0)
        if depth < 0:
            return False
        octets = octets[match.end() + int(match[1] or 0) :]
    return depth == 0


LINES = st.sampled_from(
    [
        b"Content-Type: multipart/mixed; boundary=b",
        b'Content-Type: multipart/x"y; boundary="a\\"b"',
        b"Content-Type: message/rfc822",
        b'Content-Type: text/html; charset=\xff; name*0=a; name*1="(b)"',
        b'Content-Disposition: attachment; filename="a\\\\b"',
        b"Content-Language: (en), ,",
        b"--b",
        b"--b--",
        b"",
        b"\0 text {9}",
    ]
)


@given(st.lists(LINES | st.binary(max_size=20), max_size=40))
def test_any_message_has_a_valid_structure(lines: list[bytes]) -> None:
    for found in both(b"\r\n".join(lines)):
        assert balanced(found), found
        assert b"\0" not in found
