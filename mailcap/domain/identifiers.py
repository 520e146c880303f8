"""Message ids, in the form that Mailsac's clients know.

An id is ``<base>-<n>``: one base for a transaction, *n* counts its recipients.
The base has 26 characters of ``[A-Za-z0-9_]``: eight that rise with time (so
that an index on ids is appended to rather than scattered over) and eighteen
random ones, about 100 bits.
"""

from __future__ import annotations

import secrets
from functools import lru_cache

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"  # in ASCII order
_TIME_DIGITS = 8
_RANDOM_OCTETS = 13


def new_base(now: float) -> str:
    """Return a base for a transaction accepted at *now*, in Unix seconds."""
    return _digits(int(now * 1000)) + secrets.token_urlsafe(_RANDOM_OCTETS).replace("-", "_")


@lru_cache(maxsize=8)  # many messages share a millisecond
def _digits(number: int) -> str:
    digits = []
    for _ in range(_TIME_DIGITS):
        number, digit = divmod(number, len(_DIGITS))
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))
