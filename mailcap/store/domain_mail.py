"""The mail of a whole domain: listed, counted, deleted.

What it costs follows how much mail the domain has, never how much others have.
"""

from __future__ import annotations

from sqlalchemy import Connection, and_, bindparam, exists, func, select, tuple_

from mailcap.domain.accounts import Identity, OwnedDomain
from mailcap.domain.errors import NotFound, NotOwned, NotPermitted
from mailcap.domain.messages import Message
from mailcap.store.dialect import Prepared, lock_ownership
from mailcap.store.domains import known_domain
from mailcap.store.lines import lines
from mailcap.store.mail import PURGED_AT_ONCE, VERSION, first_place, in_pages, place_of
from mailcap.store.removal import remove
from mailcap.store.schema import addresses, mailboxes, messages
from mailcap.store.states import VISIBLE

# An address in the domain may be another account's: it was reserved before.
_MINE = and_(
    mailboxes.c.domain == bindparam("domain"),
    ~exists().where(
        addresses.c.address == mailboxes.c.owner,
        addresses.c.account_id != bindparam("viewer"),
    ),
    VISIBLE,
)
_IN_DOMAIN = (
    select(messages.c.number).join(mailboxes, mailboxes.c.id == messages.c.mailbox).where(_MINE)
)
_page = (
    _IN_DOMAIN.where(
        tuple_(messages.c.received, messages.c.number)
        < tuple_(bindparam("received"), bindparam("number"))
    )
    .order_by(messages.c.received.desc(), messages.c.number.desc())
    .limit(bindparam("most"))
    .subquery()
)
_versions = (
    select(VERSION.label("version"))
    .where(messages.c.number.in_(select(_page.c.number)))
    .order_by(messages.c.received.desc(), messages.c.number.desc())
    .subquery()
)
_LIST = Prepared(select(lines(_versions.c.version)))
_COUNT = Prepared(
    select(func.count())
    .select_from(messages.join(mailboxes, mailboxes.c.id == messages.c.mailbox))
    .where(_MINE)
)
_PLACE = Prepared(
    select(messages.c.received, messages.c.number)
    .join(mailboxes, mailboxes.c.id == messages.c.mailbox)
    .where(messages.c.id == bindparam("id"), _MINE)
)
_SOME = Prepared(_IN_DOMAIN.limit(PURGED_AT_ONCE))


def list_domain(
    connection: Connection,
    viewer: Identity,
    domain: str,
    *,
    until: int | None = None,
    before: str | None = None,
    limit: int,
) -> list[Message]:
    """See `mailcap.domain.ports.MailStore.list_domain`."""
    _require_own(viewer, domain, known_domain(connection, domain))
    mine = {"domain": domain, "viewer": viewer.account}
    start = first_place(until)
    if before is not None:
        rows = _PLACE.execute(connection, **mine, id=before)
        if not rows:
            raise NotFound(f"Message not found by id {before} and domain {domain}")
        start = min(start, (rows[0][0], rows[0][1]))

    def page(last: Message | None, most: int) -> str | None:
        place = place_of(last) if last else start
        ((text,),) = _LIST.execute(
            connection, **mine, received=place[0], number=place[1], most=most
        )
        return text and str(text)

    return in_pages(connection, limit, page)


def count_domain(connection: Connection, viewer: Identity, domain: str) -> int:
    """See `mailcap.domain.ports.MailStore.count_domain`."""
    _require_own(viewer, domain, known_domain(connection, domain))
    ((count,),) = _COUNT.execute(connection, domain=domain, viewer=viewer.account)
    return int(count)


def clear_domain(connection: Connection, now: int, viewer: Identity, domain: str) -> int:
    """Delete some of a domain's messages, and return how many: none when all is done."""
    lock_ownership(connection, exclusive=False)
    found = known_domain(connection, domain)
    if found is None or found.account != viewer.account_name:
        raise NotOwned(f"Cannot delete messages of a domain that is not this account's: {domain}")
    rows = _SOME.execute(connection, domain=domain, viewer=viewer.account)
    return remove(connection, [number for (number,) in rows], now) if rows else 0


def _require_own(viewer: Identity, name: str, domain: OwnedDomain | None) -> None:
    if domain is None:
        raise NotFound(f"There is no domain {name} of this account.")
    if domain.account != viewer.account_name:
        raise NotPermitted(f"{name} is owned by another account.")
