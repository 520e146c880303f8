"""Storing accepted messages: many transactions of SMTP in one of the database."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from mailcap.domain.access import audience
from mailcap.domain.envelope import Envelope, Recipient
from mailcap.domain.mailboxes import MailboxKey, unified_owner
from mailcap.domain.messages import Incoming
from mailcap.store import aliases, mailboxes, schema
from mailcap.store.bodies import count_crlf_added, pack
from mailcap.store.dialect import InsertMany, among, lock_ownership, new_numbers, pipelined
from mailcap.store.dialect import Prepared as Statement
from mailcap.store.mailboxes import Counters
from mailcap.store.ownership import Directory

_INBOX = "INBOX"
_ADD_BODIES = InsertMany(schema.bodies)
_ADD_MESSAGES = InsertMany(schema.messages)
_PRESENT = Statement(select(schema.messages.c.id).where(among(schema.messages.c.id, "ids")))
_encode = json.JSONEncoder(separators=(",", ":")).encode


class _Copy(NamedTuple):
    """One recipient's copy of a message."""

    inbox: str
    written: str
    facts: dict[str, Any]
    trace: bytes


class Prepared(NamedTuple):
    """A message with all that can be said of it without looking into the database.

    It is plain, because that is what goes to another process at little cost.
    """

    base: str
    received: int
    header: bytes
    rest: bytes
    envelope: dict[str, Any]
    submitter: int | None
    capture_private: bool
    copies: list[tuple[str, str, dict[str, Any], bytes]]  # as in `_Copy`


def prepare(item: Incoming) -> Prepared:
    """Return *item* as `store_batch` wants it."""
    submitter = item.envelope.submitter
    return Prepared(
        base=item.base,
        received=item.received,
        header=item.header,
        rest=item.rest,
        envelope=_envelope(item.envelope),
        submitter=submitter.account if submitter else None,
        capture_private=submitter.capture_private if submitter else False,
        copies=[
            (recipient.address.inbox, recipient.address.written, _recipient(recipient), trace)
            for recipient, trace in zip(item.envelope.recipients, item.traces, strict=True)
        ],
    )


class _Placed(NamedTuple):
    """A copy, and where it belongs."""

    copy: _Copy
    inbox: str
    saved_by: int | None
    keys: list[MailboxKey]  # the inbox's own mailbox, then unified ones


def store_batch(connection: Connection, batch: Sequence[Prepared], *, again: bool = False) -> None:
    """Store all messages of *batch*, for all their recipients.

    With *again*, leave out those that are there already.
    """
    with pipelined(connection):
        _store(connection, batch, again=again)


def _store(connection: Connection, batch: Sequence[Prepared], *, again: bool) -> None:
    lock_ownership(connection, exclusive=False)
    copies = [[_Copy(*copy) for copy in item.copies] for item in batch]
    named = {copy.inbox for some in copies for copy in some}
    if meant := aliases.meant(connection, named):
        copies = [[_unmasked(copy, meant) for copy in some] for some in copies]
        named = {copy.inbox for some in copies for copy in some}
    directory = Directory(connection, named)
    placed = [
        [_place(item, copy, directory) for copy in some]
        for item, some in zip(batch, copies, strict=True)
    ]
    boxes = mailboxes.lock_or_make(
        connection, {key for some in placed for each in some for key in each.keys}
    )
    if again:  # only now: the first try may have had these locks until it was committed
        there = _present(connection, batch)
        placed = [some for item, some in zip(batch, placed, strict=True) if item.base not in there]
        batch = [item for item in batch if item.base not in there]
    body_numbers, message_numbers = new_numbers(
        connection, bodies=len(batch), messages=sum(map(len, placed))
    )
    bodies: list[dict[str, Any]] = []
    messages: list[dict[str, Any]] = []
    entries: list[dict[str, Any]] = []
    numbers = iter(message_numbers)
    for item, body, some in zip(batch, body_numbers, placed, strict=True):
        bodies.append(_body_row(item, body))
        crlf_added = count_crlf_added(item.header, item.rest)
        for index, (each, number) in enumerate(zip(some, numbers, strict=False)):
            mailbox = boxes[each.keys[0]].id
            row = _message_row(item, each, index)
            row.update(number=number, body=body, mailbox=mailbox, crlf_added=crlf_added)
            messages.append(row)
            entries += [_entry_row(boxes[key], number, item.received) for key in each.keys]
    _ADD_BODIES.execute(connection, bodies)
    _ADD_MESSAGES.execute(connection, messages)
    mailboxes.add_entries(connection, entries)
    mailboxes.advance(connection, boxes.values())


def _unmasked(copy: _Copy, meant: Mapping[str, str]) -> _Copy:
    """Return *copy* for the inbox that its address is an alias of, if it is one."""
    return copy._replace(inbox=meant.get(copy.inbox, copy.inbox))


def _present(connection: Connection, batch: Sequence[Prepared]) -> set[str]:
    """Return the bases of those messages that are stored."""
    ids = [f"{item.base}-0" for item in batch]
    return {found.rpartition("-")[0] for (found,) in _PRESENT.execute(connection, ids=ids)}


def _place(item: Prepared, copy: _Copy, directory: Directory) -> _Placed:
    inbox, owner = directory.place(copy.inbox)
    # Mail for somebody else's inbox is not the sender's to keep: `Account.capture_private`.
    keeps = item.capture_private and owner in (None, item.submitter)
    saved_by = item.submitter if keeps else None
    accounts = audience(
        owner=owner,
        saved_by=saved_by,
        submitter=item.submitter,
        watchers=directory.watchers(inbox),
    )
    keys = [MailboxKey(inbox, _INBOX)]
    keys += [MailboxKey(unified_owner(account), _INBOX) for account in accounts]
    return _Placed(copy, inbox, saved_by, keys)


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


def _recipient(recipient: Recipient) -> dict[str, Any]:
    facts: dict[str, Any] = {"rcptTo": recipient.address.written}
    if recipient.notify:
        facts["notify"] = recipient.notify
    if recipient.orcpt:
        facts["orcpt"] = recipient.orcpt
    return facts


def _body_row(item: Prepared, number: int) -> dict[str, Any]:
    codec, rest = pack(item.rest)
    return {
        "number": number,
        "size": len(item.header) + len(item.rest),
        "codec": codec,
        "envelope": _encode(item.envelope),
        "header": item.header,
        "rest": rest,
    }


def _message_row(item: Prepared, placed: _Placed, index: int) -> dict[str, Any]:
    copy = placed.copy
    return {
        "id": f"{item.base}-{index}",
        "inbox": placed.inbox,
        "original_inbox": copy.written,
        "received": item.received,
        "internal_date": item.received,
        "size": len(copy.trace) + len(item.header) + len(item.rest),
        "seen": None,
        "flags": 0,
        "saved_by": placed.saved_by,
        "submitter": item.submitter,
        "labels": None,
        "recipient": _encode(copy.facts),
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
