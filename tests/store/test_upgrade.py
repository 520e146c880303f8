"""What an upgrade does to what is there."""

from collections.abc import Sequence

from sqlalchemy import Connection, text

from mailcap.store import Store
from mailcap.store.creation import SCHEMA_REVISION
from mailcap.store.database import transact
from mailcap.store.migrate import upgrade
from support.stores import Bench, run

BEFORE_SURVEYS = (
    "DROP INDEX ix_entries_mailbox_message",
    "DROP INDEX ix_messages_saved_by_number",
    "CREATE INDEX ix_messages_saved_by ON messages (saved_by) WHERE saved_by IS NOT NULL",
    "UPDATE alembic_version SET version_num = '0004'",
)
BEFORE_ALIASES = (
    *BEFORE_SURVEYS,
    "CREATE TABLE older AS SELECT id, epoch, last_body, last_message, created FROM store",
    "DROP TABLE store",
    "DROP TABLE aliases",
    "ALTER TABLE older RENAME TO store",
    "UPDATE alembic_version SET version_num = '0003'",
)
BEFORE_LINE_ENDS = (
    *BEFORE_ALIASES,
    "UPDATE messages SET crlf_added = crlf_added - 2 WHERE number IN (2, 4)",
    "ALTER TABLE messages RENAME COLUMN crlf_added TO bare_lfs",
    "UPDATE alembic_version SET version_num = '0002'",
)


def go_back(bench: Bench, statements: Sequence[str]) -> None:
    """Make the database of *bench* one of an older version."""

    def back(connection: Connection) -> None:
        for statement in statements:
            connection.execute(text(statement))

    transact(bench.store._database.writer, back)
    bench.close()


def test_each_store_gets_a_secret_of_its_own(store_url: str) -> None:
    bench = Bench(store_url)
    ids = bench.deliver("bob@example.com")
    ((secret, *before),) = bench.sql("SELECT alias_secret, id, epoch, last_message FROM store")
    go_back(bench, BEFORE_ALIASES)
    assert upgrade(store_url) == SCHEMA_REVISION
    store = Store(store_url)
    assert store.open() is False
    alias = run(store.accounts.aliases(["bob@example.com"]))["bob@example.com"]
    bench.store = store
    ids += bench.deliver(alias)
    assert bench.ids(bench.admin, "bob@example.com") == ids[::-1]
    ((made, *after),) = bench.sql("SELECT alias_secret, id, epoch, last_message FROM store")
    assert (len(bytes(made)), bytes(made) != bytes(secret)) == (32, True)
    assert after[:2] == before[:2]
    bench.close()


def test_an_upgrade_counts_the_ends_of_last_lines(store_url: str) -> None:
    bench = Bench(store_url)
    for rest in (b"a\n", b"a", b"", b"x" * 9999):
        bench.deliver("bob@example.com", header=b"S: x\n\n", rest=rest)
    counted = "SELECT crlf_added FROM messages ORDER BY number"
    expected = [(3,), (4,), (2,), (4,)]
    assert bench.sql(counted) == expected
    go_back(bench, BEFORE_LINE_ENDS)
    assert upgrade(store_url) == SCHEMA_REVISION
    bench.store.open()
    assert bench.sql(counted) == expected
    bench.close()
