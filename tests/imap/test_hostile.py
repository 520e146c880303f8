"""What a client, or whoever sends it mail, may do to others: nothing."""

import time

import pytest

from connection.wires import Client
from imap.house import INBOX, House
from mailcap.imap.message.sections import Text, choose
from mailcap.imap.message.subjects import base_subject
from support.scripts import play
from support.stores import run

MANY = 2**18


def said(client: Client, command: str) -> bytes:
    """Return the answer to *command*."""
    return client.send(f"a {command}\r\n".encode())


@pytest.mark.parametrize(
    "work",
    [
        lambda: choose(b"x" * MANY, Text.FIELDS, ["subject"]),
        lambda: choose(b"x:" * MANY, Text.FIELDS_NOT, ["subject"]),
        lambda: choose(b" x\n" * MANY, Text.FIELDS, ["subject"]),
        lambda: base_subject("[]" * MANY + "x"),
        lambda: base_subject("re:" * MANY),
        lambda: base_subject("[fwd:" * MANY),
    ],
)
def test_odd_mail_takes_no_longer_than_any_other(work) -> None:
    began = time.perf_counter()
    work()
    assert time.perf_counter() - began < 1


@pytest.mark.parametrize(
    "value", ["Mon, 1 Jan 99999999999999 00:00:00 +0000", "1 Jan 0000 00:00:00", "x" * 1000]
)
def test_odd_dates(house: House, value: str) -> None:
    house.bench.deliver(INBOX, header=f"Date: {value}\r\n\r\n".encode())
    client = house.selected()
    assert said(client, "SEARCH SENTSINCE 1-Jan-2020").endswith(b"a OK SEARCH completed\r\n")
    assert said(client, "SORT (DATE) UTF-8 ALL").endswith(b"a OK SORT completed\r\n")


@pytest.mark.parametrize("when", ["31-Dec-9999 23:59:59 -9959", "01-Jan-0001 00:00:00 +9959"])
def test_dates_beyond_time(house: House, when: str) -> None:
    client = house.selected()
    assert b"APPENDUID" in said(client, f'APPEND INBOX "{when}" {{1+}}\r\nx')
    for command in ("SEARCH SINCE 1-Jan-2020", "FETCH 1 INTERNALDATE", "SEARCH YOUNGER 5"):
        assert b"a OK" in said(client, command)


@pytest.mark.parametrize(
    "command",
    [
        "SELECT INBOX (QRESYNC (1 99999999999999999999))",
        "UID FETCH 1:* (FLAGS) (CHANGEDSINCE 99999999999999999999 VANISHED)",
        "STORE 1 (UNCHANGEDSINCE 9223372036854775808) FLAGS ()",
        "SEARCH MODSEQ 9223372036854775808",
    ],
)
def test_modification_sequences_have_63_bits(house: House, command: str) -> None:
    answer = said(house.selected(enable="QRESYNC"), command)
    assert answer == b"a BAD there is no such modification sequence\r\n"


