"""NOTIFY (RFC 5465): what is told without being asked for."""

import pytest

from imap.house import INBOX, House
from mailcap.domain.errors import StoreUnavailable
from support.scripts import play

MESSAGES = "MessageNew MessageExpunge"


def test_what_is_selected_is_told_at_once(house: House) -> None:
    house.deliver("one")
    client, other = house.selected(), house.selected()
    play(
        client,
        f"""
        C: a NOTIFY SET (selected ({MESSAGES} FlagChange))
        S: a OK NOTIFY completed
        """,
    )
    house.deliver("two")
    play(client, "S: * 2 EXISTS\nS: * 2 RECENT")
    other.send(b"a STORE 1 +FLAGS.SILENT (\\Deleted)\r\n")
    play(client, r"S: * 1 FETCH (UID 1 FLAGS (\Deleted \Recent))")
    other.send(b"a EXPUNGE\r\n")
    play(client, "S: * 1 EXPUNGE\nS: * 1 RECENT")
    play(client, "C: a IDLE\nS: + idling")
    house.deliver("three")
    play(client, "S: * 2 EXISTS\nS: * 2 RECENT\nC: DONE\nS: a OK IDLE completed")
    house.deliver("four")
    play(client, "S: * 3 EXISTS\nS: * 3 RECENT")
    play(client, "C: a NOTIFY NONE\nS: a OK NOTIFY completed")
    house.deliver("five")
    play(client, "C: a NOOP\nS: * 4 EXISTS\nS: * 4 RECENT\nS: a OK NOOP completed")


def test_flags_and_expunges_that_may_wait(house: House) -> None:
    house.deliver("one", "two")
    client, other = house.selected(), house.selected()
    client.send(f"a NOTIFY SET (selected-delayed ({MESSAGES}))\r\n".encode())
    other.send(b"a STORE 2 +FLAGS.SILENT (\\Deleted)\r\na EXPUNGE\r\n")
    other.send(b"a STORE 1 +FLAGS.SILENT (\\Seen)\r\n")
    assert client.read() == b""
    house.deliver("three")
    play(client, "S: * 3 EXISTS\nS: * 3 RECENT")
    play(
        client,
        r"""
        C: a NOOP
        S: * 2 EXPUNGE
        S: * 2 RECENT
        S: * 1 FETCH (UID 1 FLAGS (\Seen \Recent))
        S: a OK NOOP completed
        """,
    )


def test_expunges_are_vanished_with_qresync(house: House) -> None:
    house.deliver("one", "two")
    client, other = house.selected(enable="QRESYNC IMAP4rev2"), house.selected()
    client.send(f"a NOTIFY SET (selected ({MESSAGES} FlagChange))\r\n".encode())
    other.send(b"a STORE 2 +FLAGS.SILENT (\\Deleted)\r\n")
    play(client, r"S: * 2 FETCH (UID 2 FLAGS (\Deleted) MODSEQ (4))")
    other.send(b"a EXPUNGE\r\n")
    play(client, "S: * VANISHED 2")


def test_what_is_fetched_of_new_messages(house: House) -> None:
    house.deliver("one")
    client = house.selected(enable="IMAP4rev2")
    events = "MessageNew (FLAGS BODY[HEADER.FIELDS (Subject)]) MessageExpunge"
    play(client, f"C: a NOTIFY SET (selected ({events}))\nS: a OK NOTIFY completed")
    house.deliver("two", "three")
    play(
        client,
        r"""
        S: * 2 EXISTS
        S: * 2 FETCH (UID 2 FLAGS () BODY[HEADER.FIELDS (Subject)] {16}
        S: Subject: two
        S:
        S: )
        S: * 3 EXISTS
        S: * 3 FETCH (UID 3 FLAGS () BODY[HEADER.FIELDS (Subject)] {18}
        S: Subject: three
        S:
        S: )
        C: a FETCH 1:* FLAGS
        S: * 1 FETCH (FLAGS ())
        S: * 2 FETCH (FLAGS ())
        S: * 3 FETCH (FLAGS ())
        S: a OK FETCH completed
        C: a STORE 1 +FLAGS.SILENT (\\Deleted)
        S: a OK STORE completed
        """,
    )
    client.send(b"a EXPUNGE\r\n")
    answer = client.send(b"a APPEND INBOX {17+}\r\nSubject: four\r\n\r\n\r\n")
    assert answer.startswith(b"* 3 EXISTS\r\n* 3 FETCH (UID 4 FLAGS () BODY[")


