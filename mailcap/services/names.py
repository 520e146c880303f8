"""Names that people choose: of accounts, of their users, and of keys."""

from __future__ import annotations

import re

from mailcap.domain.errors import InvalidValue

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_MAX_LABEL = 64


def fold_account_name(name: str) -> str:
    """Return *name* as accounts are stored: in lower case.

    Raises `InvalidValue` unless it is a letter or digit of ASCII, followed by at
    most 63 letters, digits, dots, underscores and hyphens.
    """
    return _fold(name, "An account name")


def fold_user_name(name: str) -> str:
    """Return the *name* of a user as it is stored; the rules are those of accounts."""
    return _fold(name, "A user's name")


def _fold(name: str, what: str) -> str:
    if not _NAME.fullmatch(name):
        raise InvalidValue(
            f"{what} begins with a letter or digit and has up to 64"
            " letters, digits, dots, underscores and hyphens."
        )
    return name.lower()


def check_label(label: str) -> str:
    """Return the *label* of a key, which may be any printable text of 1 to 64 characters.

    Raises `InvalidValue`.
    """
    text = label.strip()
    if not text.isprintable() or not 1 <= len(text) <= _MAX_LABEL:
        raise InvalidValue(f"The label of a key has 1 to {_MAX_LABEL} printable characters.")
    return text
