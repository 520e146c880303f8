"""Strings of answers that are cached, so fit for every session: none needs UTF8=ACCEPT."""

from __future__ import annotations

from collections.abc import Iterable

from mailcap.imap.wire.encoding import NIL, string


def nstring(text: str | None) -> bytes:
    """Return *text* as a string, or NIL for None."""
    return NIL if text is None else string(text)


def listed(items: Iterable[bytes]) -> bytes:
    """Return *items* in parentheses, or NIL without any."""
    joined = b" ".join(items)
    return b"(%b)" % joined if joined else NIL
