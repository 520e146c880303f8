"""What is in the maildrop, what comes of it, and what is deleted."""

from dataclasses import replace

import pytest

from mailcap.domain.errors import StoreUnavailable
from mailcap.domain.mailboxes import FlagChange, How, Mark
from mailcap.pop3 import ahead, maildrop
from pop3.house import INBOX, KEY, PUBLIC, House, retrieved, said
from support.scripts import play
from support.stores import run

FAKE = b"\n.\n+OK fake\r\n.\r\n.dot\n\0\xff\r"


def mailbox(house: House) -> int:
    return house.bench.mailbox(house.people["tim"], INBOX)


def marks(house: House) -> list[Mark]:
    return [mark for mark, _ in house.bench.shown(house.people["tim"], INBOX).values()]


def lose(house: House, *uids: int) -> None:
    """Delete messages as another session does."""
    run(house.store.mailboxes.remove(house.people["tim"].account, mailbox(house), uids))


def test_stat_list_and_uidl(house: House) -> None:
    house.deliver(b"a\n", b"b", b"")
    play(
        house.client(),
        """
        C: STAT
        S: +OK 3 135
        C: LIST
        S: +OK 3 messages (135 octets)
        S: 1 46
        S: 2 46
        S: 3 43
        S: .
        C: LIST 2
        S: +OK 2 46
        C: LIST 4
        S: -ERR There is no such message
        C: LIST 0
        S: -ERR There is no such message
        """,
    )


@pytest.mark.parametrize("login", [INBOX, "tim"])
def test_unique_ids_are_for_ever(house: House, login: str) -> None:
    assert said(house.client(login), "UIDL") == b"+OK 0 messages (0 octets)\r\n.\r\n"
    for each in list(house.registry.guests()):
        each.abort()
    house.reactor.turn()
    house.deliver(b"a", b"b", b"c")
    client = house.client(login)
    _, *lines, _, _ = said(client, "UIDL").decode().split("\r\n")
    ids = [line.split()[1] for line in lines]
    assert len(set(ids)) == 3
    assert said(client, "UIDL 2").decode() == f"+OK 2 {ids[1]}\r\n"
    said(client, "DELE 1")
    said(client, "QUIT")
    house.deliver(b"d")
    client = house.client(login)
    _, *lines, _, _ = said(client, "UIDL").decode().split("\r\n")
    again = [line.split()[1] for line in lines]
    assert again[:2] == ids[1:]
    assert len({*ids, *again}) == 4


def test_messages_come_back_octet_for_octet(house: House) -> None:
    rests = [b"one\r\n", b"..\r\n.\r\n", b"\0\x80\xff\r\n", b"x" * 5000 + b"\r\n"]
    whole = house.deliver(*rests)
    client = house.client()
    assert [retrieved(client, number) for number in (1, 2, 3, 4, 1)] == [*whole, whole[0]]


@pytest.mark.parametrize("rest", [FAKE, b"x", b"\n", b"a\r\nb", b"\r", b".", b"\n" * 999])
def test_lines_end_in_crlf_and_are_counted_so(house: House, rest: bytes) -> None:
    (whole,) = house.deliver(rest)
    fixed = whole.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    assert retrieved(house.client(), 1) == fixed + (b"" if fixed.endswith(b"\n") else b"\r\n")


def test_messages_without_a_trace_or_a_header_block(house: House) -> None:
    house.append(FAKE, b"x", b"\r\n", b".")
    client = house.client()
    found = [retrieved(client, number) for number in (2, 3, 4)]
    assert found == [b"x\r\n", b"\r\n", b".\r\n"]
    assert retrieved(client, 1).startswith(b"\r\n.\r\n+OK fake\r\n")


@pytest.mark.parametrize("cut", [1, 3, 64])
def test_large_messages_come_in_pieces(
    house: House, cut: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ahead, "LARGE", 100)
    monkeypatch.setattr("mailcap.store.mailbox_operations._PIECE", cut)
    rest = FAKE * 20 + b"\r\nthe end"
    house.deliver(rest, b"small\r\n")
    client = house.client()
    whole = b"X-Trace: tim@example.com\r\nSubject: test\r\n\r\n" + rest + b"\r\n"
    assert retrieved(client, 1) == whole.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    assert said(client, "TOP 1 2").endswith(b"\r\n\r\n\r\n..\r\n.\r\n")
    assert retrieved(client, 2).endswith(b"small\r\n")


