"""What has come in by SMTP, and who may hear of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, and_, select

from mailcap.domain.arrivals import Arrival, Arrived, Reach
from mailcap.domain.mailboxes import INBOX, MailboxKey
from mailcap.store.dialect import Prepared, among
from mailcap.store.mail import MESSAGE, message_of
from mailcap.store.mailboxes import Boxes
from mailcap.store.parameters import item, items
from mailcap.store.schema import (
    accounts,
    addresses,
    bodies,
    domains,
    entries,
    mailboxes,
    messages,
    views,
)

_MOST = 100  # of one mailbox at a time

_FIND = Prepared(
    select(mailboxes.c.owner, mailboxes.c.id).where(
        among(mailboxes.c.owner, "owners"), mailboxes.c.name == INBOX
    )
)
_HEADS = Prepared(select(mailboxes.c.id, mailboxes.c.uid_next).where(among(mailboxes.c.id, "ids")))
_places = items("places")  # (mailbox, first UID, last UID)
_catch_alls = addresses.alias("catch_alls")
_NEW = Prepared(
    select(
        entries.c.mailbox,
        MESSAGE,
        addresses.c.account_id,
        addresses.c.enablews,
        domains.c.account_id,
        domains.c.is_private,
        domains.c.enablews,
        _catch_alls.c.enablews,
    )
    .select_from(_places)
    .join(
        entries,
        and_(
            entries.c.mailbox == item(_places, 0),
            entries.c.uid.between(item(_places, 1), item(_places, 2)),
        ),
    )
    .join(messages, messages.c.number == entries.c.message)
    .join(mailboxes, mailboxes.c.id == messages.c.mailbox)
    .join(bodies, bodies.c.number == messages.c.body)
    .outerjoin(views, views.c.body == messages.c.body)
    .outerjoin(accounts, accounts.c.id == messages.c.saved_by)
    .outerjoin(addresses, addresses.c.address == messages.c.inbox)
    .outerjoin(domains, domains.c.name == mailboxes.c.domain)
    .outerjoin(
        _catch_alls,
        and_(
            _catch_alls.c.address == "*@" + domains.c.name,
            _catch_alls.c.account_id == domains.c.account_id,
        ),
    )
    # What was copied, moved, appended, or has changed hands was not received, or not
    # written by its sender, at the moment when it came here.
    .where(entries.c.saved == messages.c.received, messages.c.internal_date == messages.c.received)
    .order_by(entries.c.mailbox, entries.c.uid)
)
_ADDRESSES = Prepared(
    select(addresses.c.address, addresses.c.account_id, addresses.c.enablews).where(
        among(addresses.c.address, "names")
    )
)
_DOMAINS = Prepared(
    select(domains.c.name, domains.c.account_id, domains.c.is_private, domains.c.enablews).where(
        among(domains.c.name, "names")
    )
)


def find(connection: Connection, owners: Sequence[str]) -> dict[str, int]:
    """Return the ids of those INBOXes that have a row."""
    return dict(_FIND.execute(connection, owners=owners))


def make(connection: Connection, owners: Sequence[str]) -> dict[str, int]:
    """Return the ids of INBOXes; those without a row get one."""
    boxes = Boxes(connection)
    boxes.lock(keys=[MailboxKey(owner, INBOX) for owner in owners])
    return {owner: boxes.named(MailboxKey(owner, INBOX)).id for owner in owners}


class _Rights(NamedTuple):
    """Who has reserved an address, and who owns its domain; None for nobody."""

    holder: int | None
    holder_live: bool | None
    host: int | None
    private: bool | None
    host_live: bool | None
    catch_all_live: bool | None


def arrivals(connection: Connection, places: Sequence[tuple[int, int | None]]) -> Arrived:
    """See `mailcap.domain.ports.ArrivalStore.arrivals`."""
    behind = dict(places)
    positions: dict[int, int] = {}
    more, ranges = [], []
    for mailbox, uid_next in _HEADS.execute(connection, ids=list(behind)):
        last = uid_next - 1
        start = behind[mailbox]
        if start is not None and start < last:
            ranges.append((mailbox, start + 1, min(last, start + _MOST)))
            if last > start + _MOST:
                more.append(mailbox)
                last = start + _MOST
        positions[mailbox] = last
    rows = _NEW.execute(connection, places=json.dumps(ranges)) if ranges else []
    found = [_arrival(mailbox, text, _Rights(*rights)) for mailbox, text, *rights in rows]
    return Arrived(
        positions=positions,
        more=more,
        arrivals=[one for one in found if one.message.envelope.get("ip") is not None],
    )


def reaches(connection: Connection, names: Sequence[str]) -> dict[str, Reach]:
    """See `mailcap.domain.ports.ArrivalStore.reaches`."""
    hosts = {name.rpartition("@")[2] for name in names}
    reserved = {name: rest for name, *rest in _ADDRESSES.execute(connection, names=names)}
    hosted = {name: rest for name, *rest in _DOMAINS.execute(connection, names=hosts)}

    def look_up(name: str) -> Reach:
        if name in reserved:
            owner, live = reserved[name]
            return Reach(owner=owner, live=bool(live))
        owner, private, live = hosted.get(name.rpartition("@")[2], (None, False, False))
        if "@" in name and not private:
            return Reach(owner=None, live=True)
        return Reach(owner=owner, live=bool(live))

    return {name: look_up(name) for name in names}


def _arrival(mailbox: int, text: str, rights: _Rights) -> Arrival:
    message = message_of(text)
    domain = message.inbox.rpartition("@")[2]
    reserved = rights.holder is not None
    owner = rights.host if not reserved and rights.private else rights.holder
    live: dict[str, int] = {}
    if owner is not None and (rights.holder_live if reserved else rights.host_live):
        live[message.inbox] = owner
    # Of its public inboxes, too, a domain's owner hears; of what another has reserved, not.
    if rights.host is not None and owner in (None, rights.host):
        live |= {domain: rights.host} if rights.host_live else {}
        live |= {f"*@{domain}": rights.host} if rights.catch_all_live else {}
    return Arrival(mailbox=mailbox, message=message, owner=owner, live=live)
