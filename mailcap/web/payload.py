"""The bodies of requests, and what may stand in them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from mailcap.domain.errors import InvalidValue

# More fields than any request here has; a form of a MiB could have half a million.
_MOST_FIELDS = 1000


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a body.

    *read* makes a value of what JSON or a form has there, or raises `InvalidValue`;
    *schema* says in JSON Schema what that may be.
    """

    name: str
    read: Callable[[Any], Any]
    schema: Mapping[str, Any]
    required: bool = False


@dataclass(frozen=True, slots=True)
class Body:
    """The fields that a body may have; others are left alone."""

    fields: tuple[Field, ...]

    def value(self, body: bytes) -> dict[str, Any]:
        """Return those fields that *body* has.  Raises `InvalidValue`."""
        given = read_fields(body)
        found = {}
        for field in self.fields:
            if field.name in given:
                try:
                    found[field.name] = field.read(given[field.name])
                except InvalidValue as error:
                    raise InvalidValue(f"{field.name}: {error}") from None
            elif field.required:
                raise InvalidValue(f"The body lacks the field {field.name}.")
        return found


def read_fields(body: bytes) -> dict[str, Any]:
    """Return the fields of a JSON object, or of a form, where each value is a text.

    What ``Content-Type`` says is not looked at: published examples label JSON as a
    form, and clients announce JSON and send nothing.  Raises `InvalidValue`.
    """
    is_form = b"=" in body and body.lstrip()[:1] not in (b"{", b"[", b'"')
    return _read_form(body) if is_form else read_object(body)


def read_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object that *body* is; an empty body is an empty object.

    Raises `InvalidValue`.
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


def _read_form(body: bytes) -> dict[str, Any]:
    try:
        pairs = parse_qsl(
            body.strip().decode(),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError:  # of UnicodeDecodeError, too
        raise InvalidValue("The body is neither JSON nor a form in UTF-8.") from None
    return dict(pairs)
