"""Commands about mailboxes, in both modes."""

import pytest

from imap.house import INBOX, House
from support.scripts import play

SIX = r"""
S: * LIST (...) "/" INBOX
S: * LIST (\HasNoChildren \Sent) "/" Sent
S: * LIST (\HasNoChildren \Drafts) "/" Drafts
S: * LIST (\HasNoChildren \Junk) "/" Junk
S: * LIST (\HasNoChildren \Trash) "/" Trash
S: * LIST (\HasNoChildren \Archive) "/" Archive
"""


def test_an_address_sees_its_inbox_alone(house: House) -> None:
    client = house.client(inbox=INBOX)
    play(
        client,
        rf"""
        C: a LIST "" *
        {SIX}
        S: a OK LIST completed
        C: a LIST "" {INBOX}
        S: * LIST (\HasNoChildren) "/" {INBOX}
        S: a OK LIST completed
        C: a LIST "" ann@example.com
        S: a OK LIST completed
        C: a STATUS {INBOX} (MESSAGES UIDNEXT)
        S: * STATUS {INBOX} (MESSAGES 0 UIDNEXT 1)
        S: a OK STATUS completed
        """,
    )


def test_an_account_sees_all_that_is_its_own(house: House) -> None:
    play(
        house.client(),
        rf"""
        C: a LIST "" *
        {SIX}
        S: * LIST (\HasChildren) "/" {INBOX}
        S: a OK LIST completed
        C: a LIST "" {INBOX}/%
        S: * LIST (\HasNoChildren) "/" {INBOX}/Archive
        S: * LIST (\HasNoChildren) "/" {INBOX}/Drafts
        S: * LIST (\HasNoChildren) "/" {INBOX}/Junk
        S: * LIST (\HasNoChildren) "/" {INBOX}/Sent
        S: * LIST (\HasNoChildren) "/" {INBOX}/Trash
        S: a OK LIST completed
        C: a LIST "" public@example.com
        S: * LIST (\HasChildren) "/" public@example.com
        S: a OK LIST completed
        """,
    )


def test_the_delimiter(house: House) -> None:
    play(
        house.client(),
        r"""
        C: a LIST "" ""
        S: * LIST (\Noselect) "/" ""
        S: a OK LIST completed
        C: a LSUB "" ""
        S: * LSUB (\Noselect) "/" ""
        S: a OK LSUB completed
        """,
    )


def test_mailboxes_are_made_renamed_and_deleted(house: House) -> None:
    play(
        house.client(),
        r"""
        C: a CREATE Work/2026/
        S: a OK [MAILBOXID (...)] CREATE completed
        C: a CREATE Work
        S: a NO [ALREADYEXISTS] ...
        C: a CREATE INBOX
        S: a NO [ALREADYEXISTS] ...
        C: a LIST "" Work*
        S: * LIST (\HasChildren) "/" Work
        S: * LIST (\HasNoChildren) "/" Work/2026
        S: a OK LIST completed
        C: a RENAME Work Arbeit&AN8-
        S: a OK RENAME completed
        C: a LIST "" %
        S: * LIST ...
        S: * LIST ...
        S: * LIST ...
        S: * LIST ...
        S: * LIST ...
        S: * LIST ...
        S: * LIST (\HasChildren) "/" Arbeit&AN8-
        S: * LIST ...
        S: a OK LIST completed
        C: a DELETE Arbeit&AN8-
        S: a NO [HASCHILDREN] ...
        C: a DELETE Arbeit&AN8-/2026
        S: a OK DELETE completed
        C: a DELETE Arbeit&AN8-
        S: a OK DELETE completed
        C: a DELETE INBOX
        S: a NO [CANNOT] ...
        C: a RENAME Sent Gone
        S: a NO [CANNOT] ...
        C: a DELETE Arbeit&AN8-
        S: a NO [NONEXISTENT] ...
        C: a CREATE Sent2 (USE (\\Sent))
        S: a NO [USEATTR] ...
        """,
    )


