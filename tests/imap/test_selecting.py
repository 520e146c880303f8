"""Opening and leaving mailboxes, and what is told of them (RFC 9051 sections 6.3 and 7)."""

import pytest

from imap.house import INBOX, House
from support.scripts import play


def test_what_a_client_is_told(house: House) -> None:
    house.deliver("one", "two")
    client = house.client()
    play(
        client,
        rf"""
        C: a SELECT INBOX
        S: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft)
        S: * OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft \*)] Flags permitted
        S: * 2 EXISTS
        S: * 2 RECENT
        S: * OK [UNSEEN 1] First unseen
        S: * OK [UIDVALIDITY {house.epoch}] UIDs are valid
        S: * OK [UIDNEXT 3] Next UID
        S: * OK [HIGHESTMODSEQ 3] Highest
        S: * OK [MAILBOXID (S...)] The same for ever
        S: a OK [READ-WRITE] SELECT completed
        C: a CHECK
        S: a OK CHECK completed
        C: a UNSELECT
        S: a OK UNSELECT completed
        C: a FETCH 1 FLAGS
        S: a BAD FETCH makes no sense now
        """,
    )


def test_examine_changes_nothing(house: House) -> None:
    house.deliver("one")
    client = house.client()
    play(
        client,
        r"""
        C: a EXAMINE INBOX
        S: * FLAGS ...
        S: * OK [PERMANENTFLAGS ()] Flags permitted
        S: * 1 EXISTS
        S: * 1 RECENT
        S: * OK [UNSEEN 1] ...
        S: * OK [UIDVALIDITY ...
        S: * OK [UIDNEXT 2] ...
        S: * OK [HIGHESTMODSEQ ...
        S: * OK [MAILBOXID ...
        S: a OK [READ-ONLY] EXAMINE completed
        C: a STORE 1 +FLAGS (\\Seen)
        S: a NO [READ-ONLY] ...
        C: a EXPUNGE
        S: a NO [READ-ONLY] ...
        C: a MOVE 1 Trash
        S: a NO [READ-ONLY] ...
        C: a FETCH 1 (BODY[TEXT])
        S: * 1 FETCH (BODY[TEXT] {7}
        S: Hello
        S: )
        S: a OK FETCH completed
        C: a FETCH 1 FLAGS
        S: * 1 FETCH (FLAGS (\Recent))
        S: a OK FETCH completed
        """,
    )
    house.client().send(b"a SELECT INBOX\r\n")  # is the first that may claim what is recent


def test_recent_is_for_the_first_session(house: House) -> None:
    house.deliver("one")
    first, second = house.selected(), house.selected()
    play(first, "C: a SEARCH RECENT\nS: * SEARCH 1\nS: a OK SEARCH completed")
    play(second, "C: a SEARCH RECENT\nS: * SEARCH\nS: a OK SEARCH completed")
    house.deliver("two")
    play(second, "C: a NOOP\nS: * 2 EXISTS\nS: * 1 RECENT\nS: a OK NOOP completed")
    play(first, "C: a NOOP\nS: * 2 EXISTS\nS: a OK NOOP completed")


def test_rev2_knows_no_recent_and_no_unseen(house: House) -> None:
    house.deliver("one")
    client = house.client(inbox=INBOX)
    play(
        client,
        f"""
        C: a ENABLE IMAP4rev2
        S: * ENABLED IMAP4REV2
        S: a OK ENABLE completed
        C: a SELECT {INBOX}
        S: * FLAGS ...
        S: * OK [PERMANENTFLAGS ...
        S: * 1 EXISTS
        S: * OK [UIDVALIDITY ...
        S: * OK [UIDNEXT 2] ...
        S: * OK [HIGHESTMODSEQ ...
        S: * OK [MAILBOXID ...
        S: * LIST () "/" INBOX ("OLDNAME" ({INBOX}))
        S: a OK [READ-WRITE] SELECT completed
        C: a SELECT Nowhere
        S: * OK [CLOSED] The mailbox is closed
        S: a NO [NONEXISTENT] ...
        C: a CLOSE
        S: a BAD CLOSE makes no sense now
        """,
    )


def test_close_expunges_in_silence(house: House) -> None:
    house.deliver("one", "two")
    client = house.selected()
    play(
        client,
        r"""
        C: a STORE 1 +FLAGS.SILENT (\\Deleted)
        S: a OK STORE completed
        C: a CLOSE
        S: a OK CLOSE completed
        C: a STATUS INBOX (MESSAGES)
        S: * STATUS INBOX (MESSAGES 1)
        S: a OK STATUS completed
        """,
    )


