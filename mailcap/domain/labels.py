"""Which keywords of IMAP are labels of REST."""

from __future__ import annotations

# Set by mail clients for their own ends, beside all that begin with "$" (RFC 5788).
_OTHERS = frozenset({"junk", "nonjunk"})


def is_label(keyword: str) -> bool:
    """Whether people call their messages so, rather than their mail clients."""
    return not keyword.startswith("$") and keyword.casefold() not in _OTHERS
