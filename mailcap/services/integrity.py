"""Whether a text is an e-mail address, and one that somebody will have for long.

No DNS is asked: what is said of an address comes from its text and from a list.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from mailcap.domain.addresses import parse_address
from mailcap.domain.errors import InvalidAddress

# More than the two parts of an address may have, however they are encoded.
_LONGEST = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Integrity:
    """What is known of *email*, a text as somebody has typed it.

    *local* and *domain* are folded, and empty if it is no address.
    *disposable_domains* are those listed domains in which it lies.
    """

    email: str
    local: str = ""
    domain: str = ""
    disposable_domains: tuple[str, ...] = ()

    @property
    def is_valid(self) -> bool:
        """Whether it is an address."""
        return bool(self.domain)


def check(email: str) -> Integrity:
    """Return what is known of *email*."""
    if len(email) > _LONGEST:
        return Integrity(email=email)
    try:
        address = parse_address(email)
    except InvalidAddress:
        return Integrity(email=email)
    listed = _listed()
    return Integrity(
        email=email,
        local=address.local,
        domain=address.domain,
        disposable_domains=tuple(one for one in _with_parents(address.domain) if one in listed),
    )


def _with_parents(domain: str) -> list[str]:
    labels = domain.split(".")
    return [".".join(labels[start:]) for start in range(len(labels) - 1)]


def _listed() -> Collection[str]:
    # Imported at the first use: it has thousands of names, and few servers ever look.
    from disposable_email_domains import blocklist

    return blocklist
