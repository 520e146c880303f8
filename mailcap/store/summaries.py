"""What was computed from a body once, kept with it."""

from __future__ import annotations

from sqlalchemy import Connection, select

from mailcap.store.dialect import among, insert_or_update
from mailcap.store.schema import bodies, views


def save(connection: Connection, summaries: dict[int, bytes]) -> None:
    """Keep summaries with their bodies, as far as these still exist."""
    mine = select(bodies.c.number).where(among(bodies.c.number, sorted(summaries)))
    alive = connection.scalars(mine.with_for_update()).all()
    if alive:
        connection.execute(
            insert_or_update(connection, views, "summary"),
            [{"body": number, "summary": summaries[number]} for number in alive],
        )
