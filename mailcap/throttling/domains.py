"""What a sender cannot vary in a domain name: the part that somebody has registered."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

from mailcap.domain.addresses import fold_domain
from mailcap.domain.errors import InvalidAddress

_KNOWN_NAMES = 8192  # senders invent names, so not all of them are kept


@lru_cache(maxsize=_KNOWN_NAMES)
def registrable(name: str) -> str | None:
    """Return the registrable domain of the host *name*, after the Public Suffix List.

    None for what has none: an address literal, an IP address, a single label, a public
    suffix itself, and any text that is no name.
    """
    try:
        folded = fold_domain(name.removesuffix("."))
    except InvalidAddress:
        return None
    if folded.startswith("[") or folded.rpartition(".")[2].isdigit():
        return None
    found: str | None = _suffixes().privatesuffix(folded)
    return found


@cache
def _suffixes() -> Any:
    # Imported when the first stranger comes: the list takes 40 ms to load.
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()
