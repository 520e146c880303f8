"""What is done again and again finds its rows by an index, however many there are."""

from pathlib import Path

import pytest
from sqlalchemy import select

from mailcap.store import (
    accesses,
    aliases,
    arrivals,
    changing,
    domain_mail,
    mail,
    mailboxes,
    ownership,
    surveys,
)
from mailcap.store.dialect import Prepared, among, run_text
from mailcap.store.schema import addresses, bodies, entries, messages
from support.stores import Bench

STATEMENTS = {
    "which keys there are": accesses._KEYS,
    "which accounts have a password": accesses._PASSWORDS,
    "which addresses have a password": accesses._ADDRESSES,
    "whose inbox it is": ownership._LOOK_UP,
    "the mailboxes of a batch": mailboxes._LOCK_NAMED,
    "mailboxes by id": mailboxes._LOCK,
    "a list": mail._LIST,
    "the messages of a list": mail._READ,
    "a place in a list": mail._PLACE,
    "a count": mail._COUNT,
    "the list of a domain": domain_mail._LIST,
    "the count of a domain": domain_mail._COUNT,
    "a place in the list of a domain": domain_mail._PLACE,
    "what an alias means": aliases._MEANT,
    "which aliases are noted": aliases._NOTED,
    "a message": mail._FIND,
    "a message with its bytes": mail._CONTENT,
    "which mailboxes there are": arrivals._FIND,
    "how far mailboxes are": arrivals._HEADS,
    "what has come in": arrivals._NEW,
    "whose addresses these are": arrivals._ADDRESSES,
    "whose domains these are": arrivals._DOMAINS,
    "where a message lies": changing._ENTRY,
    "a unified inbox": surveys._LIST,
    "what is unread": surveys._UNREAD,
    "what is starred": surveys._STARRED,
    "a walk through a unified inbox": surveys._WALK_UNIFIED,
    "a walk through all mail": surveys._WALK_ALL,
    "the last message": surveys._LAST,
    "the next message": surveys._NEXT,
} | {
    f"{column} among some": Prepared(select(column.table).where(among(column, "some")))
    for column in (addresses.c.address, entries.c.message, messages.c.number, bodies.c.number)
}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(f"sqlite:///{tmp_path}/mailcap.db")


@pytest.mark.parametrize("name", STATEMENTS)
def test_no_table_is_read_from_end_to_end(bench: Bench, name: str) -> None:
    with bench.store._database.writer.connect() as connection:
        compiled, _ = STATEMENTS[name]._for(connection.dialect)
        values = [1] * len(compiled.positiontup)
        cursor = run_text(connection, f"EXPLAIN QUERY PLAN {compiled.string}", values)
        steps = [step for *_, step in cursor.fetchall()]
        cursor.close()
    bench.close()
    assert any(step.startswith("SEARCH") for step in steps)
    scanned = {step.split()[1] for step in steps if step.startswith("SCAN")}
    ours = {table.name for table in messages.metadata.sorted_tables}
    assert scanned & ours <= {"accounts"}  # those that see all public mail: a handful
