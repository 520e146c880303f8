"""What a part holds: its octets and, for a text, its characters."""

from __future__ import annotations

from mailcap.mime import charsets, transfer
from mailcap.mime.structure import Part


def octets(body: bytes, part: Part) -> bytes:
    """Return the content of *part*, a leaf of *body*, with its encoding undone."""
    return transfer.decode(body[part.content : part.end], part.encoding)


def text(body: bytes, part: Part) -> str:
    """Return the content of *part* as text; line ends stay as they were sent."""
    return charsets.decode(octets(body, part), part.parameters.get("charset"))