def test_large_header_blocks_come_one_by_one(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mailcap.store.fetching._MOST_OCTETS", 5_000)
    for number in range(10):
        header = f"Subject: {number}\r\nX: {'x' * 2_000}\r\n\r\n".encode()
        house.bench.deliver(INBOX, header=header)
    client = house.selected()
    assert said(client, "FETCH 1:* ENVELOPE").count(b"ENVELOPE (") == 10
    assert said(client, "SEARCH SUBJECT 7") == b"* SEARCH 8\r\na OK SEARCH completed\r\n"
    assert said(client, "SORT (REVERSE SUBJECT) UTF-8 1:3").startswith(b"* SORT 3 2 1\r\n")


def test_who_hangs_up_leaves_nothing(house: House) -> None:
    for _ in range(3):
        client = house.client()
        client.socket.send(b"a SELECT INBOX\r\n")
        client.close()
    client = house.selected()
    assert len(house.server.hub.watched()) == 1
    client.close()
    assert not house.server.hub.watched()


def test_a_mailbox_that_has_gone_ends_the_session_whatever_comes(house: House) -> None:
    house.client().send(b"a CREATE Work\r\n")
    house.client().send(b"a APPEND Work {1+}\r\nx\r\n")
    watcher = house.selected("Work")
    house.client().send(b"a DELETE Work\r\n")
    assert said(watcher, "FETCH 1 FLAGS") == b"* BYE The mailbox is no longer there\r\n"


@pytest.mark.parametrize("verb", ["COPY", "MOVE"])
def test_copy_and_move_are_all_or_nothing(house: House, verb: str) -> None:
    house.deliver("one", "two", "three")
    client, other = house.selected("INBOX", "INBOX"), house.selected()
    other.send(b"a STORE 1 +FLAGS (\\Deleted)\r\n")
    other.send(b"a EXPUNGE\r\n")
    play(client, "C: a FETCH 3 UID\nS: * 3 FETCH (UID 3)\nS: a OK FETCH completed")
    assert b"a NO [EXPUNGEISSUED]" in said(client, f"{verb} 1:3 Archive")
    assert b"(MESSAGES 0)" in said(client, "STATUS Archive (MESSAGES)")
    assert b"COPYUID" in said(client, f"{verb} 1:2 Archive")


def test_so_many_sections_are_too_many(house: House) -> None:
    house.bench.deliver(INBOX, rest=b"x" * 200_000)
    client = house.selected()
    sections = " ".join(f"BODY.PEEK[1]<{number}.5>" for number in range(101))
    assert b"a NO [LIMIT]" in said(client, f"FETCH 1 ({sections})")


def test_so_many_patterns_and_wildcards_are_too_many(house: House) -> None:
    client = house.client()
    patterns = " ".join(f"x{number}" for number in range(51))
    assert said(client, f'LIST "" ({patterns})').startswith(b"a BAD")
    assert said(client, f'LIST "" "{"*x" * 9}"').startswith(b"a BAD")


def test_so_many_texts_are_too_many(house: House) -> None:
    keys = " ".join(f"BODY x{number}" for number in range(21))
    assert said(house.selected(), f"SEARCH {keys}").startswith(b"a NO [LIMIT]")


def test_refusals_are_no_mistakes(house: House) -> None:
    client = house.client()
    for number in range(150):
        assert said(client, f"STATUS nowhere{number} (MESSAGES)").startswith(b"a NO [NONEXISTENT]")
    play(client, "C: a NOOP\nS: a OK NOOP completed")


def test_a_message_without_octets_is_none(house: House) -> None:
    play(house.client(), "C: a APPEND INBOX {0+}\nC:\nS: a NO ...")


def test_new_keywords_are_told_before_they_are_seen(house: House) -> None:
    house.deliver("one")
    client = house.selected("INBOX", "INBOX")
    house.selected().send(b"a STORE 1 FLAGS (New)\r\n")
    lines = said(client, "FETCH 1 FLAGS").split(b"\r\n")
    assert lines[0].startswith(b"* FLAGS (")
    assert lines[2] == b"* 1 FETCH (FLAGS (New))"


def test_sort_by_modseq(house: House) -> None:
    house.deliver("one")
    answer = said(house.selected(), "SORT (DATE) UTF-8 MODSEQ 1")
    assert answer.startswith(b"* OK [HIGHESTMODSEQ 2] Highest\r\n* SORT 1 (MODSEQ 2)\r\n")


def test_rev2_in_the_middle_forgets_what_is_recent(house: House) -> None:
    house.deliver("one")
    client = house.selected()
    client.send(b"a ENABLE IMAP4rev2\r\n")
    house.deliver("two")
    assert said(client, "FETCH 1:2 FLAGS").count(b"Recent") == 0


def test_a_client_that_does_not_log_in_goes_whatever_it_says(house: House) -> None:
    client = house.server.client()
    client.read()
    for _ in range(3):
        assert said(client, "NOOP") == b"a OK NOOP completed\r\n"
        house.bench.clock.seconds += 25
    assert said(client, "NOOP") == b"* BYE Log in sooner\r\n"
    assert client.closed


def test_who_logs_out_may_think_again(house: House) -> None:
    client = house.client()
    house.bench.clock.seconds += 1000
    play(client, "C: a UNAUTHENTICATE\nS: a OK ...\nC: a NOOP\nS: a OK ...")


def test_an_inbox_that_becomes_private_is_no_longer_open(house: House) -> None:
    house.deliver("one", to="public@example.com")
    for client in (house.selected("public@example.com"), house.client(inbox="public@example.com")):
        access = client.protocol.access
        assert access is not None
        assert run(house.bench.store.accounts.revoked([access])) != []
    named = house.selected("public@example.com").protocol.access
    assert named.inbox == "public@example.com"
