"""The summary of a message: what lists and searches show of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from mailcap.mime import addresses, attachments, bodies, content, headers, links, structure
from mailcap.mime.structure import Part

# To be raised whenever `summarise` would say something else of the same bytes.
VERSION = 1

_MAX_SUBJECT = 4_096  # characters
_MAX_MESSAGE_ID = 998  # characters: a line (RFC 5322 section 2.1.1)

#: ``(address, display name)``
Named = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What lists and searches show of a message, from its bytes alone.

    *links* are in order of appearance; *attachments* are MD5 checksums.
    *message_id* has its brackets and is ``""`` without the field.
    """

    from_: tuple[Named, ...] = ()
    to: tuple[Named, ...] = ()
    cc: tuple[Named, ...] = ()
    bcc: tuple[Named, ...] = ()
    subject: str = ""
    message_id: str = ""
    links: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()

    def encode(self) -> bytes:
        """Return this summary as JSON in UTF-8, for `decode`."""
        fields: dict[str, Any] = {"version": VERSION}
        fields |= {name: getattr(self, name) for name in self.__slots__}
        return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()


#: With this begins every summary that this version makes, and no other.
CURRENT = Summary().encode().partition(b",")[0] + b","


def decode(data: bytes) -> Summary | None:
    """Return the summary that `Summary.encode` wrote as *data*.

    None if another version of this module wrote it: then it is to be made anew.
    """
    try:
        fields = json.loads(data)
        if fields.pop("version") != VERSION:
            return None
        for name in ("from_", "to", "cc", "bcc"):
            fields[name] = tuple([(address, shown) for address, shown in fields[name]])
        for name in ("links", "attachments"):
            fields[name] = tuple(fields[name])
        return Summary(**fields)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def summarise(body: bytes) -> Summary:
    """Return the summary of the message *body*."""
    root = structure.scan(body)
    fields = headers.parse(body, root.start, root.content)

    def named(field: str) -> tuple[Named, ...]:
        return tuple(islice(addresses.mailboxes(fields.all(field)), addresses.MAX_ADDRESSES))

    return Summary(
        from_=named("from"),
        to=named("to"),
        cc=named("cc"),
        bcc=named("bcc"),
        subject=(fields.decoded("subject") or "")[:_MAX_SUBJECT],
        message_id=(fields.get("message-id") or "")[:_MAX_MESSAGE_ID],
        links=tuple(links.find(*_sources(body, root))),
        attachments=tuple(attachments.checksums(body, root)),
    )


def _sources(body: bytes, root: Part) -> Iterator[tuple[str, bool]]:
    for part in bodies.choose(root):
        yield content.text(body, part), part.subtype == "html"
