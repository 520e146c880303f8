"""Broken mail: small messages that real senders or attackers could send.

Each is stored, served and viewed without an error; system tests deliver them all.
No body here is one that SMTP could not carry: dot-stuffing is the client's task.
"""

from __future__ import annotations

_MIXED = b"Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
_DEEP = 200
_MANY = 20_000


def _nested_multiparts() -> bytes:
    lines = [b"Subject: deep\r\n"]
    for level in range(_DEEP):
        boundary = b"b%d" % level
        lines += [b"Content-Type: multipart/mixed; boundary=", boundary, b"\r\n\r\n"]
        lines += [b"--", boundary, b"\r\n"]
    lines.append(b"\r\nthe bottom\r\n")
    lines += [b"--b%d--\r\n" % level for level in reversed(range(_DEEP))]
    return b"".join(lines)


def _leaf(header: bytes, content: bytes) -> bytes:
    return b"Subject: x\r\n" + header + b"\r\n\r\n" + content


def _typed(content_type: bytes, content: bytes = b"hello\r\n") -> bytes:
    return _leaf(b"Content-Type: " + content_type, content)


def _encoded(encoding: bytes, content: bytes) -> bytes:
    return _leaf(b"Content-Transfer-Encoding: " + encoding, content)


def _field(field: bytes) -> bytes:
    return field + b"\r\n\r\nhello\r\n"


_BOUNDARIES: dict[str, bytes] = {
    "multipart without a boundary": _typed(b"multipart/mixed", b"--b\r\n\r\nhello\r\n--b--\r\n"),
    "boundary is empty": _typed(b'multipart/mixed; boundary=""', b"--\r\n\r\nhello\r\n----\r\n"),
    "boundary never occurs": _MIXED + b"hello\r\n",
    "no closing delimiter": _MIXED + b"--b\r\n\r\none\r\n--b\r\n\r\ntwo\r\n",
    "closing delimiter only": _MIXED + b"--b--\r\n",
    "last delimiter does not close": _MIXED + b"--b\r\n\r\none\r\n--b\r\n",
    "delimiter at the very end": _MIXED + b"--b\r\n\r\none\r\n--b",
    "parts behind the closing delimiter": _MIXED + b"--b\r\n\r\none\r\n--b--\r\n--b\r\n\r\ntwo\r\n",
    "text in front of and behind the parts": _MIXED + b"before\r\n--b\r\n\r\none\r\n--b--\r\nafter",
    "boundary begins another": _MIXED
    + b"--b\r\nContent-Type: multipart/alternative; boundary=bb\r\n\r\n"
    + b"--bb\r\n\r\none\r\n--bb--\r\n--b\r\n\r\ntwo\r\n--b--\r\n",
    "boundary ends in hyphens": _MIXED
    + b'--b\r\nContent-Type: multipart/mixed; boundary="b--"\r\n\r\n'
    + b"--b--\r\n\r\none\r\n--b----\r\n--b--\r\n",
    "the same boundary inside": _MIXED
    + b"--b\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n"
    + b"--b\r\n\r\none\r\n--b--\r\n--b\r\n\r\ntwo\r\n--b--\r\n",
    "inner multipart never closed": _MIXED
    + b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n"
    + b"--c\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b--",
    "white space behind delimiters": _MIXED + b"--b  \t\r\n\r\none\r\n--b-- \t \r\n",
    "text behind a delimiter": _MIXED + b"--b is not alone\r\n\r\none\r\n--b--\r\n",
    "boundary of a thousand octets": _typed(
        b'multipart/mixed; boundary="' + b"b" * 995 + b'"',
        b"--" + b"b" * 995 + b"\r\n\r\none\r\n--" + b"b" * 995 + b"--\r\n",
    ),
    "boundary of regex characters": _typed(
        b'multipart/mixed; boundary="(.*)+[a-z]{2}\\\\$"',
        b"--(.*)+[a-z]{2}\\$\r\n\r\none\r\n--(.*)+[a-z]{2}\\$--\r\n",
    ),
    "boundary of eight-bit octets": _typed(
        b'multipart/mixed; boundary="\xc3\xa4"', b"--\xc3\xa4\r\n\r\none\r\n--\xc3\xa4--\r\n"
    ),
    "delimiter inside a part's header": _MIXED
    + b"--b\r\nContent-Type: text/html\r\n--b\r\n\r\ntwo\r\n",
    "part without anything": _MIXED + b"--b\r\n--b\r\n\r\n--b\r\n\r\n\r\n--b--\r\n",
    "part that begins with no field": _MIXED + b"--b\r\nhello: \r\n\r\n--b\r\nhello\r\n--b--\r\n",
    "bare line feeds": _MIXED.replace(b"\r\n", b"\n") + b"--b\n\none\n--b\n\ntwo\n--b--\n",
    "mixed line ends": _MIXED + b"--b\n\r\none\n\r\n--b\r\n\ntwo\r\n--b--\n",
    "bare carriage returns": _MIXED.replace(b"\r\n", b"\r") + b"--b\r\rone\r--b--\r",
    "multipart under base64": _leaf(
        b"Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: base64",
        b"--b\r\n\r\none\r\n--b--\r\n",
    ),
    "200 multiparts deep": _nested_multiparts(),
    "200 messages deep": b"Content-Type: message/rfc822\r\n\r\n" * _DEEP
    + b"Subject: x\r\n\r\nbottom",
    "20,000 parts": _MIXED + b"--b\r\n\r\nx\r\n" * _MANY + b"--b--\r\n",
    "20,000 parts that are alternatives": _MIXED
    + b"--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" * _MANY,
    "digest of nothing": _typed(b"multipart/digest; boundary=b", b"--b\r\n\r\n\r\n--b--\r\n"),
}