@pytest.mark.parametrize(
    ("lines", "end"),
    [(0, b""), (1, b"..one\r\n"), (2, b"..one\r\n\r\n"), (3, b"..one\r\n\r\nthree\r\n"), (9, None)],
)
def test_top(house: House, lines: int, end: bytes) -> None:
    house.deliver(b".one\n\nthree")
    head = b"+OK Top of message follows\r\nX-Trace: tim@example.com\r\nSubject: test\r\n\r\n"
    expected = head + (b"..one\r\n\r\nthree\r\n" if end is None else end) + b".\r\n"
    client = house.client()
    for _ in range(2):
        assert said(client, f"TOP 1 {lines}") == expected
    assert marks(house) == [Mark(0)]


def test_top_and_retr_by_turns(house: House) -> None:
    whole = house.deliver(*[b"%d\r\n" % number for number in range(9)])
    client = house.client()
    for number in range(1, 10):
        for lines in (0, 0, 1):
            assert said(client, f"TOP {number} {lines}").count(b"Subject") == 1
        assert retrieved(client, number) == whole[number - 1]


def test_what_was_retrieved_is_seen_in_the_end(house: House) -> None:
    house.deliver(b"a", b"b", b"c", b"d")
    client = house.client()
    for command in ("RETR 1", "RETR 2", "TOP 3 9", "DELE 2"):
        said(client, command)
    assert marks(house) == [Mark(0)] * 4
    said(client, "QUIT")
    assert marks(house) == [Mark.SEEN, Mark(0), Mark(0)]
    client = house.client()
    said(client, "RETR 3")
    client.close()
    assert marks(house) == [Mark.SEEN, Mark(0), Mark.SEEN]


def test_marks_are_written_now_and_then(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maildrop, "_MOST_SEEN", 2)
    house.deliver(b"a", b"b", b"c")
    client = house.client()
    for number in (1, 2, 3):
        retrieved(client, number)
    assert marks(house) == [Mark.SEEN, Mark.SEEN, Mark(0)]


def test_deleted_messages_vanish_and_come_back(house: House) -> None:
    house.deliver(b"a\r\n", b"b\r\n", b"c\r\n")
    client = house.client()
    play(
        client,
        """
        C: DELE 2
        S: +OK Done
        C: DELE 2
        S: -ERR There is no such message
        C: RETR 2
        S: -ERR There is no such message
        C: TOP 2 0
        S: -ERR There is no such message
        C: LIST 2
        S: -ERR There is no such message
        C: UIDL 2
        S: -ERR There is no such message
        C: STAT
        S: +OK 2 92
        C: LIST
        S: +OK 2 messages (92 octets)
        S: 1 46
        S: 3 46
        S: .
        C: UIDL
        S: +OK 2 messages (92 octets)
        S: 1 ....1
        S: 3 ....3
        S: .
        C: RSET
        S: +OK Done
        C: STAT
        S: +OK 3 138
        C: QUIT
        S: +OK Bye
        S: (closed)
        """,
    )
    assert house.uids() == [1, 2, 3]


def test_quit_deletes_for_ever_starred_or_not(house: House) -> None:
    house.deliver(b"a", b"b", b"c")
    tim = house.people["tim"].account
    star = FlagChange(How.ADD, Mark.FLAGGED)
    run(house.store.mailboxes.change_flags(tim, mailbox(house), [1, 2], star))
    told: list[object] = []
    house.hub.watch(mailbox(house), lambda: told.append(house.uids()), kind="imap")
    client = house.client()
    play(client, "C: DELE 1\nC: DELE 3\nC: QUIT\n" + "S: +OK Done\n" * 2 + "S: +OK Bye")
    assert told == [[2]]
    assert client.closed


@pytest.mark.parametrize("last", ["", "NOOP\r\n", "QUI", "QUIT"])
def test_a_lost_connection_deletes_nothing(house: House, last: str) -> None:
    house.deliver(b"a", b"b")
    client = house.client()
    said(client, "DELE 1")
    client.socket.send(last.encode())
    client.close()
    assert house.uids() == [1, 2]
    assert said(house.client(), "STAT").startswith(b"+OK 2 ")


def test_what_others_delete_keeps_its_number(house: House) -> None:
    whole = house.deliver(*[b"%d\r\n" % number for number in range(6)])
    client = house.client()
    for number in (1, 2, 3):
        assert retrieved(client, number) == whole[number - 1]  # and more was read ahead
    lose(house, 4, 6)
    gone = b"-ERR The message was deleted elsewhere\r\n"
    assert said(client, "RETR 4") == said(client, "TOP 4 0") == said(client, "TOP 6 1") == gone
    assert retrieved(client, 5) == whole[4]
    assert said(client, "STAT").startswith(b"+OK 6 ")
    play(client, "C: DELE 4\nC: DELE 5\nC: QUIT\nS: +OK Done\nS: +OK Done\nS: +OK Bye")
    assert house.uids() == [1, 2, 3]