def test_what_cannot_be_fetched(house: House) -> None:
    client = house.selected()
    client.send(f"a NOTIFY SET (selected ({MESSAGES.replace(' ', ' (BINARY[1]) ')}))\r\n".encode())
    house.bench.deliver(INBOX, header=b"Content-Transfer-Encoding: x-odd\r\n\r\n")
    play(client, "S: * 1 EXISTS\nS: * 1 RECENT\nS: * NO [UNKNOWN-CTE] ...")


def test_what_is_modseq_enables_it(house: House) -> None:
    house.deliver("one")
    client = house.selected()
    play(
        client,
        """
        C: a NOTIFY SET (selected (MessageNew (MODSEQ) MessageExpunge))
        S: * OK [HIGHESTMODSEQ 2] Highest
        S: a OK NOTIFY completed
        """,
    )


def test_nothing_is_pushed_of_what_is_not_named(house: House) -> None:
    client = house.selected()
    for command in (
        f"NOTIFY SET (mailboxes INBOX ({MESSAGES}))",
        f"NOTIFY SET (selected NONE) (personal ({MESSAGES}))",
    ):
        assert client.send(f"a {command}\r\n".encode()) == b"a OK NOTIFY completed\r\n"
        house.bench.deliver(INBOX, header=b"\r\n")
        if "personal" in command:
            play(client, "S: * STATUS tim@example.com (MESSAGES 2 ...)")
        assert client.read() == b""
        assert b" EXISTS" in client.send(b"a NOOP\r\n")


def test_other_mailboxes_by_status(house: House) -> None:
    house.deliver("one")
    client, other = house.client(), house.selected("INBOX", enable="IMAP4rev2")
    play(
        client,
        f"""
        C: a NOTIFY SET STATUS (mailboxes (INBOX Nowhere x@/) ({MESSAGES} FlagChange))
        S: * STATUS INBOX (MESSAGES 1 UIDNEXT 2 UIDVALIDITY {house.epoch} UNSEEN 1)
        S: a OK NOTIFY completed
        """,
    )
    house.deliver("two")
    play(client, "S: * STATUS INBOX (MESSAGES 2 UIDNEXT 3 ... UNSEEN 2)")
    other.send(b"a STORE 1 +FLAGS.SILENT (\\Seen)\r\n")
    play(client, "S: * STATUS INBOX (MESSAGES 2 UIDNEXT 3 ... UNSEEN 1)")
    other.send(b"a STORE 1 +FLAGS.SILENT (\\Answered)\r\n")
    assert client.read() == b""
    play(client, "C: a ENABLE CONDSTORE\nS: * ENABLED CONDSTORE\nS: a OK ENABLE completed")
    other.send(b"a STORE 1 +FLAGS.SILENT (x)\r\n")
    play(client, "S: * STATUS INBOX (MESSAGES 2 ... UNSEEN 1 HIGHESTMODSEQ 6)")


def test_flags_are_told_to_those_who_want_them(house: House) -> None:
    house.deliver("one")
    client, other = house.client(), house.selected()
    client.send(f"a NOTIFY SET (inboxes ({MESSAGES}))\r\n".encode())
    other.send(b"a STORE 1 +FLAGS.SILENT (\\Seen)\r\n")
    assert client.read() == b""
    house.deliver("two")
    assert sorted(line.split(b" (MESSAGES 2 ")[0] for line in client.read().splitlines()) == [
        b"* STATUS INBOX",
        b"* STATUS tim@example.com",
    ]


