"""What SORT compares (RFC 5256 section 3, RFC 5957)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_tz

from mailcap.imap.message.subjects import base_subject
from mailcap.mime import addresses
from mailcap.mime.headers import Fields

_MAX_DATE = 200  # characters


def collate(text: str) -> str:
    """Return *text* as the comparator i;unicode-casemap sees it, nearly (RFC 5051)."""
    return text.casefold()


def sent(fields: Fields) -> int | None:
    """Return when the Date field says the message was sent, in Unix seconds.

    None if there is none that can be understood: then the internal date counts.
    """
    value = fields.get("date")
    if value is None:
        return None
    try:
        parsed = parsedate_tz(value[:_MAX_DATE])
        if parsed is None:
            return None
        moment = datetime(*parsed[:6], tzinfo=UTC)
    except (ValueError, IndexError, TypeError, OverflowError):
        return None
    return int(moment.timestamp()) - (parsed[9] or 0)


@dataclass(frozen=True, slots=True)
class Keys:
    """What a header block gives to compare; texts are collated."""

    sent: int | None
    subject: str
    from_: str
    to: str
    cc: str
    display_from: str
    display_to: str


def keys(fields: Fields) -> Keys:
    """Return what the header *fields* of a message give to compare."""
    return Keys(
        sent=sent(fields),
        subject=collate(base_subject(fields.decoded("subject") or "")[0]),
        from_=_mailbox(fields, "from"),
        to=_mailbox(fields, "to"),
        cc=_mailbox(fields, "cc"),
        display_from=_display(fields, "from"),
        display_to=_display(fields, "to"),
    )


def _mailbox(fields: Fields, name: str) -> str:
    """Return the local part of the first address, or a group's name."""
    entries = addresses.parse(fields.get(name) or "")
    return collate(entries[0].mailbox or "") if entries else ""


def _display(fields: Fields, name: str) -> str:
    """Return the name that is shown for the first address (RFC 5957 section 3)."""
    entries = addresses.parse(fields.get(name) or "")
    if not entries:
        return ""
    first = entries[0]
    if first.host is None:
        return collate(first.mailbox or "")
    return collate(first.display_name or first.address)
