"""Passwords, from a prompt or from standard input: never from the arguments.

Arguments are seen by everybody who can list processes, and shells remember them.
"""

from __future__ import annotations

import sys

from mailcap.domain.errors import InvalidValue


def read_password(name: str) -> str:
    """Return a password for *name*: asked for twice, or the first line of the input.

    Raises `InvalidValue`.
    """
    if not sys.stdin.isatty():
        try:
            return sys.stdin.readline().rstrip("\r\n")
        except UnicodeDecodeError:
            raise InvalidValue("The password is not in this system's encoding.") from None
    from getpass import getpass

    try:
        password = getpass(f"Password for {name}: ")
        again = getpass("Again: ")
    except EOFError:
        raise InvalidValue("No password was given.") from None
    if again != password:
        raise InvalidValue("The two are not the same.")
    return password
