"""Content transfer encodings (RFC 2045 section 6), read as tolerantly as clients do."""

from __future__ import annotations

import binascii
import re
from itertools import islice

_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_NOT_BASE64 = bytes(octet for octet in range(256) if octet not in _BASE64)
_PADDED_BREAK = re.compile(rb"=[ \t]++(?=\r?\n)")
_UU_BEGIN = re.compile(rb"^begin[ \t][^\n]*\n", re.MULTILINE)
_LINE = re.compile(rb"[^\n]+")
_MAX_UU_LINES = 1_000_000  # 45 octets each: more than a message may have

#: Encodings under which the octets of a part are what they stand for.
IDENTITY = frozenset({"7bit", "8bit", "binary"})


def decode(data: bytes, encoding: str) -> bytes:
    """Return what *data* stands for under *encoding*, a token in lower case.

    An encoding that is unknown leaves *data* as it is.
    """
    match encoding:
        case "base64":
            return base64(data)
        case "quoted-printable":
            return quoted_printable(data)
        case "x-uuencode" | "uuencode" | "x-uue" | "uue":
            return uuencode(data)
    return data


def base64(data: bytes) -> bytes:
    """Decode base64; foreign characters are skipped, padding may be missing."""
    try:
        return binascii.a2b_base64(data)
    except binascii.Error:
        digits = data.translate(None, _NOT_BASE64)
    if len(digits) % 4 == 1:  # six bits are no octet
        digits = digits[:-1]
    return binascii.a2b_base64(digits + b"==")


def quoted_printable(data: bytes) -> bytes:
    """Decode quoted-printable; what is no valid escape stays as it is."""
    if b"= " in data or b"=\t" in data:
        data = _PADDED_BREAK.sub(b"=", data)
    return binascii.a2b_qp(data)


def uuencode(data: bytes) -> bytes:
    """Decode the first uuencoded file in *data*; without one, return *data*."""
    begin = _UU_BEGIN.search(data)
    if begin is None:
        return data
    decoded = []
    for found in islice(_LINE.finditer(data, begin.end()), _MAX_UU_LINES):
        octets = _uu_line(found[0].rstrip(b"\r"))
        if not octets:
            break
        decoded.append(octets)
    return b"".join(decoded)


def _uu_line(line: bytes) -> bytes:
    """Decode one line; the last line, and one that is none, gives nothing."""
    if line in (b"", b"end"):
        return b""
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:
        pass
    # Some encoders append a checksum or miscount: trust the length octet alone.
    length = (((line[0] - 32) & 63) * 4 + 5) // 3
    try:
        return binascii.a2b_uu(line[:length])
    except binascii.Error:
        return b""
