"""Storing accepted messages: many transactions of SMTP in one of the database."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from mailcap.domain.access import audience
from mailcap.domain.envelope import Envelope, Recipient
from mailcap.domain.messages import Incoming
from mailcap.store import mailboxes, schema
from mailcap.store.bodies import pack
from mailcap.store.dialect import InsertMany, lock_ownership, new_numbers
from mailcap.store.mailboxes import Counters, MailboxKey, unified_owner
from mailcap.store.ownership import Directory, Placement

_INBOX = "INBOX"
_ADD_BODIES = InsertMany(schema.bodies)
_ADD_MESSAGES = InsertMany(schema.messages)


@dataclass(slots=True)
class _Copy:
    """One recipient's copy of a message that is being stored."""

    recipient: Recipient
    trace: bytes
    placement: Placement
    keys: list[MailboxKey]  # the inbox's own mailbox, then unified ones


def store_batch(connection: Connection, batch: Sequence[Incoming]) -> None:
    """Store all messages of *batch*, for all their recipients."""
    lock_ownership(connection, exclusive=False)
    directory = Directory(
        connection,
        {recipient.address.inbox for item in batch for recipient in item.envelope.recipients},
    )
    copies = [list(_copies(item, directory)) for item in batch]
    boxes = mailboxes.lock_or_make(
        connection, {key for some in copies for copy in some for key in copy.keys}
    )
    body_numbers, message_numbers = new_numbers(
        connection, bodies=len(batch), messages=sum(map(len, copies))
    )
    bodies: list[dict[str, Any]] = []
    messages: list[dict[str, Any]] = []
    entries: list[dict[str, Any]] = []
    numbers = iter(message_numbers)
    for item, body, some in zip(batch, body_numbers, copies, strict=True):
        bodies.append(_body_row(item, body))
        bare_lfs = _count_bare_lfs(item)
        for index, copy in enumerate(some):
            number = next(numbers)
            mailbox = boxes[copy.keys[0]]
            row = _message_row(item, copy, index)
            row.update(number=number, body=body, mailbox=mailbox.id, bare_lfs=bare_lfs)
            messages.append(row)
            entries += [_entry_row(boxes[key], number, item.received) for key in copy.keys]
    _ADD_BODIES.execute(connection, bodies)
    _ADD_MESSAGES.execute(connection, messages)
    mailboxes.add_entries(connection, entries)
    mailboxes.advance(connection, boxes.values())


def _copies(item: Incoming, directory: Directory) -> Iterator[_Copy]:
    submitter = item.envelope.submitter
    for recipient, trace in zip(item.envelope.recipients, item.traces, strict=True):
        placement = directory.place(recipient.address)
        accounts = audience(
            owner=placement.owner,
            saved_by=_saved_by(item.envelope, placement),
            submitter=submitter.account if submitter else None,
            watchers=directory.watchers,
        )
        keys = [MailboxKey(placement.inbox, _INBOX)]
        keys += [MailboxKey(unified_owner(account), _INBOX) for account in accounts]
        yield _Copy(recipient, trace, placement, keys)


def _saved_by(envelope: Envelope, placement: Placement) -> int | None:
    """Return who stars the message on arrival: see `Account.capture_private`.

    Mail for somebody else's inbox is not the sender's to keep.
    """
    submitter = envelope.submitter
    if submitter is None or not submitter.capture_private:
        return None
    return submitter.account if placement.owner in (None, submitter.account) else None


def _body_row(item: Incoming, number: int) -> dict[str, Any]:
    codec, rest = pack(item.rest)
    return {
        "number": number,
        "size": item.size,
        "codec": codec,
        "envelope": json.dumps(_envelope(item.envelope), separators=(",", ":")),
        "header": item.header,
        "rest": rest,
    }


def _envelope(envelope: Envelope) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "mailFrom": envelope.mail_from,
        "helo": envelope.helo,
        "protocol": envelope.protocol,
        "ip": envelope.connection.peer,
        "via": envelope.connection.local,
        "tls": envelope.connection.tls,
    }
    if envelope.ret:
        facts["ret"] = envelope.ret
    if envelope.envid:
        facts["envid"] = envelope.envid
    if envelope.submitter:
        facts["user"] = envelope.submitter.account_name
    return facts


def _message_row(item: Incoming, copy: _Copy, index: int) -> dict[str, Any]:
    recipient, submitter = copy.recipient, item.envelope.submitter
    facts: dict[str, Any] = {"rcptTo": recipient.address.written}
    if recipient.notify:
        facts["notify"] = recipient.notify
    if recipient.orcpt:
        facts["orcpt"] = recipient.orcpt
    return {
        "id": f"{item.base}-{index}",
        "inbox": copy.placement.inbox,
        "original_inbox": recipient.address.written,
        "received": item.received,
        "internal_date": item.received,
        "size": len(copy.trace) + item.size,
        "seen": None,
        "flags": 0,
        "saved_by": _saved_by(item.envelope, copy.placement),
        "submitter": submitter.account if submitter else None,
        "labels": None,
        "recipient": json.dumps(facts, separators=(",", ":")),
        "trace": copy.trace,
    }


def _entry_row(box: Counters, message: int, now: int) -> dict[str, Any]:
    return {
        "mailbox": box.id,
        "uid": box.next_uid(),
        "message": message,
        "modseq": box.touch(),
        "saved": now,
    }


def _count_bare_lfs(item: Incoming) -> int:
    # The cut is behind an LF, so that it splits no CRLF.
    return sum(part.count(b"\n") - part.count(b"\r\n") for part in (item.header, item.rest) if part)