_HEADERS: dict[str, bytes] = {
    "empty": b"",
    "one line end": b"\r\n",
    "one line feed": b"\n",
    "no header, only text": b"hello, this is a test\r\n\r\nSubject: none\r\n",
    "header only": b"Subject: x\r\nFrom: a@example.com\r\n",
    "header only, cut off": b"Subject: x\r\nFro",
    "begins with an empty line": b"\r\nSubject: x\r\n\r\nhello\r\n",
    "begins with a continuation": b" x\r\nSubject: x\r\n\r\nhello\r\n",
    "begins with an mbox line": b"From a@b Mon Jan  1 00:00:00 2024\nSubject: x\n\nhello\n",
    "a line that is no field": b"Subject: x\r\nnot a field\r\nFrom: a@example.com\r\n\r\nhello\r\n",
    "NUL everywhere": b"Sub\0ject: \0\r\nFrom: \0@\0\r\n\r\n\0\0\r\n",
    "NUL only": b"\0" * 1_000,
    "every octet": bytes(range(256)) * 4,
    "eight-bit header, UTF-8": _field("Subject: Grüße, 世界".encode()),
    "eight-bit header, Latin-1": _field("Subject: Grüße".encode("latin-1")),
    "eight-bit field name": _field("Sübject: x".encode()),
    "10,000 fields": b"X-Many: x\r\n" * 10_000 + b"\r\nhello\r\n",
    "10,000 folds": b"Subject: x" + b"\r\n x" * 10_000 + b"\r\n\r\nhello\r\n",
    "field of 100,000 octets": _field(b"Subject: " + b"x" * 100_000),
    "folds of white space only": b"Subject: x\r\n \r\n\t\r\n y\r\n\r\nhello\r\n",
    "space in front of the colon": _field(b"Subject : x\r\nFrom\t: a@example.com"),
    "every field twice": b"".join(
        name + b": <a%d@example.com>\r\n" % number
        for name in (b"From", b"To", b"Subject", b"Message-ID", b"Content-Type")
        for number in (1, 2)
    )
    + b"\r\nhello\r\n",
    "bare carriage returns in a field": _field(b"Subject: a\rb\rBcc: c@example.com"),
}

