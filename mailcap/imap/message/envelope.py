"""ENVELOPE: what a header block says of a message (RFC 9051 section 7.5.2)."""

from __future__ import annotations

from mailcap.imap.message.strings import listed, nstring
from mailcap.imap.wire.encoding import NIL
from mailcap.mime import addresses, headers
from mailcap.mime.addresses import Address
from mailcap.mime.headers import Fields


def envelope(header: bytes, start: int = 0, end: int | None = None) -> bytes:
    """Return the ENVELOPE of the header block ``header[start:end]``, in parentheses."""
    return of_fields(headers.parse(header, start, end))


def of_fields(fields: Fields) -> bytes:
    """Return the ENVELOPE of a message with those *fields*.

    Sender and Reply-To that are missing or empty are From's (RFC 9051 section 7.5.2).
    """
    sent_by = _addresses(fields, "from")
    return b"(%b %b %b %b %b %b %b %b %b %b)" % (
        nstring(fields.get("date")),
        nstring(fields.get("subject")),
        sent_by,
        _addresses(fields, "sender", sent_by),
        _addresses(fields, "reply-to", sent_by),
        _addresses(fields, "to"),
        _addresses(fields, "cc"),
        _addresses(fields, "bcc"),
        nstring(fields.get("in-reply-to")),
        nstring(fields.get("message-id")),
    )


def _addresses(fields: Fields, name: str, otherwise: bytes = NIL) -> bytes:
    entries = [entry for value in fields.all(name) for entry in addresses.parse(value)]
    if not entries:
        return otherwise
    return b"(%b)" % b"".join([_address(entry) for entry in entries])


def _address(entry: Address) -> bytes:
    parts = (entry.name, entry.adl, entry.mailbox, entry.host)
    return listed([nstring(part) for part in parts])
