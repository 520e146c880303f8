"""API keys: random secrets that are kept as digests only.

A key has 256 random bits, so that nobody can guess one and a plain
SHA-256 hides it as well as a slow hash would.
"""

from __future__ import annotations

import hashlib
import re
import secrets

from mailcap.domain.errors import InvalidValue

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_RANDOM_CHARACTERS = 43  # of log2(62) bits each
_GENERATED = re.compile(rf"k_[A-Za-z0-9]{{{_RANDOM_CHARACTERS}}}")
# A given key must stand between quotes in a file that shells read, and in a URL.
_GIVEN = re.compile(r"[A-Za-z0-9_-]{16,256}")


def new_key() -> str:
    """Return a new random key, in the form of Mailsac's: ``k_`` and alphanumerics."""
    return "k_" + "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM_CHARACTERS))


def is_generated(secret: str) -> bool:
    """Whether *secret* has the form of `new_key`: it cannot be guessed, nor be a password."""
    return _GENERATED.fullmatch(secret) is not None


def check_given_key(key: str) -> str:
    """Return *key*, chosen by an operator, if it will do; else raise `InvalidValue`."""
    if not _GIVEN.fullmatch(key):
        raise InvalidValue(
            "A key of your own choice has 16 to 256 characters: ASCII letters, digits, _ and -."
        )
    return key


def digest(key: str) -> bytes:
    """Return the SHA-256 of *key*: all that is ever stored of it.

    Any text has one, also such that cannot be a key.
    """
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