def test_addresses_are_reserved_and_released(house: House) -> None:
    play(
        house.client(),
        r"""
        C: a CREATE new@example.com
        S: a OK [MAILBOXID (...)] CREATE completed
        C: a RENAME new@example.com other@example.com
        S: a NO [CANNOT] ...
        """,
    )
    play(
        house.client("ann"),
        """
        C: a SELECT new@example.com
        S: a NO [NOPERM] ...
        C: a CREATE new@example.com
        S: a NO [NOPERM] ...
        C: a CREATE public@example.com/Work
        S: a NO [NOPERM] ...
        C: a DELETE new@example.com
        S: a NO [NOPERM] ...
        """,
    )
    play(house.client(), "C: a DELETE new@example.com\nS: a OK DELETE completed")
    play(house.client("ann"), "C: a EXAMINE new@example.com\n" + "S: ...\n" * 8 + "S: a OK ...")


def test_subscriptions(house: House) -> None:
    play(
        house.client(),
        r"""
        C: a SUBSCRIBE Work/2026
        S: a NO [NONEXISTENT] ...
        C: a CREATE Work/2026
        S: a OK ...
        C: a SUBSCRIBE Work/2026
        S: a OK SUBSCRIBE completed
        C: a SUBSCRIBE Work/2026
        S: a OK SUBSCRIBE completed
        C: a LSUB "" W*
        S: * LSUB (\Noselect) "/" Work
        S: * LSUB () "/" Work/2026
        S: a OK LSUB completed
        C: a LSUB "" W%
        S: * LSUB (\Noselect) "/" Work
        S: a OK LSUB completed
        C: a LIST (SUBSCRIBED) "" W*
        S: * LIST (\HasNoChildren \Subscribed) "/" Work/2026
        S: a OK LIST completed
        C: a LIST (SUBSCRIBED RECURSIVEMATCH) "" W%
        S: * LIST (\HasChildren) "/" Work ("CHILDINFO" ("SUBSCRIBED"))
        S: a OK LIST completed
        C: a DELETE Work/2026
        S: a OK ...
        C: a LIST (SUBSCRIBED) "" W*
        S: * LIST (\NonExistent \HasNoChildren \Subscribed) "/" Work/2026
        S: a OK LIST completed
        C: a UNSUBSCRIBE Work/2026
        S: a OK UNSUBSCRIBE completed
        C: a UNSUBSCRIBE Work/2026
        S: a OK UNSUBSCRIBE completed
        C: a LSUB "" W*
        S: a OK LSUB completed
        """,
    )


def test_what_clients_should_find_is_subscribed_to(house: House) -> None:
    play(
        house.client(),
        r"""
        C: a LSUB "" %
        S: * LSUB () "/" INBOX
        S: * LSUB () "/" Sent
        S: * LSUB () "/" Drafts
        S: * LSUB () "/" Junk
        S: * LSUB () "/" Trash
        S: * LSUB () "/" Archive
        S: a OK LSUB completed
        C: a UNSUBSCRIBE Sent
        S: a NO [CANNOT] ...
        """,
    )


def test_list_with_more(house: House) -> None:
    house.deliver("one", "two")
    play(
        house.client(),
        rf"""
        C: a LIST (SPECIAL-USE) "" * RETURN (SUBSCRIBED)
        S: * LIST (\HasNoChildren \Subscribed \Sent) "/" Sent
        S: * LIST (\HasNoChildren \Subscribed \Drafts) "/" Drafts
        S: * LIST (\HasNoChildren \Subscribed \Junk) "/" Junk
        S: * LIST (\HasNoChildren \Subscribed \Trash) "/" Trash
        S: * LIST (\HasNoChildren \Subscribed \Archive) "/" Archive
        S: a OK LIST completed
        C: a LIST "" (INBOX {INBOX}) RETURN (STATUS (MESSAGES UNSEEN SIZE))
        S: * LIST (\HasNoChildren) "/" INBOX
        S: * STATUS INBOX (MESSAGES 2 UNSEEN 2 SIZE 98)
        S: * LIST (\HasChildren) "/" {INBOX}
        S: * STATUS {INBOX} (MESSAGES 2 UNSEEN 2 SIZE 98)
        S: a OK LIST completed
        """,
    )


