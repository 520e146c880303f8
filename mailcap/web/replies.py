"""What a handler answers: a status, a body, and what the body is."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

JSON = "application/json; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
HTML = "text/html; charset=utf-8"

NO_CONTENT = 204

_ODD = re.compile(r"[^A-Za-z0-9._ -]")

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer.

    *content_type* is None when there is no body.  *headers* come on top of those
    that every answer has.
    """

    status: int
    body: bytes = b""
    content_type: str | None = None
    headers: Headers = ()


def json_reply(value: Any, *, status: int = 200, headers: Headers = ()) -> Reply:
    """Return *value* as JSON."""
    return Reply(status, to_json(value), JSON, headers)


def to_json(value: Any) -> bytes:
    """Return *value* as JSON in ASCII.

    Senders decide about the texts: what cannot be encoded (half a surrogate pair)
    must not break a whole list.
    """
    return json.dumps(value, separators=(",", ":")).encode("ascii")


def attachment(file_name: str) -> tuple[str, str]:
    """Return the header that makes a browser save the body under that name (RFC 6266).

    Old programs, which do not know the second form, see ``_`` for what is not a letter,
    digit, ``.``, ``-``, ``_`` or space of ASCII.
    """
    plain = _ODD.sub("_", file_name)
    value = f'attachment; filename="{plain}"'
    if plain != file_name:
        value += f"; filename*=UTF-8''{quote(file_name, safe='', errors='replace')}"
    return "Content-Disposition", value
