"""Aliases of inboxes: made of a secret, and kept so that mail to them finds its way.

An alias is always the same for an inbox, so that a row that was dropped comes back when
somebody asks for the alias again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import Connection, bindparam, delete, select, update

from mailcap.domain.addresses import alias_of, may_be_alias
from mailcap.store.dialect import Prepared, among, insert_or_update, lock_ownership
from mailcap.store.ownership import Directory
from mailcap.store.schema import aliases, store

# Whoever looks at an address again and again need not wait for a transaction each time.
_NOTED_EVERY = 86_400_000  # milliseconds

_SECRET = Prepared(select(store.c.alias_secret))
_NOTED = Prepared(
    select(aliases.c.alias).where(
        among(aliases.c.alias, "aliases"), aliases.c.shown > bindparam("shown")
    )
)
_MEANT = Prepared(select(aliases.c.alias, aliases.c.inbox).where(among(aliases.c.alias, "aliases")))


def make(
    connection: Connection, now: int, inboxes: Collection[str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the aliases of *inboxes*, and the inboxes of those that must be kept first."""
    ((secret,),) = _SECRET.execute(connection)
    made = {inbox: alias_of(inbox, bytes(secret)) for inbox in inboxes}
    rows = _NOTED.execute(connection, aliases=made.values(), shown=now - _NOTED_EVERY)
    noted = {alias for (alias,) in rows}
    return made, {alias: inbox for inbox, alias in made.items() if alias not in noted}


def keep(connection: Connection, now: int, inboxes: Mapping[str, str]) -> None:
    """Keep the aliases that are the keys of *inboxes*, and when they were shown."""
    rows = [{"alias": one, "inbox": inboxes[one], "shown": now} for one in sorted(inboxes)]
    connection.execute(insert_or_update(connection, aliases, "shown"), rows)


def meant(connection: Connection, inboxes: Iterable[str]) -> dict[str, str]:
    """Return what is meant by those of *inboxes* that are aliases.

    The database is asked only if some of them could be.
    """
    possible = [inbox for inbox in inboxes if may_be_alias(inbox)]
    if not possible:
        return {}
    found: dict[str, str] = dict(_MEANT.execute(connection, aliases=possible))
    return found


def meant_by(connection: Connection, account: int, inbox: str) -> str:
    """Return the inbox that *inbox* is the alias of, if *account* owns that; else itself.

    Whoever has got an alias of somebody else's does not learn from it whose it is.
    """
    found = meant(connection, [inbox]).get(inbox, inbox)
    return found if Directory(connection, [found]).owner(found) == account else inbox


def forget(connection: Connection, now: int, *, shown_before: int, most: int) -> int:
    """Drop aliases of public inboxes that nobody asked for since; return how many were old.

    Those of owned inboxes stay: they have been given to others.
    """
    lock_ownership(connection, exclusive=False)
    rows = connection.execute(
        select(aliases.c.alias, aliases.c.inbox)
        .where(aliases.c.shown < shown_before - _NOTED_EVERY)
        .order_by(aliases.c.shown)
        .limit(most)
    ).all()
    directory = Directory(connection, {row.inbox for row in rows})
    public = [row.alias for row in rows if directory.owner(row.inbox) is None]
    owned = [row.alias for row in rows if directory.owner(row.inbox) is not None]
    connection.execute(delete(aliases).where(among(aliases.c.alias, public)))
    connection.execute(update(aliases).where(among(aliases.c.alias, owned)).values(shown=now))
    return len(rows)