def test_what_comes_meanwhile_is_for_the_next_session(house: House) -> None:
    house.deliver(b"a")
    client = house.client()
    house.deliver(b"b")
    assert said(client, "STAT").startswith(b"+OK 1 ")
    assert said(client, "RETR 2") == b"-ERR There is no such message\r\n"
    said(client, "QUIT")
    assert said(house.client(), "STAT").startswith(b"+OK 2 ")


def test_a_message_that_goes_while_it_is_sent_has_no_end(
    house: House, monkeypatch: pytest.MonkeyPatch, failures: list
) -> None:
    monkeypatch.setattr(ahead, "LARGE", 100)
    monkeypatch.setattr("mailcap.store.mailbox_operations._PIECE", 100)
    monkeypatch.setattr("mailcap.connection.output._MOST_KEPT", 1)
    house.deliver(b"".join(b"%d\r\n" % number**7 for number in range(20_000)))
    client = house.client()
    client.socket.setsockopt(1, 8, 1)  # SO_RCVBUF
    client.socket.send(b"RETR 1\r\n")
    for _ in range(5):
        for reader in list(house.reactor.readers):
            reader.doRead()
        house.reactor.advance(0)
    lose(house, 1)
    answer = b""
    while more := client.read():
        answer += more
    assert answer.startswith(b"+OK ")
    assert not answer.endswith(b"\r\n.\r\n")
    assert client.closed
    assert failures == []


def test_the_account_reads_all_that_is_its_own(house: House) -> None:
    house.deliver(b"a")
    house.deliver(b"b", to=PUBLIC)
    assert said(house.client("tim"), "STAT").startswith(b"+OK 1 ")
    assert said(house.client("ann"), "STAT").startswith(b"+OK 0 ")
    client = house.client("admin")
    play(client, "C: STAT\nS: +OK 1 ...\nC: DELE 1\nS: +OK Done\nC: QUIT\nS: +OK Bye\nS: (closed)")
    assert said(house.client(PUBLIC), "STAT").startswith(b"+OK 0 ")


class Broken:
    """A store that cannot be reached, for some of its methods."""

    def __init__(self, store: object, *names: str) -> None:
        self._store, self._names = store, names

    def __getattr__(self, name: str) -> object:
        if name in self._names:
            return self._fail
        return getattr(self._store, name)

    async def _fail(self, *_: object, **__: object) -> None:
        raise StoreUnavailable("The database is away.")


def break_store(house: House, *names: str) -> None:
    broken = Broken(house.store.mailboxes, *names)
    house.backend = replace(house.backend, store=broken)
    house.configure()


def test_a_store_that_is_away(house: House, failures: list) -> None:
    house.deliver(b"a", b"b")
    break_store(house, "rows", "remove", "change_flags")
    client = house.client()
    away = b"-ERR [SYS/TEMP] The database is away.\r\n"
    assert said(client, "RETR 1") == said(client, "TOP 1 0") == away
    play(client, "C: DELE 1\nS: +OK Done\nC: QUIT\nS: -ERR [SYS/TEMP] Nothing ...\nS: (closed)")
    assert house.uids() == [1, 2]
    break_store(house, "change_flags")
    client = house.client()
    retrieved(client, 1)
    play(client, "C: DELE 2\nS: +OK Done\nC: QUIT\nS: +OK Bye\nS: (closed)")
    assert house.uids() == [1]
    break_store(house, "maildrop")
    client = house.stranger()
    said(client, f"USER {INBOX}")
    assert said(client, "PASS tanstaaftanstaaf") == away
    assert not house.store.locks._held
    assert failures == []


def test_what_is_read_ahead_is_bounded_over_all_sessions(house: House) -> None:
    house.ahead.limit = 5_000
    whole = house.deliver(*[b"x" * 900 + b"%d\r\n" % number for number in range(20)])
    house.deliver(*[b"x" * 900 + b"\r\n" for _ in range(20)], to=PUBLIC)
    clients = house.client(), house.client(PUBLIC), house.client("tim")
    for number in range(1, 21):
        for client in clients:
            retrieved(client, number)
            assert house.ahead.used <= house.ahead.limit
    assert retrieved(clients[0], 7) == whole[6]
    for client in clients:
        client.close()
    assert house.ahead.used == 0


def test_nobody_is_left_behind(house: House) -> None:
    house.deliver(b"a")
    for end in ("QUIT", "RETR 1"):
        client = house.client()
        assert house.hub.watched()
        said(client, end)
        client.close()
        assert not house.hub.watched()
        assert not house.store.locks._held
    assert KEY not in house.store.locks._held