def test_what_is_selected_is_not_told_twice(house: House) -> None:
    client = house.selected()
    client.send(f"a NOTIFY SET (selected ({MESSAGES})) (mailboxes INBOX ({MESSAGES}))\r\n".encode())
    house.deliver("one")
    play(client, "S: * 1 EXISTS\nS: * 1 RECENT\nC: a CLOSE\nS: a OK CLOSE completed")
    house.deliver("two")
    play(client, "S: * STATUS INBOX (MESSAGES 2 ...")


def test_the_first_group_counts(house: House) -> None:
    client = house.client()
    client.send(f"a NOTIFY SET (mailboxes INBOX NONE) (personal ({MESSAGES}))\r\n".encode())
    house.deliver("one")
    play(client, "S: * STATUS tim@example.com (MESSAGES 1 ...")


def test_subscribed_and_subtree(house: House) -> None:
    client, other = house.client(), house.client()
    for name in ("A", "A/B", "AB"):
        other.send(f"a CREATE {name}\r\n".encode())
    client.send(f"a NOTIFY SET (subtree A ({MESSAGES})) (subscribed ({MESSAGES}))\r\n".encode())
    for name, told in (("A", 1), ("A/B", 1), ("AB", 0), ("Trash", 1), ("INBOX", 1)):
        other.send(f"a APPEND {name} {{1+}}\r\nx\r\n".encode())
        assert client.read().count(b"* STATUS " + name.encode() + b" ") == told


def test_a_subtree_of_an_address(house: House) -> None:
    client = house.client()
    answer = client.send(
        f"a NOTIFY SET STATUS (subtree {INBOX} ({MESSAGES}))\r\n".encode(),
    )
    assert answer.count(b"* STATUS tim@example.com") == 6
    house.deliver("one")
    play(client, "S: * STATUS tim@example.com (MESSAGES 1 ...")


LISTINGS = [
    ("CREATE A", [r'(\HasNoChildren) "/" A']),
    ("CREATE A/B", [r'(\HasChildren) "/" A', r'(\HasNoChildren) "/" A/B']),
    ("SUBSCRIBE A", [r'(\HasChildren \Subscribed) "/" A']),
    ("UNSUBSCRIBE A", [r'(\HasChildren) "/" A']),
    (
        "RENAME A C",
        [r'(\HasChildren) "/" C ("OLDNAME" (A))', r'(\HasNoChildren) "/" C/B ("OLDNAME" (A/B))'],
    ),
    ("SUBSCRIBE C/B", [r'(\HasNoChildren \Subscribed) "/" C/B']),
    (
        "RENAME C/B D",
        [
            r'(\NonExistent \HasNoChildren \Subscribed) "/" C/B',
            r'(\HasNoChildren) "/" D ("OLDNAME" (C/B))',
        ],
    ),
    ("UNSUBSCRIBE C/B", [r'(\NonExistent \HasNoChildren) "/" C/B', r'(\HasNoChildren) "/" C']),
    ("DELETE C", [r'(\NonExistent \HasNoChildren) "/" C']),
    ("CREATE x@example.com", [r'(\HasChildren) "/" x@example.com']),
    ("DELETE x@example.com", [r'(\NonExistent \HasNoChildren) "/" x@example.com']),
]


def test_names_that_come_and_go(house: House) -> None:
    client, other = house.client(), house.client()
    events = "(MailboxName SubscriptionChange)"
    play(client, f"C: a NOTIFY SET STATUS (personal {events})\nS: a OK NOTIFY completed")
    for command, expected in LISTINGS:
        assert b"a OK" in other.send(f"a {command}\r\n".encode())
        lines = sorted(f"* LIST {line}" for line in expected)
        assert sorted(client.read().decode().splitlines()) == lines, command
    other.send(b"a APPEND D {1+}\r\nx\r\n")
    play(client, 'C: a CREATE E\nS: * LIST (...) "/" E\nS: a OK [...] CREATE completed')