_WORDS: dict[str, bytes] = {
    "encoded word of an unknown charset": _field(b"Subject: =?x-martian?q?=E4?="),
    "encoded word of charset binary": _field(b"Subject: =?binary?b?//8=?="),
    "encoded word of charset NUL": _field(b"Subject: =?\0?q?a?="),
    "encoded word of a codec that is none": _field(b"Subject: =?zlib?b?eJw=?= =?rot13?q?uryyb?="),
    "encoded word of bad base64": _field(
        b"Subject: =?utf-8?b?a?= =?utf-8?b?====?= =?utf-8?b?Gr!?="
    ),
    "encoded words cut inside a character": _field(
        b"Subject: =?utf-8?q?Gr=C3?=\r\n =?utf-8?q?=BC=C3=9F?="
    ),
    "encoded words without an end": _field(b"Subject: " + b"=?utf-8?q?a" * 500),
    "encoded word with line ends in it": _field(
        b"Subject: =?utf-8?q?a=0D=0ABcc:=20x@example.com?="
    ),
    "encoded word of lone surrogates": _field(b"Subject: =?utf-7?q?+2AA-?= =?utf-8?q?=ED=A0=80?="),
    "quote without an end in From": _field(b'From: "Joe <joe@example.com>, a@example.com'),
    "comment without an end in To": _field(b"To: (Joe <joe@example.com>, a@example.com"),
    "nested comments in To": _field(b"To: " + b"(" * 2_000 + b")" * 2_000 + b" a@example.com"),
    "nothing but commas in To": _field(b"To: " + b"," * 5_000),
    "groups in groups": _field(b"To: a: b: c@example.com; d: ;;;: e@example.com"),
    "brackets upon brackets": _field(b"From: <<<a@example.com>>> <b@example.com"),
    "address of at signs": _field(b"From: @@@@ <@@@>, a@@b, @a,b@"),
    "10,000 addresses": _field(b"To: " + b"a@example.com, " * 10_000),
}

_PARAMETERS: dict[str, bytes] = {
    "content type of nothing": _typed(b""),
    "content type of rubbish": _typed(b"=;=;/;;;"),
    "content type without a subtype": _typed(b"text"),
    "content type of quotes": _typed(b'"text/html"; "charset"="utf-8"'),
    "content type in a comment": _typed(b"(a(b)c) text/html (d); charset (e) = utf-8"),
    "10,000 parameters": _typed(b"text/plain" + b"; a=b" * 10_000),
    "parameter without an end": _typed(b'text/plain; name="' + b"\\" * 999),
    "continuations out of order": _typed(b"text/plain; name*2=c; name*0=a; name*1=b"),
    "continuations with a hole": _typed(b"text/plain; name*0=a; name*1=b; name*3=d"),
    "continuations from one on": _typed(b"text/plain; name*1=b; name*2=c"),
    "continuation of a huge index": _typed(b"text/plain; name*0=a; name*" + b"9" * 5_000 + b"=b"),
    "10,000 continuations": _typed(
        b"text/plain" + b"".join(b"; name*%d*=%%41" % index for index in range(10_000))
    ),
    "extended value of bad escapes": _typed(b"text/plain; name*=utf-8''%%%4%zz%C3"),
    "extended value of an unknown charset": _typed(b"text/plain; name*=x-martian'en'%E4"),
    "extended value without quotes": _typed(b"text/plain; name*=%41; name*0*='%42"),
    "charset binary": _typed(b"text/plain; charset=binary", b"\xff\xfe\r\n"),
    "charset NUL": _typed(b"text/plain; charset=\0", b"\xff\xfe\r\n"),
    "charset is a path": _typed(b"text/plain; charset=../../etc/passwd", b"\xff\xfe\r\n"),
    "charset punycode": _typed(b"text/plain; charset=punycode", b"a-" * 500),
    "charset unicode_escape": _typed(b"text/plain; charset=unicode_escape", rb"\N{x} \ud800 \q"),
    "charset utf-16 of odd length": _typed(b"text/plain; charset=utf-16", b"\xff\xfea\0b"),
    "file name is a path": _leaf(
        b'Content-Disposition: attachment; filename="../../../etc/cron.d/x\0.txt"', b"hello\r\n"
    ),
    "file name of controls and bidi": _leaf(
        b"Content-Disposition: attachment; filename*=utf-8''%0D%0Aa%E2%80%AEgpj.exe", b"x"
    ),
    "file name of 5,000 letters": _leaf(
        b'Content-Disposition: attachment; filename="' + b"x" * 5_000 + b'.txt"', b"x"
    ),
    "disposition of nothing": _leaf(b"Content-Disposition: ;;; filename", b"x"),
}

