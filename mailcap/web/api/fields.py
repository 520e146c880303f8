"""What may stand in the fields of a body, as JSON or in a form, and what it means."""

from __future__ import annotations

import re
from typing import Any

from mailcap.domain.errors import InvalidValue
from mailcap.web.api.schemas import SWITCH, TEXT, WHOLE, Schema, array, optional
from mailcap.web.payload import Field

_ON = (True, 1, "true", "1")
_OFF = (False, 0, "false", "0", "", None)
_NUMBER = re.compile(r"[0-9]{1,16}")


def read_text(value: Any) -> str:
    """Return a text; nothing is an empty one."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InvalidValue("this is no text.")
    return value


def read_text_or_nothing(value: Any) -> str | None:
    """Return a text, or None if it is empty."""
    return read_text(value) or None


def read_flag(value: Any) -> bool:
    """Return whether something is on; nothing is off.

    Words may be in any case: a form that a Python program sends has ``True``.
    """
    if isinstance(value, str):
        value = value.lower()
    if isinstance(value, bool | int | str | None):
        if value in _ON:
            return True
        if value in _OFF:
            return False
    raise InvalidValue("this is neither true nor false.")


def read_flag_or_nothing(value: Any) -> bool | None:
    """Return whether something is on, or None if nothing is said of it."""
    return None if value in ("", None) else read_flag(value)


def read_limit_or_nothing(value: Any) -> int | None:
    """Return a whole number, or None if there is to be no limit."""
    if value in ("", None):
        return None
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidValue("this is no whole number.")
    return value


def texts(name: str, *, most: int) -> Field:
    """Return a field that must be there: an array of 1 to *most* texts."""

    def read(value: Any) -> list[str]:
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise InvalidValue("this is no array of texts.")
        if not 1 <= len(value) <= most:
            raise InvalidValue(f"there may be 1 to {most} of them.")
        return value

    schema = {**array(TEXT), "minItems": 1, "maxItems": most}
    return Field(name, read, schema, required=True)


def text(name: str, *, required: bool = False) -> Field:
    """Return a field that is a text."""
    return Field(name, read_text, TEXT if required else optional(TEXT), required=required)


def text_or_nothing(name: str) -> Field:
    """Return a field that is a text, or empty."""
    return Field(name, read_text_or_nothing, optional(TEXT))


def flag(name: str) -> Field:
    """Return a field that is on or off."""
    return Field(name, read_flag, optional(SWITCH))


def flag_or_nothing(name: str) -> Field:
    """Return a field that is on, off, or unsaid."""
    return Field(name, read_flag_or_nothing, optional(SWITCH))


def limit(name: str) -> Field:
    """Return a field that is a number, or null for no limit."""
    schema: Schema = {**optional(WHOLE), "minimum": 0}
    return Field(name, read_limit_or_nothing, schema)
