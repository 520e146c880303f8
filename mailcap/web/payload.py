"""The bodies of requests."""

from __future__ import annotations

import json
from typing import Any

from mailcap.domain.errors import InvalidValue


def read_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object that *body* is; an empty body is an empty object.

    What ``Content-Type`` says is not looked at: published examples label JSON as a
    form, and clients announce JSON and send nothing.  Raises `InvalidValue`.
    """
    if not body.strip():
        return {}
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise InvalidValue("The body is not valid JSON.") from None
    if not isinstance(value, dict):
        raise InvalidValue("The body is JSON, but no object.")
    return value
