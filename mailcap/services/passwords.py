"""Passwords: kept as Argon2id hashes (RFC 9106), verified at a fixed cost.

`hash_password` and `verify_password` keep a processor busy for about 25 ms and
19 MiB of memory: a program with an event loop calls them in a thread.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from mailcap.domain.errors import InvalidValue
from mailcap.services.keys import is_generated

if TYPE_CHECKING:
    from argon2 import PasswordHasher

MAX_OCTETS = 1024

# The second of the equivalent choices of OWASP's Password Storage Cheat Sheet:
# little memory, so that several verifications at a time cost a server nothing.
_TIME_COST = 2
_MEMORY_KIB = 19456
_LANES = 1

# As expensive to verify as any hash made here, and no password fits it.
_NOBODYS_HASH = (
    f"$argon2id$v=19$m={_MEMORY_KIB},t={_TIME_COST},p={_LANES}"
    "$bm8gcGFzc3dvcmQgZml0cw$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
)


def check_password(password: str) -> str:
    """Return *password* if it may become one; else raise `InvalidValue`.

    It must be typeable and pass through every protocol: SASL PLAIN (RFC 4616)
    has no NUL, POP3 and IMAP commands end with a line.
    """
    if not password:
        raise InvalidValue("A password must not be empty.")
    if len(password.encode("utf-8", "surrogatepass")) > MAX_OCTETS:
        raise InvalidValue(f"A password has at most {MAX_OCTETS} octets.")
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in password):
        raise InvalidValue("A password has no control characters.")
    if is_generated(password):
        raise InvalidValue("That has the form of an API key; choose another password.")
    return password


def hash_password(password: str) -> str:
    """Return the hash of *password*, with its parameters and a new salt."""
    return _hasher().hash(_octets(password))


def verify_password(password: str, password_hash: str | None) -> bool:
    """Whether *password* is the one that *password_hash* was made of.

    None stands for an account without a password, or none at all: that takes as
    long as a wrong password does, so that nobody learns who exists.
    """
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return _hasher().verify(password_hash or _NOBODYS_HASH, _octets(password))
    except (VerificationError, InvalidHashError):
        return False


@cache
def _hasher() -> PasswordHasher:
    # Imported at the first use: it takes 30 ms, and most logins bring a key.
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=_TIME_COST, memory_cost=_MEMORY_KIB, parallelism=_LANES)


def _octets(password: str) -> bytes:
    """Return one spelling for all ways to type *password* (RFC 8265 section 4.2.2)."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
