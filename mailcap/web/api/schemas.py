"""What the JSON objects of the API look like, in JSON Schema (draft 2020-12).

Each schema with a ``title`` is listed once in the document that describes the API, and
referred to by that title.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]

TEXT: Schema = {"type": "string"}
WHOLE: Schema = {"type": "integer"}
SWITCH: Schema = {"type": "boolean"}
TIME: Schema = {"type": "string", "format": "date-time"}


def optional(schema: Schema) -> Schema:
    """Return the schema of what may be null, too."""
    return dict(schema) | {"type": [schema["type"], "null"]}


def array(items: Schema) -> Schema:
    """Return the schema of an array of *items*."""
    return {"type": "array", "items": items}


def record(title: str = "", **properties: Schema) -> Schema:
    """Return the schema of an object that has all of these *properties*."""
    schema: dict[str, Any] = {
        "type": "object",
        "properties": properties,
        "required": list(properties),
    }
    return {"title": title} | schema if title else schema


PROBLEM = record("Problem", message=TEXT)
PERSON = record("Person", address=TEXT, name=TEXT)
EMAIL_MESSAGE = record(
    "EmailMessage",
    _id=TEXT,
    **{"from": array(PERSON)},
    to=array(PERSON),
    cc=array(PERSON),
    bcc=array(PERSON),
    subject=TEXT,
    savedBy=optional(TEXT),
    inbox=TEXT,
    originalInbox=TEXT,
    domain=TEXT,
    received=TIME,
    size=WHOLE,
    attachments=array(TEXT),
    ip=optional(TEXT),
    via=optional(TEXT),
    folder={"enum": ["inbox", "all", "sent", "spam", "trash", "drafts"]},
    labels=array(TEXT),
    read=optional(SWITCH),
    rtls=SWITCH,
    links=array(TEXT),
    spam={"type": "number"},
)