def test_what_is_made_later_is_watched_too(house: House) -> None:
    client, other = house.client(), house.client()
    client.send(f"a NOTIFY SET (mailboxes (A B) ({MESSAGES}))\r\n".encode())
    other.send(b"a CREATE A\r\na RENAME A B\r\n")
    other.send(b"a APPEND B {1+}\r\nx\r\n")
    play(client, "S: * STATUS B (MESSAGES 1 ...")


def test_subscriptions_that_end(house: House) -> None:
    client, other = house.client(), house.client()
    other.send(b"a CREATE A\r\n")
    client.send(b"a NOTIFY SET (subscribed (MailboxName SubscriptionChange))\r\n")
    other.send(b"a SUBSCRIBE A\r\n")
    play(client, r'S: * LIST (\HasNoChildren \Subscribed) "/" A')
    other.send(b"a UNSUBSCRIBE A\r\n")
    play(client, r'S: * LIST (\HasNoChildren) "/" A')


def test_an_inbox_that_is_public_no_more(house: House) -> None:
    client = house.client()
    client.send(f"a NOTIFY SET (mailboxes public@example.com ({MESSAGES}))\r\n".encode())
    house.deliver("one", to="public@example.com")
    play(client, "S: * STATUS public@example.com (MESSAGES 1 ...")
    house.bench.store.accounts.reserve_address("public@example.com", "ann")
    house.deliver("two", to="public@example.com")
    assert client.read() == b""
    assert not house.server.hub.watched()


@pytest.mark.parametrize("event", ["AnnotationChange", "MailboxMetadataChange", "x-odd"])
def test_events_that_are_unknown(house: House, event: str) -> None:
    client = house.client()
    known = "MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange"
    play(
        client,
        f"""
        C: a NOTIFY SET (personal ({MESSAGES} {event}))
        S: a NO [BADEVENT ({known})] ...
        C: a NOTIFY SET (personal (FlagChange))
        S: a BAD MessageNew and MessageExpunge come together
        """,
    )


def test_too_many_mailboxes(house: House) -> None:
    client, other = house.client(), house.client()
    assert b"200" in client.send(
        f"a NOTIFY SET (mailboxes ({' '.join(map(str, range(201)))}) ({MESSAGES}))\r\n".encode()
    )
    for number in range(192):
        other.send(f"a CREATE x/{number}\r\n".encode())
    notify = f"a NOTIFY SET (personal ({MESSAGES} MailboxName))\r\n".encode()
    assert client.send(notify) == b"a OK NOTIFY completed\r\n"
    other.send(b"a CREATE x/192\r\n")
    play(client, "S: * OK [NOTIFICATIONOVERFLOW] 200 mailboxes may be watched")
    other.send(b"a CREATE x/193\r\n")
    house.deliver("one")
    assert client.read() == b""
    assert client.send(notify).startswith(b"a NO [NOTIFICATIONOVERFLOW] ")
    assert not house.server.hub.watched()


@pytest.mark.parametrize("end", ["NOTIFY NONE", "UNAUTHENTICATE", "LOGOUT", ""])
def test_when_it_ends(house: House, end: str) -> None:
    client = house.client()
    client.send(f"a NOTIFY SET (personal ({MESSAGES}))\r\n".encode())
    assert house.server.hub.watched()
    if end:
        client.send(f"a {end}\r\n".encode())
    else:
        client.close()
    assert not house.server.hub.watched()


def test_a_store_that_cannot_be_reached(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    client, other = house.client(), house.client()
    client.send(f"a NOTIFY SET (mailboxes INBOX ({MESSAGES} MailboxName))\r\n".encode())
    store = house.bench.store.mailboxes

    async def unavailable(*_: object) -> None:
        raise StoreUnavailable("not just now")

    with monkeypatch.context() as patched:
        patched.setattr(type(store), "status", unavailable)
        house.deliver("one")
        assert client.read() == b""
        answer = other.send(f"a NOTIFY SET (personal ({MESSAGES}))\r\n".encode())
        assert answer.startswith(b"a NO [UNAVAILABLE]")
    play(client, "C: a NOOP\nS: * STATUS INBOX (MESSAGES 1 ...\nS: a OK NOOP completed")
