"""Names that people choose: of accounts, of their users, and of keys."""

from __future__ import annotations

import re

from mailcap.domain.errors import InvalidValue

_ACCOUNT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_MAX_LABEL = 64


def fold_account_name(name: str) -> str:
    """Return *name* as accounts are stored: in lower case.

    Raises `InvalidValue` unless it is a letter or digit of ASCII, followed by at
    most 63 letters, digits, dots, underscores and hyphens.
    """
    if not _ACCOUNT_NAME.fullmatch(name):
        raise InvalidValue(
            "An account name begins with a letter or digit and has up to 64"
            " letters, digits, dots, underscores and hyphens."
        )
    return name.lower()


def fold_user_name(name: str) -> str:
    """Return *name* as the users of an account are stored: as accounts are."""
    try:
        return fold_account_name(name)
    except InvalidValue as error:
        raise InvalidValue(str(error).replace("An account name", "A user's name")) from None


def check_label(label: str) -> str:
    """Return the *label* of a key, which may be any printable text of 1 to 64 characters.

    Raises `InvalidValue`.
    """
    text = label.strip()
    if not text.isprintable() or not 1 <= len(text) <= _MAX_LABEL:
        raise InvalidValue(f"The label of a key has 1 to {_MAX_LABEL} printable characters.")
    return text
