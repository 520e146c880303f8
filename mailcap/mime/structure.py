"""The tree of parts of a message (RFC 2046), as offsets into its bytes.

One scan from the first byte to the last: candidates for delimiter lines are found
by searching the buffer, and each is compared with all boundaries that are open at
that point by one look-up.  An enclosing boundary ends whatever lies inside it, so
that a part without its closing delimiter costs nobody else anything.

Decided where RFC 2046 is silent or mail is broken:

- A delimiter is the whole line but for white space at its end; of two parts with
  one boundary the inner one owns the line.
- The line break in front of a delimiter belongs to it, CR LF or a bare LF.
- A multipart without any delimiter, and one deeper than `MAX_DEPTH`, is read as
  text/plain: what was sent is then at least seen.  So ``multipart`` has children.
- A message/rfc822 under an encoding (which RFC 2046 section 5.2.1 forbids) or too
  deep is a leaf; any other one has its message as its only child.
- From part `MAX_PARTS` on the rest of the message belongs to the last part.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from mailcap.mime import headers, parameters
from mailcap.mime.headers import Fields
from mailcap.mime.parameters import NO_PARAMETERS, Parameters
from mailcap.mime.transfer import IDENTITY

MAX_DEPTH = 100
MAX_PARTS = 10_000

_MAX_CANDIDATES = 1_000_000  # lines that begin with two hyphens
_MAX_DELIMITER = 1_000  # octets; RFC 2046 allows 70 and four hyphens
_BLANK_END = 4  # octets: two line ends
_NO_LEVEL = [-1]
_TOKEN = re.compile(r"[^\s;()\"]+")
_MEDIA_TYPE = re.compile(r"([a-z0-9!#$%&'*+.^_`{|}~-]+)/([a-z0-9!#$%&'*+.^_`{|}~-]+)")
_DETAILS = {
    "encoding": "content-transfer-encoding",
    "id": "content-id",
    "description": "content-description",
    "md5": "content-md5",
    "disposition": "content-disposition",
    "language": "content-language",
    "location": "content-location",
}
_BLANK = 2  # octets of a header block in which nothing stands
_NO_FIELDS = Fields([])
_NO_DETAILS: dict[str, Any] = {"encoding": "7bit"}
_PLAIN = ("text", "plain")
_MESSAGES = frozenset({("message", "rfc822"), ("message", "global")})


class Part(NamedTuple):
    """A part, or the whole message.

    Its header block is ``body[start:content]``, its content, as encoded,
    ``body[content:end]``.  *number* is the part number of RFC 9051 section 6.4.5; it
    is empty for a message that is a multipart, and a message inside part ``2`` is
    ``2.1``, or ``2`` if it is a multipart.  *lines* counts the line feeds of the
    content.  *type* and *subtype* are tokens in lower case, *encoding* and
    *disposition* are in lower case; *id*,
    *description*, *md5*, *language* and *location* are the fields' values, unfolded.
    """

    number: str
    start: int
    content: int
    end: int
    lines: int
    type: str
    subtype: str
    parameters: Parameters = NO_PARAMETERS
    encoding: str = "7bit"
    id: str | None = None
    description: str | None = None
    md5: str | None = None
    disposition: str | None = None
    disposition_parameters: Parameters = NO_PARAMETERS
    language: str | None = None
    location: str | None = None
    children: tuple[Part, ...] = ()

    @property
    def content_type(self) -> str:
        """Type and subtype, such as ``text/plain``."""
        return f"{self.type}/{self.subtype}"

    def walk(self) -> Iterator[Part]:
        """Yield this part and all below it, in order; nested messages included."""
        yield self
        for child in self.children:
            yield from child.walk()

    def leaves(self) -> Iterator[Part]:
        """Yield the parts that are no multipart, in order.

        A nested message is one leaf: what lies in it is its own.
        """
        if self.type != "multipart":
            yield self
            return
        for child in self.children:
            yield from child.leaves()


def scan(body: bytes) -> Part:
    """Return the structure of the message *body*."""
    return _Scanner(body).scan()


class _Node:
    """A part that is not complete yet."""

    __slots__ = (
        "boundary",
        "children",
        "content",
        "details",
        "end",
        "kind",
        "lines",
        "parameters",
        "start",
    )

    def __init__(self, start: int, content: int, fields: Fields, default: tuple[str, str]) -> None:
        self.start = start
        self.content = content
        self.end = content
        self.lines = 0
        self.details = _details(fields)  # not the fields: 10,000 parts may have many
        self.kind, self.parameters = _content_type(fields, default)
        self.boundary: bytes | None = None
        self.children: list[_Node] = []


class _Scanner:
    """One scan.  *_open* has the parts that enclose the position, outermost first."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._open: list[_Node] = []
        self._levels: dict[bytes, list[int]] = {}  # boundary -> its indices in _open
        self._count = 0
        self._candidates = _MAX_CANDIDATES
        self._blank = (-1, 0)  # the empty line found last
        self._counted_to = 0
        self._line_feeds = 0

    def scan(self) -> Part:
        self._begin(0, _PLAIN)
        root = self._open[0]
        position = max(self._open[-1].content - 1, 0)
        while self._levels and self._count < MAX_PARTS:
            found = self._delimiter(position, len(self._body))
            if found is None:
                break
            position = self._divide(*found)
        self._finish(0, len(self._body))
        return _freeze_message(root, "")

    def _delimiter(self, position: int, stop: int) -> tuple[int, int, int, bool] | None:
        """Find the first line of an open boundary whose line break lies in the range.

        Returns the offset of the line break in front, the offset of its end, the
        level of the multipart, and whether the line closes it.
        """
        find = self._body.find
        while self._candidates and (at := find(b"\n--", position, stop)) >= 0:
            self._candidates -= 1
            position = find(b"\n", at + 3)
            if position < 0:
                position = len(self._body)
            if position - at <= _MAX_DELIMITER:
                line = self._body[at + 3 : position].rstrip(b" \t\r")
                level = self._levels.get(line, _NO_LEVEL)[-1]
                closed = self._levels.get(line[:-2], _NO_LEVEL)[-1] if line.endswith(b"--") else -1
                if level >= 0 or closed >= 0:
                    return at, position, max(level, closed), closed > level
        return None

    def _divide(self, at: int, line_end: int, level: int, closes: bool) -> int:
        """Act on a delimiter; return where to look for the next one."""
        end = at - 1 if at and self._body[at - 1 : at] == b"\r" else at
        self._finish(level + 1, end)
        start = line_end + 1
        if closes:
            self._forget_boundary(self._open[level])
            return line_end
        # A last delimiter that should have been a closing one begins no part.
        if len(self._body) - start <= _BLANK_END and not self._body[start:].strip():
            return line_end
        digest = self._open[level].kind == ("multipart", "digest")
        self._begin(start, ("message", "rfc822") if digest else _PLAIN)
        return self._open[-1].content - 1

    def _begin(self, start: int, default: tuple[str, str]) -> None:
        """Open the part at *start*, and the message inside it if it is one."""
        while True:
            content = self._content(start)
            blank = content - start <= _BLANK
            fields = _NO_FIELDS if blank else headers.parse(self._body, start, content)
            node = _Node(start, content, fields, default)
            if self._open:
                self._open[-1].children.append(node)
            self._open.append(node)
            self._count += 1
            node.lines = self._count_lines(content)
            if len(self._open) >= MAX_DEPTH or self._count >= MAX_PARTS:
                return
            if node.kind not in _MESSAGES or node.details["encoding"] not in IDENTITY:
                break
            start, default = content, _PLAIN
        if node.kind[0] == "multipart":
            self._register_boundary(node)

    def _content(self, start: int) -> int:
        """Return the offset behind the header block that begins at *start*."""
        if not headers.begins(self._body, start):
            return headers.leading_blank(self._body, start)
        if self._blank[0] < start:  # else the empty line found last is still the next
            self._blank = headers.blank_line(self._body, start)
        found = self._delimiter(start, self._blank[0]) if self._levels else None
        return found[0] + 1 if found else self._blank[1]

    def _register_boundary(self, node: _Node) -> None:
        boundary = (node.parameters.get("boundary") or "").encode().rstrip(b" \t\r")
        if boundary:
            node.boundary = boundary
            self._levels.setdefault(boundary, []).append(len(self._open) - 1)

    def _forget_boundary(self, node: _Node) -> None:
        if node.boundary is not None:
            levels = self._levels[node.boundary]
            levels.pop()
            if not levels:
                del self._levels[node.boundary]
            node.boundary = None

    def _finish(self, level: int, end: int) -> None:
        """Close all parts from *level* inwards; they end at *end*."""
        while len(self._open) > level:
            node = self._open.pop()
            self._forget_boundary(node)
            # An empty part's header block ends behind the line break of the delimiter.
            end = max(end, node.content)
            node.end = end
            node.lines = self._count_lines(end) - node.lines

    def _count_lines(self, position: int) -> int:
        """Return the line feeds before *position*, which never goes back."""
        self._line_feeds += self._body.count(b"\n", self._counted_to, position)
        self._counted_to = position
        return self._line_feeds


