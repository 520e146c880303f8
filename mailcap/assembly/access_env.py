"""``access.env``: what a test suite needs to use this server, for shells to source.

Lines ``KEY="value"``.  No value has a quote, ``$``, backquote or backslash, so that a
shell and a simple reader agree on what it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from mailcap.assembly.files import read_file, write_file
from mailcap.assembly.listeners import Place, Role
from mailcap.domain.accounts import ADMIN
from mailcap.domain.mailboxes import INBOX

FILE_NAME = "access.env"

_API_KEY = "MAILCAP_API_KEY"
_LINE = re.compile(r'^([A-Z_]+)="([^"$`\\\n]*)"$', re.MULTILINE)
_UNSAFE = re.compile(r'["$`\\\x00-\x1f\x7f]')
_HEAD = "# How to use this mailcap; written at each start.\n"


def describe_access(
    places: Mapping[Role, Place], *, key: str | None, ca_file: Path | None
) -> dict[str, str]:
    """Return the variables that tell of *places*; without a *key* there are no secrets."""
    values = {"MAILCAP_USERNAME": ADMIN}
    if key:
        values[_API_KEY] = key
    if ca_file:
        values["MAILCAP_CA_FILE"] = str(ca_file)
    for role, place in places.items():
        if role.prefix is None:
            values["MAILCAP_API_URL"] = f"http://{place.authority}/api"
            continue
        values[f"{role.prefix}_SERVER_HOST"] = place.host
        values[f"{role.prefix}_SERVER_PORT"] = str(place.port)
        values[f"{role.prefix}_USERNAME"] = ADMIN
        if key:
            values[f"{role.prefix}_PASSWORD"] = key
        if role.name == "imap":
            values["IMAP_MAILBOX"] = INBOX
    return values


def write_access(folder: Path, values: Mapping[str, str]) -> None:
    """Write the file in *folder*, whole or not at all.  Raises `ConfigurationError`."""
    for name, value in values.items():
        if _UNSAFE.search(value):
            raise ValueError(f"{name} is not fit for a shell")
    lines = [f'{name}="{value}"\n' for name, value in values.items()]
    write_file(folder / FILE_NAME, _HEAD + "".join(lines))


def kept_key(folder: Path) -> str | None:
    """Return the key that an earlier start wrote down, None if there is none."""
    content = read_file(folder / FILE_NAME) or ""
    return dict(_LINE.findall(content)).get(_API_KEY)
