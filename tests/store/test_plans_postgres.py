"""PostgreSQL, with statistics of its tables, reads those with mail by their indexes, too."""

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from mailcap.domain.mailboxes import unified_owner
from mailcap.store.dialect import run_text
from store.test_plans import STATEMENTS
from support.postgres import PostgresServer
from support.stores import Bench, incoming, run

LARGE = {"messages", "entries", "bodies", "views"}
INBOXES, EACH = 200, 30


@pytest.fixture(scope="module")
def bench(postgres_server: PostgresServer) -> Iterator[Bench]:
    """A store with the mail of many inboxes."""
    url = postgres_server.create_database()
    bench = Bench(url)
    for _ in range(EACH):
        batch = [incoming(f"u{number}@example.com") for number in range(INBOXES)]
        run(bench.store.intake.store_batch(batch))
    numbers = [number for (number,) in bench.sql("SELECT number FROM bodies")]
    run(bench.store.mail.save_summaries(dict.fromkeys(numbers, b'{"version":1,"subject":"x"}')))
    with bench.store._database.writer.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))
    yield bench
    bench.close()
    postgres_server.drop_database(url)


def values(bench: Bench) -> dict[str, Any]:
    """Return what is asked for day by day, by the names of parameters."""
    ((message, number),) = bench.sql("SELECT id, number FROM messages ORDER BY number LIMIT 1")
    owner = unified_owner(bench.admin.account)
    return {
        "inbox": "u7@example.com",
        "domain": "example.com",
        "viewer": bench.admin.account,
        "id": message,
        "ids": [message],
        "received": int(time.time() * 1000) + 1000,
        "most": 20,
        "skip": 0,
        "first": number,
        "below": 2**62,
        "owner": owner,
        "number": 2**62,
        "some": [number],
    }


# The others touch a mailbox, an account or a domain, of which a test has too few.
NAMED = {
    "a list",
    "the messages of a list",
    "a place in a list",
    "a count",
    "a message",
    "a message with its bytes",
    "a unified inbox",
    "what is unread",
    "what is starred",
    "a walk through a unified inbox",
    "a walk through all mail",
    "the last message",
    "the next message",
}


@pytest.mark.parametrize("name", sorted(NAMED))
def test_no_mail_is_read_from_end_to_end(bench: Bench, name: str) -> None:
    with bench.store._database.writer.connect() as connection:
        compiled, processors = STATEMENTS[name]._for(connection.dialect)
        given = {key: one for key, one in values(bench).items() if key in compiled.binds}
        parameters = compiled.construct_params(given)
        for key, process in processors.items():
            parameters[key] = process(parameters[key])
        cursor = run_text(connection, f"EXPLAIN {compiled.string}", parameters)
        plan = "\n".join(row[0] for row in cursor.fetchall())
        cursor.close()
    assert not LARGE & set(re.findall(r"Seq Scan on (\w+)", plan)), plan