def _content_type(fields: Fields, default: tuple[str, str]) -> tuple[tuple[str, str], Parameters]:
    text = fields.get("content-type")
    if text is None:
        return default, NO_PARAMETERS
    value, its_parameters = parameters.parse(text)
    if kind := _MEDIA_TYPE.fullmatch(value):
        return (kind[1], kind[2]), its_parameters
    # "text" alone is common, anything else as good as no field (RFC 2045 section 5.2).
    return default, its_parameters if value == default[0] else NO_PARAMETERS


def _details(fields: Fields) -> dict[str, Any]:
    """Return the fields of a `Part` that say no more than a header field does."""
    if not fields:
        return _NO_DETAILS
    details: dict[str, Any] = {}
    for name, field in _DETAILS.items():
        value = fields.get(field)
        if value is not None:
            details[name] = value
    encoding = _TOKEN.search(details.get("encoding", ""))
    details["encoding"] = encoding[0].lower() if encoding else "7bit"
    if "disposition" in details:
        disposition, details["disposition_parameters"] = parameters.parse(details["disposition"])
        details["disposition"] = disposition or None
    return details


def _freeze_message(node: _Node, number: str) -> Part:
    """Make a `Part` of a message; *number* is that of the part it lies in."""
    is_multipart = node.kind[0] == "multipart" and node.children
    return _freeze(node, number if is_multipart else _below(number, 1))


def _freeze(node: _Node, number: str) -> Part:
    kind, its_parameters = node.kind, node.parameters
    children: tuple[Part, ...] = ()
    if kind[0] == "multipart":
        children = tuple(
            [_freeze(child, _below(number, i)) for i, child in enumerate(node.children, 1)]
        )
        if not children:
            kind, its_parameters = _PLAIN, NO_PARAMETERS
    elif node.children:
        children = (_freeze_message(node.children[0], number),)
    return Part(
        number=number,
        start=node.start,
        content=node.content,
        end=node.end,
        lines=node.lines,
        type=kind[0],
        subtype=kind[1],
        parameters=its_parameters,
        children=children,
        **node.details,
    )


def _below(number: str, index: int) -> str:
    return f"{number}.{index}" if number else str(index)
