"""The sections of BODY[...] and BINARY[...] (RFC 9051 section 6.4.5)."""

from __future__ import annotations

import re
from collections.abc import Collection
from enum import Enum, auto
from functools import cached_property

from mailcap.domain.errors import InvalidValue
from mailcap.mime import structure, transfer
from mailcap.mime.structure import Part

_FIELD = re.compile(
    rb"^([!-9;-~]++)[ \t]*+:[^\n]*+(?:\n|\Z)(?:[ \t][^\n]*+(?:\n|\Z))*+", re.MULTILINE
)
_ENCODINGS = frozenset({"base64", "quoted-printable"}) | transfer.IDENTITY
_EMPTY = b"\r\n"


class UnknownEncoding(InvalidValue):
    """A part's Content-Transfer-Encoding cannot be undone: UNKNOWN-CTE of RFC 3516."""


class Text(Enum):
    """What is wanted of a part, by its name in a section; `CONTENT` is no name."""

    CONTENT = auto()
    HEADER = auto()
    FIELDS = auto()
    FIELDS_NOT = auto()
    TEXT = auto()
    MIME = auto()


class Source:
    """The bytes of one message: the *trace* in front, its *header* block, and the *rest*.

    The tree of parts is made when it is asked for.
    """

    def __init__(self, trace: bytes, header: bytes, rest: bytes) -> None:
        self._trace = trace
        self._header = header
        self._rest = rest
        self._decoded: dict[tuple[int, ...], bytes | None] = {}  # by part number

    @cached_property
    def body(self) -> bytes:
        """The message as received."""
        return self._header + self._rest

    @cached_property
    def root(self) -> Part:
        """The tree of parts, whose offsets are those of `body`."""
        return structure.scan(self.body)

    def section(
        self, path: tuple[int, ...], text: Text, names: Collection[str] = ()
    ) -> bytes | None:
        """Return a section, None if there is no such part.

        *path* is the part number; *names* are header fields in lower case.
        """
        if not path:
            return self._of_message(text, names)
        part = find(self.root, path)
        return None if part is None else self._of_part(part, text, names)

    def binary(self, path: tuple[int, ...]) -> bytes | None:
        """Return the content of a part with its encoding undone (RFC 3516 section 4.2).

        Raises `UnknownEncoding`.
        """
        if not path:
            return self._trace + self.body
        if path not in self._decoded:
            self._decoded[path] = self._binary(path)
        return self._decoded[path]

    def _binary(self, path: tuple[int, ...]) -> bytes | None:
        part = find(self.root, path)
        if part is None:
            return None
        if part.type == "multipart" or part.children:
            return self.body[part.content : part.end]
        if part.encoding not in _ENCODINGS:
            raise UnknownEncoding(f"The content transfer encoding {part.encoding} is unknown.")
        return transfer.decode(self.body[part.content : part.end], part.encoding)

    def _of_part(self, part: Part, text: Text, names: Collection[str]) -> bytes | None:
        if text is Text.CONTENT:
            return self.body[part.content : part.end]
        if text is Text.MIME:
            return self.body[part.start : part.content]
        if not part.children or part.type == "multipart":
            return None  # HEADER and TEXT are those of a message inside
        (message,) = part.children
        if text is Text.TEXT:
            return self.body[message.content : message.end]
        return choose(self.body[message.start : message.content], text, names)

    def _of_message(self, text: Text, names: Collection[str]) -> bytes | None:
        if text is Text.CONTENT:
            return self._trace + self.body
        if text is Text.TEXT:
            return self._rest
        if text is Text.MIME:
            return None
        return choose(self._trace + self._header, text, names)


def find(root: Part, path: tuple[int, ...]) -> Part | None:
    """Return the part with the number *path*, None if there is none.

    The single part of a message that is no multipart has the number 1.
    """
    part = root
    for level, number in enumerate(path):
        if level and part.type != "multipart":
            if not part.children:
                return None
            (part,) = part.children  # numbers go on inside the message
        if part.type == "multipart":
            if not 0 < number <= len(part.children):
                return None
            part = part.children[number - 1]
        elif number != 1:
            return None
    return part


def choose(header: bytes, text: Text, names: Collection[str]) -> bytes:
    """Return *header*, or those of its fields that are called, or not called, *names*.

    A subset ends with an empty line, whether any field was found or not.
    """
    if text is Text.HEADER:
        return header
    wanted = {name.encode("utf-8", "replace") for name in names}
    chosen = [
        field[0]
        for field in _FIELD.finditer(header)
        if (field[1].lower() in wanted) is (text is Text.FIELDS)
    ]
    return b"".join(chosen) + _EMPTY


def partial(octets: bytes, start: int, count: int) -> bytes:
    """Return ``<start.count>`` of *octets*: less, or nothing, behind their end."""
    return octets[start : start + count]


def served(octets: bytes) -> bytes:
    """Return *octets* as a literal may have them: NUL goes out as 0x80."""
    return octets.replace(b"\0", b"\x80") if b"\0" in octets else octets
