"""Values with parameters: Content-Type and Content-Disposition (RFC 2045, 2183, 2231).

Everything is bounded, since the work of joining continuations has been abused
(CVE-2026-27859): a value is read up to `MAX_VALUE` characters and `MAX_PARAMETERS`
parameters, each continuation being one, and each is looked at once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from mailcap.mime import charsets

MAX_VALUE = 65_536
MAX_PARAMETERS = 100

_VALUE = re.compile(r"\s*+([^\s;]*+)")
_NAME = re.compile(r"[;\s]*+([^\s=;]++)\s*+(=?)\s*+")
_QUOTED = re.compile(r'"((?:[^"\\]++|\\.)*)"[^;]*+', re.DOTALL)
_UNQUOTED = re.compile(r'"?([^;]*+)')
# Only these two: a backslash before anything else is meant, as in "C:\dir\a.txt".
_ESCAPE = re.compile(r'\\(["\\])')
_COMMENT_MARK = re.compile(r'[()]|"(?:[^"\\]++|\\.)*"|\\.', re.DOTALL)
_FILE_NAMES = ("name", "filename")
_MAX_INDEX_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters of one field.

    *pairs* has them as they were sent, names in lower case, quotes removed; IMAP
    shows these.  Looking one up by name gives its decoded value.
    """

    pairs: tuple[tuple[str, str], ...] = ()
    _decoded: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)

    def get(self, name: str) -> str | None:
        """Return the value of *name* (lower case); RFC 2231 forms go first."""
        return self._decoded.get(name)


NO_PARAMETERS = Parameters()


def parse(text: str) -> tuple[str, Parameters]:
    """Return the value in front of the parameters, in lower case, and these.

    *text* is an unfolded field value.
    """
    text = text[:MAX_VALUE]
    if "(" in text:
        text = _without_comments(text)
    value = _VALUE.match(text)
    assert value is not None  # it matches nothing, too
    pairs = _pairs(text[value.end() :])
    return value[1].lower(), Parameters(pairs, _decode(pairs)) if pairs else NO_PARAMETERS


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    pairs: list[tuple[str, str]] = []
    position = 0
    while len(pairs) < MAX_PARAMETERS and (name := _NAME.match(text, position)):
        position = name.end()
        if not name[2]:  # a word without a value
            continue
        if quoted := _QUOTED.match(text, position):
            value = _ESCAPE.sub(r"\1", quoted[1]) if "\\" in quoted[1] else quoted[1]
            position = quoted.end()
        else:
            unquoted = _UNQUOTED.match(text, position)
            assert unquoted is not None  # it matches nothing, too
            value = unquoted[1].rstrip()
            position = unquoted.end()
            if not name[1].lower().startswith(_FILE_NAMES):  # these hold blanks in the wild
                value = value.partition(" ")[0]
        pairs.append((name[1].lower(), value))
    return tuple(pairs)


def _decode(pairs: tuple[tuple[str, str], ...]) -> dict[str, str]:
    decoded: dict[str, str] = {}
    sections: dict[str, dict[int, tuple[str, bool]]] = {}
    for name, value in pairs:
        base, star, mark = name.partition("*")
        if not star:
            decoded.setdefault(name, value)
            continue
        extended = not mark or mark.endswith("*")
        index = mark.rstrip("*") or "0"
        if len(index) <= _MAX_INDEX_DIGITS and index.isascii() and index.isdecimal():
            sections.setdefault(base, {}).setdefault(int(index), (value, extended))
    for base, by_index in sections.items():
        if 0 in by_index:
            decoded[base] = _join(by_index)
    return decoded


def _join(sections: dict[int, tuple[str, bool]]) -> str:
    """Join continuations from 0 up to the first that is missing (RFC 2231 section 4)."""
    charset = None
    value, extended = sections[0]
    if extended and value.count("'") > 1:
        charset, _, value = value.split("'", 2)
    octets = [_octets(value, extended)]
    index = 1
    while index in sections:
        octets.append(_octets(*sections[index]))
        index += 1
    return charsets.decode(b"".join(octets), charset)


def _octets(value: str, extended: bool) -> bytes:
    return unquote_to_bytes(value) if extended else value.encode()


def _without_comments(text: str) -> str:
    """Drop comments, which may nest; one that never ends is text."""
    kept = []
    depth = position = 0
    for mark in _COMMENT_MARK.finditer(text):
        if mark[0] == "(":
            if depth == 0:
                kept.append(text[position : mark.start()])
                position = mark.start()
            depth += 1
        elif mark[0] == ")" and depth:
            depth -= 1
            if depth == 0:
                position = mark.end()
    kept.append(text[position:])
    return "".join(kept)
