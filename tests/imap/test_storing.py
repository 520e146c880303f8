"""Changing, expunging, copying, moving and storing messages."""

import pytest

from imap.house import INBOX, House
from support.scripts import play
from support.stores import run


def test_store(house: House) -> None:
    house.deliver("one", "two", "three")
    play(
        house.selected("INBOX", "INBOX"),
        r"""
        C: a STORE 1:2 +FLAGS (\\Seen $Foo)
        S: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft $Foo)
        S: * OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft $Foo \*)] ...
        S: * 1 FETCH (UID 1 FLAGS (\Seen $Foo))
        S: * 2 FETCH (UID 2 FLAGS (\Seen $Foo))
        S: a OK STORE completed
        C: a STORE 2 -FLAGS.SILENT $foo
        S: a OK STORE completed
        C: a UID STORE 2:3 FLAGS \\Draft \\Recent
        S: * 2 FETCH (UID 2 FLAGS (\Draft))
        S: * 3 FETCH (UID 3 FLAGS (\Draft))
        S: a OK STORE completed
        C: a STORE 3 FLAGS ()
        S: * 3 FETCH (UID 3 FLAGS ())
        S: a OK STORE completed
        C: a STORE 1 +FLAGS (\\Foo)
        S: a BAD There is no system flag \Foo
        C: a STORE 9 +FLAGS (\\Seen)
        S: a BAD There is no message 9
        C: a UID STORE 9 +FLAGS (\\Seen)
        S: a OK STORE completed
        """,
    )


def test_what_rest_and_imap_say_is_one_truth(house: House) -> None:
    house.deliver("one")
    house.selected().send(b"a STORE 1 FLAGS (\\Seen \\Flagged Label)\r\n")
    (message,) = run(house.bench.store.mail.list_inbox(house.people["tim"], INBOX, limit=9))
    assert message.seen
    assert message.saved_by == "tim"
    assert list(message.labels) == ["Label"]


def test_expunge(house: House) -> None:
    house.deliver(*"abcde")
    client = house.selected("INBOX", "INBOX")
    play(
        client,
        r"""
        C: a STORE 2:4 +FLAGS.SILENT (\\Deleted)
        S: a OK STORE completed
        C: a UID EXPUNGE 1:2,4
        S: * 4 EXPUNGE
        S: * 2 EXPUNGE
        S: a OK EXPUNGE completed
        C: a EXPUNGE
        S: * 2 EXPUNGE
        S: a OK EXPUNGE completed
        C: a EXPUNGE
        S: a OK EXPUNGE completed
        C: a UID SEARCH ALL
        S: * SEARCH 1 5
        S: a OK SEARCH completed
        """,
    )


def test_copy_and_move(house: House) -> None:
    house.deliver(*"abc")
    client = house.selected("INBOX", "INBOX")
    number = house.epoch
    play(
        client,
        rf"""
        C: a STORE 2 +FLAGS.SILENT (\\Seen)
        S: a OK STORE completed
        C: a COPY 2:3 Archive
        S: a OK [COPYUID {number} 2:3 1:2] COPY completed
        C: a UID COPY 77 Archive
        S: a OK COPY completed
        C: a COPY 1 Nowhere
        S: a NO [TRYCREATE] ...
        C: a UID MOVE 1,3 Trash
        S: * OK [COPYUID {number} 1,3 1:2] Moved
        S: * 3 EXPUNGE
        S: * 1 EXPUNGE
        S: a OK MOVE completed
        C: a COPY 1 INBOX
        S: * 2 EXISTS
        S: * 1 RECENT
        S: a OK [COPYUID {number} 2 4] COPY completed
        C: a SELECT Archive
        S: * OK [CLOSED] ...
        S: * FLAGS ...
        S: * OK ...
        S: * 2 EXISTS
        S: * 2 RECENT
        S: * OK [UNSEEN 2] ...
        S: * OK ...
        S: * OK ...
        S: * OK ...
        S: * OK ...
        S: a OK ...
        C: a FETCH 1 FLAGS
        S: * 1 FETCH (FLAGS (\Seen \Recent))
        S: a OK FETCH completed
        """,
    )


