"""Message ids, in the form that Mailsac's clients know.

An id is ``<base>-<n>``: one base for a transaction, *n* counts its recipients.
The base has 26 characters of ``[A-Za-z0-9_]``: eight that rise with time (so
that an index on ids is appended to rather than scattered over) and eighteen
random ones, about 100 bits.
"""

from __future__ import annotations

import secrets

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"  # in ASCII order
_TIME_DIGITS = 8
_RANDOM_OCTETS = 13


def new_base(now: float) -> str:
    """Return a base for a transaction accepted at *now*, in Unix seconds."""
    number = int(now * 1000)
    time = []
    for _ in range(_TIME_DIGITS):
        number, digit = divmod(number, len(_DIGITS))
        time.append(_DIGITS[digit])
    return "".join(reversed(time)) + secrets.token_urlsafe(_RANDOM_OCTETS).replace("-", "_")
