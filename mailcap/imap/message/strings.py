"""Strings of cached answers (RFC 9051 section 4.3), fit for every session.

Quoted where that is ASCII on one line, else a literal: sessions with and without UTF-8
understand both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

NIL = b"NIL"

_MOST_QUOTED = 1_000  # octets
_PLAIN = re.compile(rb"[ !#-\[\]-~]*+")
_QUOTABLE = re.compile(rb"[ -~]*+")
_SPECIAL = re.compile(rb'(["\\])')


def string(text: str) -> bytes:
    """Return *text* as a string."""
    octets = text.encode("utf-8", "replace")
    if len(octets) <= _MOST_QUOTED:
        if _PLAIN.fullmatch(octets):
            return b'"%b"' % octets
        if _QUOTABLE.fullmatch(octets):
            return b'"%b"' % _SPECIAL.sub(rb"\\\1", octets)
    octets = octets.replace(b"\0", b"\x80")  # NUL is in no string (RFC 9051 section 9)
    return b"{%d}\r\n%b" % (len(octets), octets)


def nstring(text: str | None) -> bytes:
    """Return *text* as a string, or NIL for None."""
    return NIL if text is None else string(text)


def listed(items: Iterable[bytes]) -> bytes:
    """Return *items* in parentheses, or NIL without any."""
    joined = b" ".join(items)
    return b"(%b)" % joined if joined else NIL