def test_messages_of_an_address_are_in_the_unified_mailbox(house: House) -> None:
    house.deliver("one")
    both, own = house.selected("INBOX", "INBOX"), house.selected(INBOX, INBOX)
    play(
        own,
        f"""
        C: a MOVE 1 {INBOX}/Trash
        S: * OK [COPYUID {house.epoch} 1 1] Moved
        S: * 1 EXPUNGE
        S: a OK MOVE completed
        """,
    )
    play(both, "C: a NOOP\nS: * 1 EXPUNGE\nS: a OK NOOP completed")
    play(
        house.client(),
        """
        C: a STATUS Trash (MESSAGES)
        S: * STATUS Trash (MESSAGES 1)
        S: a OK STATUS completed
        """,
    )


def test_append(house: House) -> None:
    client = house.selected("Drafts")
    play(
        client,
        rf"""
        C: a APPEND Drafts (\\Draft \\Seen) "17-Jul-1996 02:44:25 -0700" {{20}}
        S: + OK
        C: Subject: x\r\n\r\nbody
        S: * 1 EXISTS
        S: * 1 RECENT
        S: a OK [APPENDUID {house.epoch} 1] APPEND completed
        C: a FETCH 1 (FLAGS INTERNALDATE RFC822.SIZE)
        S: * 1 FETCH (FLAGS (\Seen \Draft \Recent) INTERNALDATE "17-Jul-1996 ..." RFC822.SIZE 18)
        S: a OK FETCH completed
        """.replace("{20}", "{18}"),
    )
    (found,) = run(
        house.bench.store.mail.list_inbox(house.people["tim"], "tim@home.mailcap", limit=9)
    )
    assert found.folder.value == "drafts"


def test_append_of_several_is_all_or_none(house: House) -> None:
    play(
        house.client(),
        f"""
        C: a APPEND Sent {{1+}}
        C: x (\\\\Seen) {{1+}}
        C: y ~{{3+}}
        C: z\\0z
        S: a OK [APPENDUID {house.epoch} 1:3] APPEND completed
        C: a APPEND Sent (\\\\Foo) {{1+}}
        C: x
        S: a BAD There is no system flag \\Foo
        C: a APPEND Nowhere {{1+}}
        C: x
        S: a NO [TRYCREATE] ...
        C: a APPEND ann@home.mailcap {{1+}}
        C: x
        S: a NO [NOPERM] ...
        """,
    )


def test_what_is_over_the_limits(house: House) -> None:
    play(
        house.client(),
        """
        C: a APPEND INBOX {99999999}
        S: a NO [TOOBIG] ...
        C: a APPEND INBOX {99999999+}
        S: * BYE [TOOBIG] ...
        S: (closed)
        """,
    )
    house.bench.sql("UPDATE accounts SET message_limit = 1")
    play(
        house.client(),
        """
        C: a APPEND INBOX {1+}
        C: x {1+}
        C: y
        S: a NO [OVERQUOTA] ...
        C: a APPEND INBOX {1+}
        C: x
        S: a OK ...
        """,
    )


@pytest.mark.parametrize("count", [101])
def test_so_many_keywords_are_too_many(house: House, count: int) -> None:
    house.deliver("one")
    words = " ".join(f"k{number}" for number in range(count))
    play(house.selected(), f"C: a STORE 1 FLAGS ({words})\nS: a NO [CANNOT] ...")


def test_replace(house: House) -> None:
    house.deliver("one", "two")
    client = house.selected("INBOX", "INBOX")
    play(
        client,
        f"""
        C: a REPLACE 1 Drafts (\\\\Draft) {{1+}}
        C: x
        S: * OK [APPENDUID {house.epoch} 1] Replaced
        S: * 1 EXPUNGE
        S: a OK REPLACE completed
        C: a UID REPLACE 2 INBOX {{1+}}
        C: y
        S: * OK [APPENDUID {house.epoch} 3] Replaced
        S: * 1 EXPUNGE
        S: * 1 EXISTS
        S: * 1 RECENT
        S: a OK REPLACE completed
        C: a UID REPLACE 2 INBOX {{1+}}
        C: y
        S: a NO [NONEXISTENT] ...
        C: a REPLACE 1 Nowhere {{1+}}
        C: y
        S: a NO [TRYCREATE] ...
        C: a REPLACE 9 INBOX {{1+}}
        C: y
        S: a BAD There is no message 9
        """,
    )
