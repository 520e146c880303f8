"""Lists and messages as they come out of the database: complete, in order, up to date."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailcap.domain.errors import InvalidValue, NotFound, NotPermitted
from mailcap.domain.mailboxes import MailboxKey
from mailcap.domain.messages import Flag, Folder, Message
from mailcap.store import mail as store_mail
from support.stores import Bench, run

INBOX = "bob@example.com"

# Whatever may end a line somewhere, or an item of JSON.
ODD = 'a\nb\r\n"c"\\n\t\x01 \u2028\u2029\x85\x0b\x0c ü😀 ],[ \\u0000 null'


@pytest.fixture
def message_id(bench: Bench) -> str:
    return bench.deliver(INBOX)[0]


def listed(bench: Bench, **more) -> list[Message]:
    return run(bench.store.mail.list_inbox(bench.admin, INBOX, **({"limit": 1000} | more)))


def found(bench: Bench, message_id: str) -> Message:
    """The one message of `INBOX`, which every way of reading shows alike."""
    message = run(bench.store.mail.find(bench.admin, INBOX, message_id))
    assert listed(bench) == [message]
    assert run(bench.store.mail.content(bench.admin, INBOX, message_id))[0] == message
    return message


def test_every_field(bench: Bench) -> None:
    (message_id,) = bench.deliver("Bob+tag@Example.com", header=b"A: b\r\n\r\n", rest=b"1\n2\n")
    message = found(bench, message_id)
    milliseconds = int(bench.clock() * 1000)
    trace = b"X-Trace: Bob+tag@Example.com\r\n"
    assert message == Message(
        number=message.number,
        id=message_id,
        body=message.body,
        inbox=INBOX,
        original_inbox="Bob+tag@Example.com",
        folder=Folder.INBOX,
        received=milliseconds,
        internal_date=milliseconds,
        size=len(trace) + 12,
        seen=None,
        flags=Flag(0),
        saved_by=None,
        labels=(),
        envelope=message.envelope,
        recipient={"rcptTo": "Bob+tag@Example.com"},
        summary=None,
    )
    assert message.envelope["mailFrom"] == "sender@example.org"
    assert type(message.folder) is Folder
    assert type(message.flags) is Flag


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ("seen = true", {"seen": True}),
        ("seen = false", {"seen": False}),
        ("flags = 3", {"flags": Flag.ANSWERED | Flag.DELETED}),
        ('labels = \'["a", "b c"]\'', {"labels": ("a", "b c")}),
        ("saved_by = (SELECT id FROM accounts WHERE name = 'admin')", {"saved_by": "admin"}),
    ],
)
def test_what_was_read_before_is_read_anew(
    bench: Bench, message_id: str, change: str, wanted: dict
) -> None:
    before = found(bench, message_id)
    bench.sql(f"UPDATE messages SET {change}")
    assert found(bench, message_id) == replace(before, **wanted)
    bench.sql("UPDATE messages SET saved_by = NULL")  # so that the store is sound


def test_a_summary_comes_with_its_message(bench: Bench) -> None:
    first, second = bench.deliver(INBOX, "carol@example.com")
    body = found(bench, first).body
    for summary in (b'{"version":1}', b'{"version":2,"subject":"\xc3\xbc"}'):
        run(bench.store.mail.save_summaries({body: summary}))
        assert found(bench, first).summary == summary
        other = run(bench.store.mail.find(bench.admin, "carol@example.com", second))
        assert other.summary == summary


def test_any_text_comes_back(bench: Bench, message_id: str) -> None:
    bench.sql(
        "UPDATE messages SET original_inbox = :text, labels = :labels, recipient = :facts",
        text=ODD,
        labels=json.dumps([ODD, ""]),
        facts=json.dumps({ODD: ODD}),
    )
    bench.sql("UPDATE bodies SET envelope = :facts", facts=json.dumps({"helo": ODD}))
    body = listed(bench)[0].body
    run(bench.store.mail.save_summaries({body: ODD.encode()}))
    message = found(bench, message_id)
    assert message.original_inbox == ODD
    assert message.labels == (ODD, "")
    assert (message.envelope, message.recipient) == ({"helo": ODD}, {ODD: ODD})
    assert message.summary == ODD.encode()


def test_a_summary_of_any_length_comes_back(bench: Bench) -> None:
    ids = [bench.deliver(INBOX)[0] for _ in range(3)]
    summaries = {
        message.body: b'"%b"' % (b"x" * length)
        for message, length in zip(listed(bench), (4000, 300_000, 5), strict=True)
    }
    run(bench.store.mail.save_summaries(summaries))
    assert [message.id for message in listed(bench)] == ids[::-1]
    assert {message.body: message.summary for message in listed(bench)} == summaries


def move(bench: Bench, message_id: str, name: str) -> None:
    ((mailbox, uid),) = bench.sql(
        "SELECT e.mailbox, e.uid FROM entries e JOIN messages m "
        "ON m.number = e.message AND m.mailbox = e.mailbox WHERE m.id = :id",
        id=message_id,
    )
    who, target = bench.admin.account, MailboxKey(INBOX, name)
    run(bench.store.mailboxes.move(who, mailbox, [uid], target))


def test_a_mailbox_that_a_user_made_is_the_folder_all(bench: Bench, message_id: str) -> None:
    run(bench.store.mailboxes.create(bench.admin.account, MailboxKey(INBOX, "Projects")))
    move(bench, message_id, "Projects")
    assert found(bench, message_id).folder is Folder.ALL


def test_a_message_that_was_moved(bench: Bench, message_id: str) -> None:
    assert found(bench, message_id).folder is Folder.INBOX
    move(bench, message_id, "Trash")
    assert found(bench, message_id).folder is Folder.TRASH


def test_a_summary_that_another_version_made(bench: Bench, message_id: str) -> None:
    body = found(bench, message_id).body
    for summary in (b'{"version":1,"subject":""}', b'{"version":2,"subject":""}'):
        run(bench.store.mail.save_summaries({body: summary}))
        assert found(bench, message_id).summary == summary


def test_a_long_list_is_complete_and_in_order(bench: Bench) -> None:
    ids = []
    for _ in range(3):
        bench.clock.seconds += 1
        ids += bench.deliver(*[INBOX] * 90)
    wanted = ids[::-1]
    for limit in (99, 100, 101, 200, 269, 270, 271, 1000):
        assert bench.ids(bench.admin, INBOX, limit=limit) == wanted[:limit]
    assert bench.ids(bench.admin, INBOX, before=wanted[50], limit=120) == wanted[51:171]
    until = int((bench.clock() - 1) * 1000)
    assert bench.ids(bench.admin, INBOX, until=until) == wanted[90:]
    assert bench.ids(bench.admin, INBOX, until=until, before=wanted[10]) == wanted[90:]
    assert bench.ids(bench.admin, INBOX, until=until, before=wanted[100]) == wanted[101:]


def test_any_page_of_any_list(bench: Bench) -> None:
    places = []
    for number in range(12):  # several of each millisecond, and not in the order of arrival
        bench.clock.seconds = 1_700_000_000 + (number * 7 % 4)
        places.append((int(bench.clock() * 1000), number, bench.deliver(INBOX)[0]))
    newest_first = sorted(places, reverse=True)

    @settings(deadline=None, max_examples=40)
    @given(
        until=st.none() | st.integers(-1, 4),
        before=st.none() | st.integers(0, 11),
        limit=st.integers(0, 13),
    )
    def check(until: int | None, before: int | None, limit: int) -> None:
        latest = None if until is None else 1_700_000_000_000 + until * 1000
        behind = None if before is None else places[before]
        wanted = [
            place[2]
            for place in newest_first
            if (latest is None or place[0] <= latest) and (behind is None or place < behind)
        ]
        assert wanted[:limit] == bench.ids(
            bench.admin, INBOX, until=latest, before=behind and behind[2], limit=limit
        )

    check()


def test_a_list_that_would_fill_the_memory(bench: Bench, monkeypatch) -> None:
    monkeypatch.setattr(store_mail, "_LISTED_AT_ONCE", 2)
    monkeypatch.setattr(store_mail, "_MOST_LISTED", 5_000)
    for _ in range(5):
        bench.deliver(INBOX)
    assert len(listed(bench)) == 5
    summaries = {message.body: b'"%b"' % (b"x" * 3_000) for message in listed(bench)}
    run(bench.store.mail.save_summaries(summaries))
    with pytest.raises(InvalidValue):
        listed(bench)
    assert len(listed(bench, limit=2)) == 2


def test_before_tells_nothing_about_what_is_hidden(bench: Bench) -> None:
    owner = bench.account("owner", capture_private=True)
    nosy = bench.account("nosy")
    (starred,) = bench.deliver(INBOX, submitter=owner)
    assert bench.ids(owner, INBOX, before=starred) == []
    for unseen in (starred, "invented-0"):
        with pytest.raises(NotFound):
            bench.ids(nosy, INBOX, before=unseen)
    run(bench.store.accounts.reserve_address("closed@example.com", "owner"))
    (closed,) = bench.deliver("closed@example.com")
    for unseen in (closed, "invented-0"):
        with pytest.raises(NotPermitted):
            bench.ids(nosy, "closed@example.com", before=unseen)
    with pytest.raises(NotFound):
        bench.ids(owner, INBOX, before=closed)  # of another inbox


def test_who_owns_what_is_looked_up_each_time(bench: Bench, message_id: str) -> None:
    owner, other = bench.account("owner"), bench.account("other")
    mail, accounts = bench.store.mail, bench.store.accounts

    def allowed() -> list[str]:
        names = []
        for who in (owner, other):
            try:
                assert bench.ids(who, INBOX) == [message_id]
                assert run(mail.count_inbox(who, INBOX)) == 1
                assert run(mail.find(who, INBOX, message_id)).id == message_id
            except NotPermitted:
                for operation in (mail.find, mail.content):
                    with pytest.raises(NotFound):
                        run(operation(who, INBOX, message_id))
                with pytest.raises(NotPermitted):
                    run(mail.count_inbox(who, INBOX))
            else:
                names.append(who.account_name)
        return names

    assert allowed() == ["owner", "other"]
    run(accounts.add_domain("example.com", "other"))
    assert allowed() == ["other"]
    bench.sql("UPDATE domains SET is_private = false")
    assert allowed() == ["owner", "other"]
    run(accounts.reserve_address(INBOX, "other"))
    assert allowed() == ["other"]
    run(accounts.release_address(INBOX, "other"))
    bench.sql("UPDATE domains SET is_private = true")
    run(accounts.remove_domain("example.com", "other"))
    run(accounts.reserve_address(INBOX, "owner"))
    assert allowed() == ["owner"]


def test_a_deleted_message_is_not_remembered(bench: Bench, message_id: str) -> None:
    for _ in range(2):
        found(bench, message_id)
    run(bench.store.mail.delete(bench.admin, INBOX, message_id))
    assert listed(bench) == []
    with pytest.raises(NotFound):
        run(bench.store.mail.find(bench.admin, INBOX, message_id))


def test_a_message_that_goes_while_its_list_is_read(bench: Bench, message_id: str) -> None:
    def read(connection, *ids: str) -> list[Message]:
        versions = [f'["{one}",1,null,0,null,null,""]' for one in ids]
        return store_mail._messages(connection, versions)

    database = bench.store._database
    assert [one.id for one in run(database.read(read, "gone-0", message_id))] == [message_id]
    assert run(database.read(read, "gone-0")) == []