def test_what_others_do_is_told_at_the_next_command(house: House) -> None:
    house.deliver("one", "two", "three")
    watcher, other = house.selected(), house.selected()
    play(watcher, "C: a NOOP\nS: a OK NOOP completed")
    other.send(b"b STORE 2 +FLAGS (\\Deleted \\Seen)\r\n")
    play(
        watcher,
        r"""
        C: a NOOP
        S: * 2 FETCH (UID 2 FLAGS (\Deleted \Seen \Recent))
        S: a OK NOOP completed
        """,
    )
    other.send(b"b EXPUNGE\r\n")
    house.deliver("four")
    # Never during FETCH, STORE, SEARCH by number (RFC 9051 section 7.5.1) ...
    play(
        watcher,
        r"""
        C: a FETCH 3 UID
        S: * 3 FETCH (UID 3)
        S: * 4 EXISTS
        S: * 4 RECENT
        S: a OK FETCH completed
        C: a FETCH 2 UID
        S: a NO [EXPUNGEISSUED] ...
        C: a SEARCH ALL
        S: * SEARCH 1 3 4
        S: a OK SEARCH completed
        C: a STORE 3 FLAGS.SILENT ()
        S: a OK STORE completed
        """,
    )
    # ... but by UID, and with all others.
    play(
        watcher,
        r"""
        C: a UID SEARCH ALL
        S: * SEARCH 1 3 4
        S: * 2 EXPUNGE
        S: * 3 RECENT
        S: a OK SEARCH completed
        C: a FETCH 1:* UID
        S: * 1 FETCH (UID 1)
        S: * 2 FETCH (UID 3)
        S: * 3 FETCH (UID 4)
        S: a OK FETCH completed
        """,
    )


def test_a_mailbox_that_is_deleted_ends_the_session(house: House) -> None:
    house.client().send(b"a CREATE Work\r\n")
    watcher = house.selected("Work")
    house.client().send(b"a DELETE Work\r\n")
    play(watcher, "C: a NOOP\nS: * BYE The mailbox is no longer there\nS: (closed)")


def test_idle_tells_at_once(house: House) -> None:
    house.deliver("one")
    client = house.selected()
    play(client, "C: a IDLE\nS: + idling")
    house.deliver("two")
    play(client, "S: * 2 EXISTS\nS: * 2 RECENT")
    other = house.selected()
    other.send(b"a STORE 1 +FLAGS.SILENT (\\Deleted)\r\n")
    play(client, r"S: * 1 FETCH (UID 1 FLAGS (\Deleted \Recent))")
    other.send(b"a EXPUNGE\r\n")
    play(client, "S: * 1 EXPUNGE\nS: * 1 RECENT")
    play(client, "C: done\nS: a OK IDLE completed")
    house.deliver("three")
    play(client, "C: b NOOP\nS: * 2 EXISTS\nS: * 2 RECENT\nS: b OK NOOP completed")


def test_idle_ends_with_done_alone(house: House) -> None:
    client = house.client()
    play(client, "C: a IDLE\nS: + idling\nC: b NOOP\nS: a BAD DONE is missing")
    play(client, "C: b NOOP\nS: b OK NOOP completed")
    play(client, f"C: a IDLE\nS: + idling\nC: {'x' * 13000}\nS: * BYE [TOOBIG] ...\nS: (closed)")


def test_a_star_hides_a_message_of_a_public_inbox(house: House) -> None:
    house.deliver("one", to="public@example.com")
    mine, theirs = house.client(), house.client("ann")
    for client in (mine, theirs):
        client.send(b"a SELECT public@example.com\r\n")
    play(mine, "C: a STORE 1 +FLAGS.SILENT (\\\\Flagged)\nS: a OK STORE completed")
    play(theirs, "C: a NOOP\nS: * 1 EXPUNGE\nS: a OK NOOP completed")
    # It comes back with another UID for everybody; the old one goes when it may.
    play(
        mine,
        r"""
        C: a STORE 1 -FLAGS.SILENT (\\Flagged)
        S: * 2 EXISTS
        S: * 2 RECENT
        S: a OK STORE completed
        C: a NOOP
        S: * 1 EXPUNGE
        S: * 1 RECENT
        S: a OK NOOP completed
        """,
    )
    play(
        theirs,
        "C: a NOOP\nS: * 1 EXISTS\nS: a OK NOOP completed\nC: a FETCH 1 UID\n"
        "S: * 1 FETCH (UID 2)\nS: a OK FETCH completed",
    )


