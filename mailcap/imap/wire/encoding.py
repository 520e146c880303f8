"""How answers are written (RFC 9051 section 9): strings, lists and sets of numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable

CRLF = b"\r\n"
NIL = b"NIL"

_MOST_QUOTED = 1_000  # octets
_QUOTABLE = re.compile(rb"[ -~]*+")
_QUOTABLE_UTF8 = re.compile(r"[^\x00-\x1f\x7f]*+")
_SPECIAL = re.compile(rb'(["\\])')
_ATOM = re.compile(rb'[^\x00-\x20(){%*"\\\]\x7f-\xff]++')
_UNFIT = re.compile(r"[^ -~]+")


def string(text: str | bytes, *, utf8: bool = False) -> bytes:
    """Return *text* as a quoted string if it may be one, else as a literal.

    With *utf8* the client has said that it understands UTF-8 in quoted strings.
    """
    octets = text.encode() if isinstance(text, str) else text
    if len(octets) <= _MOST_QUOTED:
        if _QUOTABLE.fullmatch(octets):
            return b'"%b"' % _SPECIAL.sub(rb"\\\1", octets)
        if utf8 and isinstance(text, str) and _QUOTABLE_UTF8.fullmatch(text):
            return b'"%b"' % _SPECIAL.sub(rb"\\\1", octets)
    return literal(octets)


def astring(text: str | bytes, *, utf8: bool = False) -> bytes:
    """Return *text* as an atom if it may be one, else as a string."""
    octets = text.encode() if isinstance(text, str) else text
    if _ATOM.fullmatch(octets) and octets.upper() != NIL:
        return octets
    return string(text, utf8=utf8)


def literal(octets: bytes) -> bytes:
    """Return *octets* as a literal; NUL, which it may not have, goes out as 0x80."""
    if b"\0" in octets:
        octets = octets.replace(b"\0", b"\x80")
    return b"{%d}\r\n%b" % (len(octets), octets)


def literal8(octets: bytes) -> bytes:
    """Return *octets* as a literal8 if NUL is in them, else as a literal (RFC 3516)."""
    if b"\0" not in octets:
        return literal(octets)
    return b"~{%d}\r\n%b" % (len(octets), octets)


def listed(items: Iterable[bytes]) -> bytes:
    """Return *items* in parentheses."""
    return b"(%b)" % b" ".join(items)


def number_set(numbers: Iterable[int]) -> bytes:
    """Return rising *numbers* as a sequence set, ``1,3:5``; empty without any."""
    pieces: list[bytes] = []
    first = last = 0
    for number in numbers:
        if number == last + 1 and last:
            last = number
            continue
        if last:
            pieces.append(_range(first, last))
        first = last = number
    if last:
        pieces.append(_range(first, last))
    return b",".join(pieces)


def line(*words: bytes) -> bytes:
    """Return a line of *words* with spaces between them."""
    return b" ".join(words) + CRLF


def printable(text: str) -> bytes:
    """Return *text* fit for the words behind a code: some of it may be a client's own."""
    return _UNFIT.sub(" ", text.encode("ascii", "backslashreplace").decode())[:400].encode()


def _range(first: int, last: int) -> bytes:
    return b"%d" % first if first == last else b"%d:%d" % (first, last)
