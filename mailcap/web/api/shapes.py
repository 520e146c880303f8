"""JSON objects as Mailsac's clients know them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from mailcap.domain.accounts import Identity
from mailcap.domain.labels import is_label
from mailcap.domain.messages import Message
from mailcap.mime.summary import Named, decode
from mailcap.web.replies import to_json

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC).replace(tzinfo=None)
_MILLISECOND = timedelta(milliseconds=1)

# Whoever waits for mail asks for the same list again and again: what has been made of
# a message is remembered, unless it is so long that many would fill the memory.
_REMEMBERED = 4096  # messages
_LONGEST_REMEMBERED = 2048  # octets of a summary


def iso_time(milliseconds: int) -> str:
    """Return Unix milliseconds as ISO 8601 with milliseconds and ``Z``."""
    return (_EPOCH + milliseconds * _MILLISECOND).isoformat(timespec="milliseconds") + "Z"


def message_list(messages: Sequence[Message]) -> bytes:
    """Return an array of `email_message`, as JSON."""
    return f"[{','.join([_as_json(message) for message in messages])}]".encode("ascii")


def message_with_envelope(message: Message, who: Identity) -> bytes:
    """Return an `email_message` that has its ``envelope``, as JSON."""
    envelope = to_json(envelope_object(message, who))
    return b'%b,"envelope":%b}' % (_as_json(message)[:-1].encode("ascii"), envelope)


def email_message(message: Message) -> dict[str, Any]:
    """Return Mailsac's ``EmailMessage`` of a message with its summary.

    Arrays are never null, neither is the subject.
    """
    summary = decode(message.summary or b"")
    assert summary is not None, "a message without its summary"
    envelope = message.envelope
    return {
        "_id": message.id,
        "from": _people(summary.from_),
        "to": _people(summary.to or ((message.shown_recipient, ""),)),
        "cc": _people(summary.cc),
        "bcc": _people(summary.bcc),
        "subject": summary.subject,
        "savedBy": message.saved_by,
        "inbox": message.inbox,
        "originalInbox": message.original_inbox,
        "domain": message.inbox.rpartition("@")[2],
        "received": iso_time(message.received),
        "size": message.size,
        "attachments": summary.attachments,
        "ip": envelope.get("ip"),
        "via": envelope.get("via"),
        "folder": message.folder,
        "labels": labels_of(message),
        "read": message.seen,
        "rtls": envelope.get("tls") is not None,
        "links": summary.links,
        "spam": 0,
    }


def labels_of(message: Message) -> list[str]:
    """Return the labels, without the keywords that mail clients set for their own ends."""
    return [label for label in message.labels if is_label(label)]


def envelope_object(message: Message, who: Identity) -> dict[str, Any]:
    """Return what SMTP said about this recipient; who sent it only its own account learns."""
    envelope, recipient = message.envelope, message.recipient
    shown = {
        "mailFrom": envelope.get("mailFrom"),
        "rcptTo": message.shown_recipient,
        "helo": envelope.get("helo"),
        "ip": envelope.get("ip"),
        "tls": envelope.get("tls"),
        "dsn": {
            "ret": envelope.get("ret"),
            "envid": envelope.get("envid"),
            "notify": recipient.get("notify"),
            "orcpt": recipient.get("orcpt"),
        },
    }
    if envelope.get("user") == who.account_name:
        shown["user"] = who.account_name
    return shown


def _as_json(message: Message) -> str:
    short = len(message.summary or b"") <= _LONGEST_REMEMBERED
    return _remembered(message) if short else _rendered(message)


def _rendered(message: Message) -> str:
    return to_json(email_message(message)).decode("ascii")


_remembered = lru_cache(_REMEMBERED)(_rendered)


def _people(named: Sequence[Named]) -> list[dict[str, str]]:
    return [{"address": address, "name": name} for address, name in named]
