"""Tokens of HTML, in time linear in its length whatever the input.

This tokeniser exists because the ones at hand can be made to work for minutes:
`html.parser` (before its repair of 2025) took 34 s for 60 KB of ``<a``, and a tree
builder compares each tag with all that are open.  It follows the tokenisation of
the HTML standard closely enough to read mail.  It decides nothing about safety:
that is `nh3`'s part in `safe_html`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from enum import Enum, auto
from typing import NamedTuple

MAX_LENGTH = 8 * 1024 * 1024  # characters of a document that are looked at
MAX_TOKENS = 200_000
MAX_ATTRIBUTES = 64

_SPACE = "\t\n\f\r "
_MARK = re.compile(r"<(?=[A-Za-z!/?])")  # any other "<" is text
_BARE_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*+)>")
_TAG = re.compile(rf"<(/?)([A-Za-z][^{_SPACE}/>]*+)")
# A value whose quote never ends is no value; only the last quote of a document can
# be of that kind, so that looking for its end costs once.
_ATTRIBUTE = re.compile(
    rf"""[{_SPACE}/]*+(?:(>)|([^{_SPACE}/>][^{_SPACE}/>=]*+)"""
    rf"""(?:[{_SPACE}]*+=[{_SPACE}]*+(?:"([^"]*+)"|'([^']*+)'|([^{_SPACE}>"'][^{_SPACE}>]*+)))?)"""
)
_COMMENT_END = re.compile(r"--!?>")
#: Elements whose content is no text of the document.
TEXTLESS = ("iframe", "noembed", "noframes", "script", "style", "textarea", "title", "xmp")
_END_OF = {name: re.compile(rf"</{name}(?=[{_SPACE}/>])", re.IGNORECASE) for name in TEXTLESS}
_LONG_REFERENCE = re.compile(r"&#[0-9]{8,}+;?")
_NO_ATTRIBUTES: Mapping[str, str] = {}


class Kind(Enum):
    """What a token is."""

    TEXT = auto()
    START = auto()
    END = auto()


class Token(NamedTuple):
    """A piece of text, its character references decoded, or a tag.

    *value* is the text or the name of the tag in lower case.  Of an attribute that
    is repeated the first counts.
    """

    kind: Kind
    value: str
    attributes: Mapping[str, str] = _NO_ATTRIBUTES


def tokens(document: str) -> Iterator[Token]:
    """Yield the text and tags of *document*.

    Comments, declarations and the content of elements that hold no text of the
    document (scripts, styles, titles) are left out, and what lies behind the first
    `MAX_LENGTH` characters or `MAX_TOKENS` tags.
    """
    document = document[:MAX_LENGTH]
    position = 0
    for _ in range(MAX_TOKENS):
        found = _MARK.search(document, position)
        mark = found.start() if found else len(document)
        if mark > position:
            yield Token(Kind.TEXT, unescape(document[position:mark]))
        if not found:
            return
        token, position = next_token(document, mark)
        if token is not None:
            yield token


def next_token(document: str, mark: int) -> tuple[Token | None, int]:
    """Return what begins at the ``<`` at *mark*, and the offset behind it.

    Behind the ``<`` stands a letter or one of ``!/?``.  There is no token for what is
    left out; of an element of `TEXTLESS` the offset is behind its content.
    """
    token, position = _at_mark(document, mark)
    if token is not None and token.kind is Kind.START and token.value in _END_OF:
        end = _END_OF[token.value].search(document, position)
        position = end.start() if end else len(document)
    return token, position


def names(text: str) -> frozenset[str]:
    """Return the names in *text*, which stand between blanks."""
    return frozenset(text.split())


def unescape(text: str) -> str:
    """Return *text* with its character references decoded."""
    if "&" not in text:
        return text
    try:
        return html.unescape(text)
    except ValueError:  # a number of thousands of digits
        return html.unescape(_LONG_REFERENCE.sub("\ufffd", text))


def _at_mark(document: str, mark: int) -> tuple[Token | None, int]:
    """Return what begins at the ``<`` at *mark*, and the offset behind it."""
    if bare := _BARE_TAG.match(document, mark):
        return Token(Kind.END if bare[1] else Kind.START, bare[2].lower()), bare.end()
    if tag := _TAG.match(document, mark):
        attributes, position = _attributes(document, tag.end())
        return Token(Kind.END if tag[1] else Kind.START, tag[2].lower(), attributes), position
    if document.startswith("<!--", mark):
        end = _COMMENT_END.search(document, mark + 2)  # "<!-->" is a whole comment
        return None, end.end() if end else len(document)
    return None, _behind_bracket(document, mark)  # a declaration


def _attributes(document: str, position: int) -> tuple[Mapping[str, str], int]:
    """Return the attributes from *position* on and the offset behind the tag.

    A tag that never ends swallows the rest of the document, as it does in browsers.
    """
    attributes: dict[str, str] = {}
    for _ in range(MAX_ATTRIBUTES):
        found = _ATTRIBUTE.match(document, position)
        if not found:
            return attributes, len(document)
        position = found.end()
        if found[1]:
            return attributes, position
        value = found[3] or found[4] or found[5] or ""
        attributes.setdefault(found[2].lower(), unescape(value))
    return attributes, _behind_bracket(document, position)


def _behind_bracket(document: str, position: int) -> int:
    """Return the offset behind the next ``>``."""
    return document.find(">", position) + 1 or len(document)
