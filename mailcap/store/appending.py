"""Storing messages that a client brings by itself, as drafts and sent mail."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection

from mailcap.domain.errors import NotFound
from mailcap.domain.identifiers import new_base
from mailcap.domain.mailboxes import Appended, FlagChange, How, MailboxKey, Placed
from mailcap.store import quota, schema
from mailcap.store.bodies import count_crlf_added, pack
from mailcap.store.dialect import InsertMany, lock_ownership, new_numbers
from mailcap.store.mailboxes import Boxes
from mailcap.store.placing import Target
from mailcap.store.quota import Addition
from mailcap.store.removal import remove_among
from mailcap.store.selection import Chosen, take
from mailcap.store.states import NEW, Columns
from mailcap.store.unified import Facts

_ADD_BODIES = InsertMany(schema.bodies)
_ADD_MESSAGES = InsertMany(schema.messages)
_NO_MESSAGE = (0, 0)  # no mailbox has that number
# There was no transaction of SMTP, so no sender either (null reverse-path).
_ENVELOPE = json.dumps({"mailFrom": "", "protocol": "IMAP"})


class _New(NamedTuple):
    """A message to be stored, and what is to show it: its own mailbox first."""

    given: Appended
    state: Columns
    facts: Facts
    keys: list[MailboxKey]

    @property
    def size(self) -> int:
        return len(self.given.header) + len(self.given.rest)


def append(
    connection: Connection,
    now: int,
    viewer: int,
    target: MailboxKey,
    messages: Sequence[Appended],
    *,
    replacing: tuple[int, int] | None = None,
) -> Placed:
    """See `mailcap.domain.mailbox_store.MailboxStore.append`."""
    lock_ownership(connection, exclusive=False)
    to = Target(connection, target)
    new = [_new(one, to, viewer) for one in messages]
    mailbox, uid = replacing or _NO_MESSAGE
    boxes, replaced = take(
        connection,
        Chosen(viewer, mailbox, [uid]),
        keys=lambda _rows: {key for one in new for key in one.keys},
    )
    if replacing:
        if not replaced:
            raise NotFound("The message to be replaced is gone.")
        remove_among(connection, boxes, [row.number for row in replaced], now)
    quota.check(connection, [Addition(to.payer(one.facts), one.size) for one in new])
    numbers = _store(connection, boxes, new, now)
    showings = [(number, key) for number, one in zip(numbers, new, strict=True) for key in one.keys]
    uid_validity, uids = to.show(boxes, showings, now)
    return Placed(uid_validity, (), uids)


def _new(given: Appended, to: Target, viewer: int) -> _New:
    state = NEW.changed(FlagChange(How.ADD, given.marks, given.keywords), viewer)
    facts = Facts(to.inbox, state.saved_by, None, to.key.name)
    return _New(given, state, facts, to.showing(facts))


def _store(connection: Connection, boxes: Boxes, new: Sequence[_New], now: int) -> list[int]:
    """Store the messages, which nothing shows yet; return their numbers."""
    of_bodies, numbers = new_numbers(connection, bodies=len(new), messages=len(new))
    bodies, rows = [], []
    for one, body, number in zip(new, of_bodies, numbers, strict=True):
        bodies.append(_body_row(one, body))
        rows.append(
            {
                **_message_row(one, now),
                "number": number,
                "body": body,
                "mailbox": boxes.named(one.keys[0]).id,
            }
        )
    _ADD_BODIES.execute(connection, bodies)
    _ADD_MESSAGES.execute(connection, rows)
    return numbers


def _body_row(one: _New, number: int) -> dict[str, Any]:
    codec, rest = pack(one.given.rest)
    return {
        "number": number,
        "size": one.size,
        "codec": codec,
        "envelope": _ENVELOPE,
        "header": one.given.header,
        "rest": rest,
    }


def _message_row(one: _New, now: int) -> dict[str, Any]:
    date = one.given.internal_date
    return {
        "id": f"{new_base(now / 1000)}-0",
        "inbox": one.facts.inbox,
        "original_inbox": one.facts.inbox,
        "received": now,
        "internal_date": now if date is None else date,
        "size": one.size,
        "crlf_added": count_crlf_added(one.given.header, one.given.rest),
        **one.state._asdict(),
        "submitter": None,
        "recipient": json.dumps({"rcptTo": one.facts.inbox}),
        "trace": b"",
    }