_CONTENT: dict[str, bytes] = {
    "base64 with rubbish in it": _encoded(b"base64", b"aGVs*!\0bG8s\r\n IHdv cmxk"),
    "base64 of one letter": _encoded(b"base64", b"a"),
    "base64 that goes on behind its padding": _encoded(
        b"base64", b"aGVsbG8=\r\nd29ybGQ=\r\n--\r\nfooter"
    ),
    "base64 of padding only": _encoded(b"base64", b"====\r\n=\r\n"),
    "quoted-printable that ends in a soft break": _encoded(b"quoted-printable", b"hello=\r\n"),
    "quoted-printable that ends in an escape": _encoded(b"quoted-printable", b"hello=4"),
    "quoted-printable of bad escapes": _encoded(b"quoted-printable", b"=ZZ=\xff==\r\n= \t\r\nx=\n"),
    "uuencode": _encoded(b"x-uuencode", b"text\r\nbegin 644 a.txt\r\n%:&5L;&\\\r\n`\r\nend\r\n"),
    "uuencode without a beginning": _encoded(b"x-uuencode", b"%:&5L;&\\\r\n`\r\nend\r\n"),
    "uuencode of rubbish": _encoded(b"x-uuencode", b"begin 644 x\r\n\xff\xff\xff\r\nMMMM\r\n"),
    "unknown encoding": _encoded(b"x-martian", b"hello\r\n"),
    "encoding of nothing": _encoded(b"", b"hello\r\n"),
    "message under base64": _leaf(
        b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64",
        b"U3ViamVjdDogeA0KDQpoZWxsbw==\r\n",
    ),
    "message of nothing": _typed(b"message/rfc822", b""),
    "message that is a multipart without an end": _typed(b"message/rfc822", _MIXED + b"--b\r\n"),
    "cid of regex characters": _MIXED
    + b"--b\r\nContent-Type: text/html\r\n\r\n<img src='cid:.*+?[(\\1'>\r\n"
    + b"--b\r\nContent-Type: image/png\r\nContent-ID: <.*+?[(\\1>\r\n\r\nx\r\n--b--\r\n",
    "cid of itself": _MIXED
    + b"--b\r\nContent-Type: text/html\r\nContent-ID: <a>\r\n\r\n"
    + b"<iframe src=cid:a></iframe>\r\n--b--",
    "html of tags without an end": _typed(
        b"text/html", b"<a href='http://a.example" + b"<a b=" * 999
    ),
    "html of comments without an end": _typed(b"text/html", b"<!--" * 999),
    "html 5,000 deep": _typed(b"text/html", b"<div><font color=1>" * 5_000 + b"bottom"),
    "html of huge references": _typed(
        b"text/html", b"&#" + b"9" * 5_000 + b";&#xD800;&#0;&bogus;&"
    ),
    "html of NULs": _typed(b"text/html", b"<\0script>\0<p\0 onclick=\0>\0"),
    "text of links without an end": _typed(b"text/plain", b"https://" * 999 + b" http:// ://"),
}

BROKEN: dict[str, bytes] = {**_BOUNDARIES, **_HEADERS, **_WORDS, **_PARAMETERS, **_CONTENT}
