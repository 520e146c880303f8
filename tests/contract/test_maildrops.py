"""Maildrops: what is in them, how large it goes out, and that it goes all at once."""

import re

import pytest

from mailcap.domain.mailboxes import Appended, FlagChange, How, MailboxKey, Mark, unified_owner
from mailcap.store import Store
from support.stores import Bench, run

BOB = MailboxKey("bob@example.com", "INBOX")
BODIES = [b"a\r\n", b"a\n", b"a", b"", b"\n\n", b"\r", b"a\r\nb\nc", b"\n.\n" * 50_000]


def maildrop(bench: Bench, key: MailboxKey = BOB):
    return run(bench.store.mailboxes.maildrop(bench.admin.account, key))


def going_out(octets: bytes) -> int:
    """Return how many octets a message has with every line ended by CRLF."""
    whole = re.sub(rb"(?<!\r)\n", b"\r\n", octets)
    return len(whole) + (2 if whole and not whole.endswith(b"\n") else 0)


def test_there_is_nothing(bench: Bench) -> None:
    found = maildrop(bench)
    assert (found.mailbox, list(found.uids), list(found.octets)) == (None, [], [])


@pytest.mark.parametrize("header", [b"Subject: x\r\n\r\n", b"Subject: x\n\n"])
def test_sizes_are_those_of_what_goes_out(bench: Bench, header: bytes) -> None:
    for body in BODIES:
        bench.deliver(BOB.owner, header=header, rest=body)
    found = maildrop(bench)
    trace = f"X-Trace: {BOB.owner}\r\n".encode()
    assert list(found.octets) == [going_out(trace + header + body) for body in BODIES]
    assert list(found.uids) == list(range(1, len(BODIES) + 1))
    ((validity,),) = bench.sql(
        "SELECT uid_validity FROM mailboxes WHERE id = :id", id=found.mailbox
    )
    assert found.uid_validity == validity
    unified = maildrop(bench, MailboxKey(unified_owner(bench.admin.account), "INBOX"))
    assert unified.octets == found.octets


def test_sizes_of_what_is_appended_copied_and_moved(bench: Bench) -> None:
    whole = [b"x", b"x\n", b"Subject: x\n\nx", *filter(None, BODIES)]
    given = [Appended(header=one, rest=b"") for one in whole]
    run(bench.store.mailboxes.append(bench.admin.account, BOB, given))
    given = [Appended(header=b"", rest=one) for one in whole]
    run(bench.store.mailboxes.append(bench.admin.account, BOB, given))
    expected = [going_out(one) for one in whole] * 2
    found = maildrop(bench)
    assert list(found.octets) == expected
    carol = MailboxKey("carol@example.com", "INBOX")
    for work in (bench.store.mailboxes.copy, bench.store.mailboxes.move):
        run(work(bench.admin.account, found.mailbox, list(found.uids), carol))
    assert list(maildrop(bench, carol).octets) == expected * 2


def test_what_others_have_starred_is_not_there(bench: Bench) -> None:
    ann = bench.account("ann")
    bench.deliver(BOB.owner)
    bench.deliver(BOB.owner)
    mailbox = bench.mailbox(ann, BOB.owner)
    star = FlagChange(How.ADD, Mark.FLAGGED)
    run(bench.store.mailboxes.change_flags(ann.account, mailbox, [1], star))
    assert list(maildrop(bench).uids) == [2]
    assert run(bench.store.mailboxes.remove(bench.admin.account, mailbox, [1, 2])) == 1
    assert run(bench.store.mailboxes.remove(ann.account, mailbox, [1, 2])) == 1
    assert bench.sql("SELECT number FROM messages") == []


def test_all_go_at_once_and_others_are_told_once(bench: Bench) -> None:
    for _ in range(3):
        for _ in range(500):
            bench.deliver(BOB.owner)
    found = maildrop(bench)
    told = []
    bench.tell = told.append
    doomed = [*found.uids[:1200], 99_999]
    assert run(bench.store.mailboxes.remove(bench.admin.account, found.mailbox, doomed)) == 1200
    assert len(told) == 1
    assert set(told[0]) >= {
        found.mailbox,
        bench.mailbox(bench.admin, unified_owner(bench.admin.account)),
    }
    assert list(maildrop(bench).uids) == list(found.uids[1200:])
    assert run(bench.store.mailboxes.remove(bench.admin.account, found.mailbox, doomed)) == 0
    assert len(told) == 1


def test_one_session_of_an_account_at_a_time(bench: Bench) -> None:
    carol = MailboxKey("carol@example.com", "INBOX")
    locks = bench.store.locks
    assert run(locks.take(1, BOB))
    assert not run(locks.take(1, BOB))
    assert run(locks.take(2, BOB))
    assert run(locks.take(1, carol))
    run(locks.give_back(1, BOB))
    assert run(locks.take(1, BOB))
    run(locks.give_back(1, carol))
    run(locks.give_back(1, carol))


class Nodes:
    """Two processes over one PostgreSQL."""

    def __init__(self, url: str) -> None:
        self.first, self.second = Store(url), Store(url)
        self.first.open()
        self.second.open()

    def take(self, node: Store, account: int = 1) -> bool:
        return run(node.locks.take(account, BOB))


@pytest.fixture
def nodes(postgres_url: str):
    nodes = Nodes(postgres_url)
    yield nodes
    nodes.first.close()
    nodes.second.close()


def test_other_nodes_know_of_a_lock(nodes: Nodes) -> None:
    assert nodes.take(nodes.first)
    assert not nodes.take(nodes.second)
    assert nodes.take(nodes.second, 2)
    assert not nodes.take(nodes.first, 2)
    run(nodes.first.locks.give_back(1, BOB))
    assert nodes.take(nodes.second)


def test_a_lock_ends_with_its_node(nodes: Nodes) -> None:
    assert nodes.take(nodes.first)
    nodes.first.locks.stop()
    assert nodes.take(nodes.second)


def test_many_locks_need_one_connection(nodes: Nodes) -> None:
    for account in range(100):
        assert nodes.take(nodes.first, account)
    assert not any(nodes.take(nodes.second, account) for account in range(100))
    connection = nodes.first._database.writer.raw_connection()
    query = "SELECT count(DISTINCT pid), count(*) FROM pg_locks WHERE locktype = 'advisory'"
    assert connection.cursor().execute(query).fetchone() == (1, 100)
    connection.close()


def test_locks_survive_a_connection_that_is_lost(nodes: Nodes) -> None:
    assert nodes.take(nodes.first)
    nodes.first.locks._advisory._driver.close()
    assert nodes.take(nodes.first, 2)  # by a new connection, which has both
    assert not nodes.take(nodes.second)
    run(nodes.first.locks.give_back(1, BOB))
    assert nodes.take(nodes.second)


def test_a_database_that_is_away_locks_nothing(nodes: Nodes, monkeypatch) -> None:
    from mailcap.domain.errors import StoreUnavailable

    def refuse(_engine):
        raise nodes.first._database.writer.dialect.loaded_dbapi.OperationalError("away")

    with monkeypatch.context() as patch:
        patch.setattr("mailcap.store.database.connect_alone", refuse)
        with pytest.raises(StoreUnavailable):
            nodes.take(nodes.first)
        run(nodes.first.locks.give_back(1, BOB))
    assert nodes.take(nodes.first)
