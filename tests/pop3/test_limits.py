"""Silence, shutdown, rights that are gone; any sessions; and maildrops that are large."""

import time
import tracemalloc
from array import array
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connection.wires import Client
from mailcap.connection.guard import Guard
from mailcap.domain.mailboxes import Maildrop
from mailcap.pop3.numbers import Numbers
from pop3.house import INBOX, PASSWORD, House, said
from support.scripts import play
from support.stores import run


def test_silence_ends_a_session(house: House) -> None:
    house.deliver(b"a")
    client = house.client()
    said(client, "DELE 1")
    house.reactor.advance(599)
    assert said(client, "NOOP") == b"+OK Done\r\n"
    house.reactor.advance(600)
    assert client.read() == b"-ERR Idle for too long\r\n"
    assert client.closed
    assert house.uids() == [1]
    house.client()  # it is free again


def test_who_does_not_log_in_has_a_minute(house: House) -> None:
    silent, busy = house.stranger(), house.stranger()
    house.reactor.advance(59)
    assert said(busy, "USER tim") == b"+OK Send PASS\r\n"
    house.reactor.advance(2)
    assert silent.read() == b"-ERR Idle for too long\r\n"
    play(busy, f"C: PASS {PASSWORD}\nS: -ERR Log in sooner\nS: (closed)")


def test_a_polite_goodbye(house: House) -> None:
    house.deliver(b"a")
    clients = house.stranger(), house.client()
    said(clients[1], "DELE 1")
    house.registry.shut_down(5)
    for client in clients:
        assert client.read() == b"-ERR [SYS/TEMP] Server shutting down\r\n"
        assert client.closed
    assert house.uids() == [1]


def test_rights_that_are_gone_end_the_session(house: House) -> None:
    key = run(house.store.accounts.add_key("tim", "short", b"digest"))
    known = house.authenticator.known
    known[INBOX] = replace(known[INBOX], key=key.number, key_label="short")
    house.deliver(b"a")
    client = house.client()
    said(client, "DELE 1")
    guard = Guard(house.registry, house.store.accounts, clock=house.reactor)
    run(guard.look_around())
    assert said(client, "NOOP") == b"+OK Done\r\n"
    run(house.store.accounts.remove_key("tim", "short"))
    run(guard.look_around())
    assert client.read() == b"-ERR [AUTH] The right to be here is gone\r\n"
    assert client.closed
    assert house.uids() == [1]


NUMBERS = st.sampled_from((0, 1, 2, 3, 4, 99))
commands = st.one_of(
    st.builds("{} {}".format, st.sampled_from(("RETR", "DELE", "LIST", "UIDL")), NUMBERS),
    st.builds("TOP {} {}".format, NUMBERS, NUMBERS),
    st.sampled_from(("STAT", "LIST", "UIDL", "RSET", "NOOP", "CAPA", "LANG", "UTF8", "STLS")),
    st.sampled_from((f"USER {INBOX}", "USER tim", f"PASS {PASSWORD}", "AUTH LOGIN", "*", "QUIT")),
)
scripts = st.lists(commands.map(str.encode) | st.binary(max_size=12), max_size=12)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(scripts, min_size=1, max_size=3), st.integers(1, 60))
def test_any_sessions(house: House, sessions: list[list[bytes]], size: int) -> None:
    """Several sessions take turns; each gets one answer to each line, none of them internal."""
    house.deliver(b"x\n.\n", b"y")
    clients = [house.stranger() for _ in sessions]
    said(clients[0], f"USER {INBOX}")
    said(clients[0], f"PASS {PASSWORD}")
    for turn in range(max(map(len, sessions))):
        for client, script in zip(clients, sessions, strict=True):
            if turn < len(script) and not client.closed:
                octets = script[turn] + b"\r\n"
                answer = b"".join(
                    client.send(octets[at : at + size]) for at in range(0, len(octets), size)
                )
                assert answer.startswith((b"+OK", b"-ERR", b"+ "))
                assert b"SYS/PERM" not in answer
    for client in clients:
        client.close()
    assert not house.hub.watched()
    assert not house.store.locks._held


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(scripts, st.integers(1, 60))
def test_any_pieces(house: House, script: list[bytes], size: int) -> None:
    """What is answered does not depend on how the lines come."""
    octets = b"".join(line + b"\r\n" for line in script if line[:4].upper() != b"STLS")

    def answers(pieces: list[bytes]) -> bytes:
        client = house.client()
        try:
            return b"".join(map(client.send, pieces))
        finally:
            client.close()

    house.append(b"one\r\n", b"two\n.\n")
    pieces = [octets[at : at + size] for at in range(0, len(octets), size)]
    kept = house.uids()
    one = answers(pieces)
    if house.uids() == kept:  # nothing was deleted
        assert answers([octets]) == one


MANY = 100_000
QUICK = 2.0  # seconds of the processor: all is in this process, and others may be busy


def timed(client: Client, command: str) -> bytes:
    began = time.process_time()
    answer = said(client, command)
    while more := client.read():
        answer += more
    assert time.process_time() - began < QUICK, command
    return answer


@pytest.fixture
def crowded(house: House) -> House:
    """A house with `MANY` messages in tim's inbox; behind the store's back, which is quicker."""
    house.deliver(b"a\r\n")
    house.bench.sql(
        "WITH RECURSIVE n(x) AS (SELECT 2 UNION ALL SELECT x + 1 FROM n WHERE x < :many) "
        "INSERT INTO messages SELECT x, 'm' || x, body, mailbox, inbox, original_inbox, received, "
        "internal_date, size, crlf_added, seen, flags, saved_by, submitter, labels, recipient, "
        "trace FROM messages, n",
        many=MANY,
    )
    house.bench.sql(
        "INSERT INTO entries SELECT e.mailbox, m.number, m.number, e.modseq, e.saved, NULL, NULL "
        "FROM messages m, entries e WHERE e.message = 1 AND m.number > 1"
    )
    house.bench.sql("UPDATE mailboxes SET uid_next = :next", next=MANY + 1)
    house.bench.sql("UPDATE store SET last_message = :many", many=MANY)
    return house


def test_a_large_maildrop_is_quick(crowded: House) -> None:
    client = crowded.stranger()
    said(client, f"USER {INBOX}")
    assert timed(client, f"PASS {PASSWORD}") == b"+OK 100000 messages (4600000 octets)\r\n"
    assert timed(client, "STAT") == b"+OK 100000 4600000\r\n"
    listed = timed(client, "LIST").split(b"\r\n")
    assert (len(listed), listed[MANY], listed[-2]) == (MANY + 3, b"100000 46", b".")
    unique = timed(client, "UIDL").split(b"\r\n")
    assert len(set(unique[1:-2])) == MANY
    assert timed(client, "QUIT") == b"+OK Bye\r\n"
    client = crowded.client()
    doomed = [*range(1, 9_001), *range(9_001, 11_001, 2)]
    client.send(b"".join(b"DELE %d\r\n" % number for number in doomed))
    assert timed(client, "STAT") == b"+OK 90000 4140000\r\n"
    assert timed(client, "QUIT") == b"+OK Bye\r\n"
    assert len(crowded.uids()) == 90_000


def test_a_session_costs_few_octets_a_message() -> None:
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        maildrop = Maildrop(1, 1, array("I", range(1, MANY + 1)), array("Q", range(MANY)))
        numbers = Numbers(maildrop)
        tracemalloc.reset_peak()
        for lines in (numbers.sizes(), numbers.unique_ids()):
            assert sum(piece.count(b"\r\n") for piece in lines) == MANY
        held, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held - before < 14 * MANY
    assert peak - held < 2**20
