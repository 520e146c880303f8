"""What SEARCH looks for in the octets of a message: decoded, and without case.

Most messages do not match, and most of these can be told without decoding anything:
that is tried first.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

from mailcap.imap.message.sorting import collate
from mailcap.mime import content, encoded_words, headers, structure

_ENCODED = b"=?"
_NOT_ASCII = re.compile(rb"[\x80-\xff]+")
_HIDING = (
    b"base64", b"quoted-printable", b"uue", b"utf-7", b"utf7", b"utf-16", b"utf16", b"utf-32",
    b"utf32", b"iso-2022", b"hz-gb", b"ebcdic", b"cp037", b"cp500",
)  # fmt: skip


class HeaderText:
    """A header field called *name*, in lower case, that contains *text*.

    An empty text asks whether there is such a field.
    """

    def __init__(self, name: str, text: str) -> None:
        self._text = collate(text)
        self._needle = _needle(self._text)
        escaped = re.escape(name.encode("utf-8", "replace"))
        self._field = re.compile(
            rb"^" + escaped + rb"[ \t]*+:([^\n]*+(?:\n[ \t][^\n]*+)*+)",
            re.MULTILINE | re.IGNORECASE,
        )

    def found_in(self, header: bytes) -> bool:
        """Whether the header block has such a field."""
        if self._needle and self._needle not in (small := header.lower()) and _is_plain(small):
            return False
        return any(self._text in collate(_decoded(value)) for value in self._field.findall(header))

    def sift(self, headers: bytes, lengths: Sequence[int]) -> Iterable[int]:
        """Return which of many header blocks may match; see `mailcap.domain.mailbox_store.Sift`."""
        if not self._needle:
            return range(len(lengths))
        small = headers.lower()
        found = [*_places(small, self._needle)]
        # One octet is found many times faster than two, and there are few of these.
        found += [place for place in _places(small, b"?") if small.startswith(_ENCODED, place - 1)]
        if not small.isascii():
            found += [match.start() for match in _NOT_ASCII.finditer(small)]
        ends = list(accumulate(lengths))
        return {bisect_right(ends, place) for place in found}


class BodyText:
    """Text in the parts of a message that are texts; with *header*, in its header too."""

    def __init__(self, text: str, *, header: bool) -> None:
        self._text = collate(text)
        self._needle = _needle(self._text)
        self._header = header

    def found_in(self, header: bytes, rest: bytes) -> bool:
        """Whether the message has that text."""
        if self._header and self._in_header(header):
            return True
        if self._needle and not self._may_be_in(header, rest):
            return False
        body = header + rest
        return any(self._text in collate(text) for text in _texts(body))

    def _in_header(self, header: bytes) -> bool:
        if self._needle and self._needle not in (small := header.lower()) and _is_plain(small):
            return False
        return self._text in collate(_decoded(header))

    def _may_be_in(self, header: bytes, rest: bytes) -> bool:
        small = rest.lower()
        if not rest.isascii() or self._needle in small:
            return True
        # Written with other octets, or with escapes: only decoding tells.
        # A part may have a header of its own.
        heads = (header.lower(), small) if b"content-" in small else (header.lower(),)
        return any(word in head for head in heads for word in _HIDING)


def _needle(text: str) -> bytes:
    """Return the octets that must be there if *text* is, b"" if that cannot be said.

    Folding may put a line end in front of any white space, and letters that are not ASCII
    have many forms.
    """
    return max(filter(str.isascii, text.split()), key=len, default="").encode()


def _places(octets: bytes, needle: bytes) -> Iterator[int]:
    place = octets.find(needle)
    while place >= 0:
        yield place
        place = octets.find(needle, place + 1)


def _is_plain(small: bytes) -> bool:
    return _ENCODED not in small and small.isascii()


def _decoded(value: bytes) -> str:
    text = headers.unfold(value)
    return encoded_words.decode(text) if "=?" in text else text


def _texts(body: bytes) -> Iterator[str]:
    root = structure.scan(body)
    for part in root.walk():
        if part.type == "text" and not part.children:
            yield content.text(body, part)
