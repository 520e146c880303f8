"""Encoded words in header fields (RFC 2047), also where they should not be."""

from __future__ import annotations

import binascii
import re

from mailcap.mime import charsets, transfer

# A raw "?" inside the text is wrong but seen; a few are allowed, so that many
# beginnings without an end cannot make the search quadratic.
_WORD = re.compile(r"=\?([^?\s]++)\?([bBqQ])\?([^?]*+(?:\?(?!=)[^?]*+){0,8})\?=")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def decode(text: str) -> str:
    """Return unfolded *text* with its encoded words decoded.

    White space between two words is dropped, and words of one charset are joined
    before decoding, since senders cut inside characters.  Control characters
    become a space: a decoded value is one line.
    """
    if "=?" in text:
        text = "".join(_pieces(text))
    return _CONTROLS.sub(" ", text)


def _pieces(text: str) -> list[str]:
    pieces: list[str] = []
    charset, octets = "", bytearray()
    position = 0
    for word in _WORD.finditer(text):
        gap = text[position : word.start()]
        adjacent = position > 0 and not gap.strip()
        its_charset = word[1].partition("*")[0].lower()  # RFC 2231 section 5
        if not adjacent or its_charset != charset:
            pieces.append(charsets.decode(bytes(octets), charset))
            octets.clear()
        if not adjacent:
            pieces.append(gap)
        charset = its_charset
        octets += _octets(word[2], word[3])
        position = word.end()
    pieces.append(charsets.decode(bytes(octets), charset))
    pieces.append(text[position:])
    return pieces


def _octets(encoding: str, text: str) -> bytes:
    data = text.encode()
    if encoding in "bB":
        return transfer.base64(data)
    return binascii.a2b_qp(data, header=True)