def test_status(house: House) -> None:
    house.deliver("one", "two")
    client = house.selected()
    play(client, "C: a STORE 1 +FLAGS.SILENT (\\\\Seen \\\\Deleted)\nS: a OK STORE completed")
    play(
        client,
        f"""
        C: a STATUS Archive (RECENT)
        S: * STATUS Archive (RECENT 0)
        S: a OK STATUS completed
        C: a STATUS INBOX (UIDNEXT UIDVALIDITY UNSEEN DELETED SIZE)
        S: * STATUS INBOX (UIDNEXT 3 UIDVALIDITY {house.epoch} UNSEEN 1 DELETED 1 SIZE 98)
        S: a OK STATUS completed
        C: a STATUS INBOX (DELETED-STORAGE)
        S: * STATUS INBOX (DELETED-STORAGE 49)
        S: a OK STATUS completed
        C: a STATUS Trash (MESSAGES HIGHESTMODSEQ MAILBOXID APPENDLIMIT RECENT)
        S: * OK [HIGHESTMODSEQ ...] ...
        S: * STATUS Trash (MESSAGES 0 HIGHESTMODSEQ 1 MAILBOXID (...) APPENDLIMIT 26214400 RECENT 0)
        S: a OK STATUS completed
        C: a STATUS Nowhere (MESSAGES)
        S: a NO [NONEXISTENT] ...
        C: a STATUS ann@home.mailcap (MESSAGES)
        S: a NO [NOPERM] ...
        """,
    )


def test_namespace_and_quota(house: House) -> None:
    house.deliver("one")
    client = house.client()
    play(
        client,
        """
        C: a NAMESPACE
        S: * NAMESPACE (("" "/")) NIL NIL
        S: a OK NAMESPACE completed
        C: a GETQUOTAROOT INBOX
        S: * QUOTAROOT INBOX
        S: a OK GETQUOTAROOT completed
        C: a GETQUOTA tim
        S: a NO [NONEXISTENT] ...
        C: a GETQUOTAROOT public@example.com
        S: * QUOTAROOT public@example.com
        S: a OK GETQUOTAROOT completed
        C: a GETQUOTA ann
        S: a NO [NONEXISTENT] ...
        """,
    )
    house.bench.sql("UPDATE accounts SET message_limit = 10, storage_limit = 4096")
    play(
        client,
        """
        C: a GETQUOTA tim
        S: * QUOTA tim (STORAGE 1 4 MESSAGE 1 10)
        S: a OK GETQUOTA completed
        C: a GETQUOTAROOT INBOX
        S: * QUOTAROOT INBOX tim
        S: * QUOTA tim (STORAGE 1 4 MESSAGE 1 10)
        S: a OK GETQUOTAROOT completed
        """,
    )


@pytest.mark.parametrize("command", ["SELECT", "STATUS", "CREATE", "DELETE", "SUBSCRIBE"])
@pytest.mark.parametrize("name", ["a//b", "/a", "@", "a@b@/", "&!-"])
def test_names_that_can_be_none(house: House, command: str, name: str) -> None:
    items = " (MESSAGES)" if command == "STATUS" else ""
    answer = house.client().send(f"a {command} {name}{items}\r\n".encode())
    assert answer.startswith((b"a NO [CANNOT]", b"a BAD", b"a NO [NONEXISTENT]"))


def test_names_in_utf8(house: House) -> None:
    client = house.client()
    play(
        client,
        r"""
        C: a ENABLE IMAP4rev2
        S: * ENABLED IMAP4REV2
        S: a OK ENABLE completed
        C: a CREATE {6+}
        C: \xc3\x9cber
        S: a BAD ...
        C: a CREATE {5+}
        C: \xc3\x9cber
        S: a OK ...
        C: a LIST "" *ber
        S: * LIST (\HasNoChildren) "/" "Über"
        S: a OK LIST completed
        C: a SELECT "\xc3\x9cber"
        S: * FLAGS ...
        S: * OK [PERMANENTFLAGS ...
        S: * 0 EXISTS
        S: * OK [UIDVALIDITY ...
        S: * OK [UIDNEXT 1] ...
        S: * OK [HIGHESTMODSEQ 1] ...
        S: * OK [MAILBOXID ...
        S: * LIST () "/" "Über"
        S: a OK [READ-WRITE] SELECT completed
        """,
    )
