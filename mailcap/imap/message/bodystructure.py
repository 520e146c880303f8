"""BODY and BODYSTRUCTURE (RFC 9051 section 7.5.2), from the tree of parts."""

from __future__ import annotations

from mailcap.imap.message.envelope import envelope
from mailcap.imap.message.strings import listed, nstring
from mailcap.imap.wire.encoding import NIL, string
from mailcap.mime.parameters import Parameters
from mailcap.mime.structure import Part


def bodystructure(body: bytes, part: Part, *, extended: bool = True) -> bytes:
    """Return the structure of *part* of *body*, in parentheses.

    With *extended* it is BODYSTRUCTURE, else BODY, which lacks the extension data.
    """
    if part.type == "multipart":
        return _multipart(body, part, extended=extended)
    pieces = [
        string(part.type),
        string(part.subtype),
        _parameters(part.parameters),
        nstring(part.id),
        nstring(part.description),
        string(part.encoding),
        b"%d" % (part.end - part.content),
    ]
    if part.children:
        (message,) = part.children
        pieces += [
            envelope(body, message.start, message.content),
            bodystructure(body, message, extended=extended),
        ]
    if part.children or part.type == "text":
        pieces.append(b"%d" % part.lines)
    if extended:
        pieces += [nstring(part.md5), *_rest(part)]
    return b"(%b)" % b" ".join(pieces)


def _multipart(body: bytes, part: Part, *, extended: bool) -> bytes:
    children = b"".join([bodystructure(body, child, extended=extended) for child in part.children])
    pieces = [children, string(part.subtype)]
    if extended:
        pieces += [_parameters(part.parameters), *_rest(part)]
    return b"(%b)" % b" ".join(pieces)


def _rest(part: Part) -> list[bytes]:
    """Return disposition, language and location."""
    disposition = NIL
    if part.disposition is not None:
        disposition = b"(%b %b)" % (
            string(part.disposition),
            _parameters(part.disposition_parameters),
        )
    return [disposition, _language(part.language), nstring(part.location)]


def _language(value: str | None) -> bytes:
    tags = [tag for piece in (value or "").split(",") if (tag := piece.strip())]
    return string(tags[0]) if len(tags) == 1 else listed([string(tag) for tag in tags])


def _parameters(parameters: Parameters) -> bytes:
    return listed([string(text) for name, value in parameters.pairs for text in (name, value)])
