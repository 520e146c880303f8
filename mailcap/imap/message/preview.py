"""PREVIEW: the first words of a message (RFC 8970)."""

from __future__ import annotations

from mailcap.mime import bodies
from mailcap.mime.structure import Part

_CHARACTERS = 200  # as many as a preview may have


def preview(body: bytes, root: Part) -> str:
    """Return the beginning of the text of a message in one line; "" if it has none."""
    words = bodies.text(body, root)[: 50 * _CHARACTERS].split()
    return " ".join(words)[:_CHARACTERS]