class TestResync:
    """CONDSTORE and QRESYNC (RFC 7162)."""

    def test_a_client_that_was_away_is_told_what_it_missed(self, house: House) -> None:
        house.deliver(*"abcdef")
        client = house.selected()
        client.send(b"a STORE 2 +FLAGS (\\Seen)\r\n")  # modification sequence 8
        play(client, "C: a STORE 4:5 +FLAGS.SILENT (\\\\Deleted)\nS: a OK STORE completed")
        play(client, "C: a EXPUNGE\nS: * 5 EXPUNGE\nS: * 4 EXPUNGE\nS: * 4 RECENT\nS: a OK ...")
        back = house.client()
        play(
            back,
            rf"""
            C: a SELECT INBOX (QRESYNC ({house.epoch} 7))
            S: a BAD ENABLE QRESYNC first
            C: a ENABLE QRESYNC
            S: * ENABLED QRESYNC
            S: a OK ENABLE completed
            C: a SELECT INBOX (QRESYNC ({house.epoch} 7 1:6))
            S: * FLAGS ...
            S: * OK [PERMANENTFLAGS ...
            S: * 4 EXISTS
            S: * 0 RECENT
            S: * OK [UNSEEN 1] ...
            S: * OK [UIDVALIDITY ...
            S: * OK [UIDNEXT 7] ...
            S: * OK [HIGHESTMODSEQ 10] ...
            S: * OK [MAILBOXID ...
            S: * VANISHED (EARLIER) 4:5
            S: * 2 FETCH (UID 2 FLAGS (\Seen) MODSEQ (8))
            S: a OK [READ-WRITE] SELECT completed
            C: a UID FETCH 1:* (FLAGS) (CHANGEDSINCE 7 VANISHED)
            S: * VANISHED (EARLIER) 4:5
            S: * 2 FETCH (UID 2 FLAGS (\Seen) MODSEQ (8))
            S: a OK FETCH completed
            """,
        )
        client.send(b"a STORE 1 +FLAGS (\\Deleted)\r\n")
        client.send(b"a EXPUNGE\r\n")
        play(back, "C: a NOOP\nS: * VANISHED 1\nS: a OK NOOP completed")

    def test_another_uidvalidity_means_nothing_is_known(self, house: House) -> None:
        house.deliver("one")
        client = house.client()
        client.send(b"a ENABLE QRESYNC\r\n")
        answer = client.send(f"a SELECT INBOX (QRESYNC ({house.epoch + 1} 1))\r\n".encode())
        assert b"FETCH" not in answer
        assert b"VANISHED" not in answer

    def test_the_answer_follows_the_changes(self, house: House) -> None:
        house.deliver(*map(str, range(300)))
        client = house.selected()
        client.send(b"a STORE 100:149 +FLAGS.SILENT (\\Seen)\r\n")
        client.send(b"a STORE 200:249 +FLAGS.SILENT (\\Deleted)\r\n")
        client.send(b"a EXPUNGE\r\n")
        back = house.client()
        back.send(b"a ENABLE QRESYNC\r\n")
        answer = back.send(f"a SELECT INBOX (QRESYNC ({house.epoch} 301))\r\n".encode())
        assert b"\r\n* VANISHED (EARLIER) 200:249\r\n" in answer
        assert answer.count(b" FETCH (") == 50

    def test_store_only_if_unchanged(self, house: House) -> None:
        house.deliver("one", "two", "three")
        client = house.selected(enable="CONDSTORE")
        play(
            client,
            r"""
            C: a STORE 2 +FLAGS (\\Seen)
            S: * 2 FETCH (UID 2 FLAGS (\Seen \Recent) MODSEQ (5))
            S: a OK STORE completed
            C: a STORE 1:3 (UNCHANGEDSINCE 4) +FLAGS.SILENT (\\Deleted)
            S: * 1 FETCH (UID 1 MODSEQ (6))
            S: * 3 FETCH (UID 3 MODSEQ (6))
            S: a OK [MODIFIED 2] Some have changed meanwhile
            C: a UID STORE 1:2 (UNCHANGEDSINCE 4) FLAGS ()
            S: a OK [MODIFIED 1:2] Some have changed meanwhile
            C: a SEARCH MODSEQ 6
            S: * SEARCH 1 3 (MODSEQ 6)
            S: a OK SEARCH completed
            C: a FETCH 1:* (FLAGS) (CHANGEDSINCE 5)
            S: * 1 FETCH (FLAGS (\Deleted \Recent) MODSEQ (6))
            S: * 3 FETCH (FLAGS (\Deleted \Recent) MODSEQ (6))
            S: a OK FETCH completed
            """,
        )

    @pytest.mark.parametrize(
        "command", ["FETCH 1 MODSEQ", "SEARCH MODSEQ 1", "STORE 1 (UNCHANGEDSINCE 9) FLAGS ()",
                    "STATUS INBOX (HIGHESTMODSEQ)", "ENABLE CONDSTORE"]
    )  # fmt: skip
    def test_who_uses_it_wants_it(self, house: House, command: str) -> None:
        house.deliver("one")
        client = house.selected()
        answer = client.send(f"a {command}\r\n".encode())
        assert answer.startswith(b"* OK [HIGHESTMODSEQ 2]")
        house.selected().send(b"a STORE 1 FLAGS (\\Seen)\r\n")
        assert b"MODSEQ (" in client.send(b"a NOOP\r\n")
