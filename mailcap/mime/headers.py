"""Header blocks (RFC 5322 section 2.2): where one ends, and its fields."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from mailcap.mime import encoded_words

MAX_FIELDS = 2_000
MAX_HEADER = 1_048_576  # octets; common servers refuse a tenth of that
_MAX_DECODED = 65_536  # characters

_FIELD = re.compile(rb"^([!-9;-~]++)[ \t]*+:([^\n]*+(?:\n[ \t][^\n]*+)*+)", re.MULTILINE)
# Mail taken from an mbox file begins with a "From " line, which clients pass over.
_BEGINS = re.compile(rb"[!-9;-~]++[ \t]*+:|>?From ")
_BLANK_LINE = re.compile(rb"\n\r?\n")


def split(body: bytes) -> int:
    """Return the offset behind the empty line that ends the header block.

    That is ``len(body)`` when there is no empty line, as IMAP servers have it.
    A body that begins with an empty line has no fields; one whose first line is
    no field has no header block at all, since then people sent plain text.
    """
    return blank_line(body, 0)[1] if begins(body, 0) else leading_blank(body, 0)


def begins(body: bytes, position: int) -> bool:
    """Tell whether a header field, or an mbox line, begins at *position*."""
    return _BEGINS.match(body, position) is not None


def leading_blank(body: bytes, position: int) -> int:
    """Return the offset behind an empty line at *position*, else *position*."""
    if body.startswith(b"\n", position):
        return position + 1
    return position + 2 if body.startswith(b"\r\n", position) else position


def blank_line(body: bytes, position: int) -> tuple[int, int]:
    """Return where the line in front of the next empty line ends, and the offset behind.

    Both are ``len(body)`` when there is no empty line from *position* on.
    """
    found = _BLANK_LINE.search(body, position)
    return found.span() if found else (len(body), len(body))


def unfold(raw: bytes) -> str:
    """Return a field's raw value as one line, folds joined by one space.

    Octets are UTF-8 if they can be, else ISO 8859-1; encoded words stay.
    """
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    if "\n" in text:
        return " ".join([line.strip(" \t\r") for line in text.split("\n")]).strip()
    return text.strip(" \t\r")


class Fields:
    """The fields of one header block, in their order; names match in any case.

    Iterating gives ``(name, raw value)`` as they were sent: the value is all that
    stands behind the colon, line breaks of folds included.
    """

    __slots__ = ("_fields", "_first")

    def __init__(self, fields: list[tuple[bytes, bytes]]) -> None:
        self._fields = fields
        self._first: dict[bytes, bytes] = {}
        for name, raw in fields:
            self._first.setdefault(name.lower(), raw)

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        return ((name.decode("ascii"), raw) for name, raw in self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def get(self, name: str) -> str | None:
        """Return the value of the first field called *name* (lower case), unfolded."""
        raw = self._first.get(name.encode())
        return None if raw is None else unfold(raw)

    def decoded(self, name: str) -> str | None:
        """Return what `get` does, with encoded words decoded (RFC 2047)."""
        value = self.get(name)
        return None if value is None else encoded_words.decode(value[:_MAX_DECODED])

    def all(self, name: str) -> list[str]:
        """Return the values of all fields called *name* (lower case), unfolded."""
        wanted = name.encode()
        return [unfold(raw) for its_name, raw in self._fields if its_name.lower() == wanted]


def parse(header: bytes, start: int = 0, end: int | None = None) -> Fields:
    """Return the fields in ``header[start:end]``.

    Lines that are neither a field nor the continuation of one are passed over, and
    so is what lies behind `MAX_FIELDS` fields or `MAX_HEADER` octets.
    """
    stop = min(len(header) if end is None else end, start + MAX_HEADER)
    matches = _FIELD.finditer(header, start, stop)
    return Fields([(field[1], field[2]) for field in islice(matches, MAX_FIELDS)])


def as_object(fields: Fields) -> dict[str, list[str]]:
    """Return the values by name in lower case: Mailsac's header format ``json``."""
    values: dict[str, list[str]] = {}
    for name, raw in fields:
        values.setdefault(name.lower(), []).append(unfold(raw))
    return values


def as_list(fields: Fields) -> list[dict[str, str]]:
    """Return names in lower case and values in order: format ``json-ordered``."""
    return [{"name": name.lower(), "value": unfold(raw)} for name, raw in fields]


def as_text(fields: Fields) -> str:
    """Return a line for each field, names as they were sent: format ``plain``."""
    return "".join([f"{name}: {unfold(raw)}\n" for name, raw in fields])


def as_legacy_object(fields: Fields) -> dict[str, str | list[str]]:
    """Return a string for each name, or a list where a name is repeated."""
    return {
        name: values[0] if len(values) == 1 else values
        for name, values in as_object(fields).items()
    }
