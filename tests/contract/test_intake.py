"""What is accepted is stored: all of it, for everybody, byte for byte."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailcap.domain.messages import Folder
from support.stores import Bench, incoming, run


def test_a_message_comes_back_as_it_was(bench: Bench) -> None:
    header, rest = b"Subject: x\r\nX-Odd: \xff\x00\r\n\r\n", b"one\ntwo\r\n.\r\n\x00\xfe"
    (message_id,) = bench.deliver("bob@example.com", header=header, rest=rest)
    message, content = run(bench.store.mail.content(bench.admin, "bob@example.com", message_id))
    assert content.header == header
    assert content.rest == rest
    assert content.trace == b"X-Trace: bob@example.com\r\n"
    assert message.size == len(content.raw)


@pytest.mark.parametrize("rest", [b"", b"x", b"\n" * 70_000, bytes(range(256)) * 4096])
def test_any_size_comes_back(bench: Bench, rest: bytes) -> None:
    (message_id,) = bench.deliver("bob@example.com", header=b"", rest=rest)
    _, content = run(bench.store.mail.content(bench.admin, "bob@example.com", message_id))
    assert content.body == rest


def test_a_fresh_message_has_the_fields_that_clients_rely_on(bench: Bench) -> None:
    (message_id,) = bench.deliver("Bob+tag@Example.COM")
    message = run(bench.store.mail.find(bench.admin, "bob@example.com", message_id))
    assert message.inbox == "bob@example.com"
    assert message.original_inbox == "Bob+tag@Example.COM"
    assert message.folder is Folder.INBOX
    assert message.seen is None
    assert message.saved_by is None
    assert message.labels == ()
    assert message.received == message.internal_date == int(bench.clock() * 1000)
    assert message.envelope == {
        "mailFrom": "sender@example.org",
        "helo": "client.example.org",
        "protocol": "ESMTP",
        "ip": "192.0.2.1",
        "via": "192.0.2.2",
        "tls": None,
    }
    assert message.recipient == {"rcptTo": "Bob+tag@Example.COM"}


def test_a_batch_that_is_stored_again_is_there_once(bench: Bench) -> None:
    names = ("bob@example.com", "carol@example.com")
    first, second, third = (incoming(*names, header=b"Subject: %d\r\n\r\n" % n) for n in range(3))
    run(bench.store.intake.store_batch([first, second]))
    before = bench.sql("SELECT id, uid_next, highest_modseq FROM mailboxes ORDER BY id")
    run(bench.store.intake.store_batch([first, second], again=True))
    assert bench.sql("SELECT id, uid_next, highest_modseq FROM mailboxes ORDER BY id") == before
    run(bench.store.intake.store_batch([first, third, second], again=True))
    for name in names:
        found = run(bench.store.mail.list_inbox(bench.admin, name, limit=10))
        assert len(found) == 3
        assert {one.id.rpartition("-")[0] for one in found} == {first.base, second.base, third.base}


def test_ten_recipients_share_one_body_that_goes_with_the_last(bench: Bench) -> None:
    names = [f"user{number}@example.com" for number in range(10)]
    ids = bench.deliver(*names)
    assert [one.rpartition("-")[2] for one in ids] == [str(number) for number in range(10)]
    assert len(bench.sql("SELECT number FROM bodies")) == 1
    for name, message_id in zip(names, ids, strict=True):
        assert len(bench.sql("SELECT number FROM bodies")) == 1
        run(bench.store.mail.delete(bench.admin, name, message_id))
    assert bench.sql("SELECT number FROM bodies") == []
    assert bench.sql("SELECT number FROM messages") == []


def test_no_copy_tells_of_another_recipient(bench: Bench) -> None:
    first, _ = bench.deliver("one@example.com", "two@example.com")
    message, content = run(bench.store.mail.content(bench.admin, "one@example.com", first))
    told = json.dumps([dict(message.envelope), dict(message.recipient)]).encode() + content.raw
    assert b"two@" not in told


def test_one_recipient_twice_gets_two_messages(bench: Bench) -> None:
    ids = bench.deliver("bob@example.com", "bob+x@example.com", "BOB@example.com")
    assert sorted(bench.ids(bench.admin, "bob@example.com")) == sorted(ids)


def test_a_batch_is_stored_in_its_order(bench: Bench) -> None:
    batch = [incoming("bob@example.com", received=bench.clock()) for _ in range(30)]
    run(bench.store.intake.store_batch(batch))
    newest_first = [f"{item.base}-0" for item in reversed(batch)]
    assert bench.ids(bench.admin, "bob@example.com") == newest_first
    uids = bench.sql("SELECT e.uid FROM entries e ORDER BY e.message, e.mailbox")
    assert sorted(uids) == [(n,) for n in range(1, 31) for _ in range(2)]


def test_a_batch_is_stored_wholly_or_not_at_all(bench: Bench) -> None:
    good, twin = incoming("bob@example.com"), incoming("carol@example.com")
    run(bench.store.intake.store_batch([good]))
    with pytest.raises(Exception, match=r"(?i)unique"):
        run(bench.store.intake.store_batch([twin, good]))  # the same ids again
    assert bench.ids(bench.admin, "carol@example.com") == []
    assert len(bench.ids(bench.admin, "bob@example.com")) == 1


def test_uids_rise_for_ever(bench: Bench) -> None:
    seen = []
    for _ in range(3):
        (message_id,) = bench.deliver("bob@example.com")
        seen += bench.sql("SELECT uid FROM entries WHERE mailbox = (SELECT MIN(id) FROM mailboxes)")
        run(bench.store.mail.delete(bench.admin, "bob@example.com", message_id))
    assert seen == [(1,), (2,), (3,)]


def test_public_mail_is_in_the_inbox_of_whoever_sees_all(bench: Bench) -> None:
    other = bench.account("other")
    ids = bench.deliver("bob@example.com")
    assert list(bench.unified(bench.admin)) == ids
    assert bench.unified(other) == {}


def test_mail_sent_with_a_login_is_in_the_senders_unified_inbox(bench: Bench) -> None:
    sender = bench.account("sender")
    ids = bench.deliver("bob@example.com", submitter=sender)
    assert list(bench.unified(sender)) == ids


def test_mail_for_a_reserved_address_is_its_owners_alone(bench: Bench) -> None:
    owner, sender = bench.account("owner"), bench.account("sender", capture_private=True)
    run(bench.store.accounts.reserve_address("bob@example.com", "owner"))
    ids = bench.deliver("bob@example.com", submitter=sender)
    assert bench.ids(owner, "bob@example.com") == ids
    assert list(bench.unified(owner)) == ids
    assert bench.unified(sender) == bench.unified(bench.admin) == {}


def test_capture_private_stars_on_arrival(bench: Bench) -> None:
    sender = bench.account("sender", capture_private=True)
    ids = bench.deliver("bob@example.com", submitter=sender)
    assert bench.ids(sender, "bob@example.com") == ids
    assert run(bench.store.mail.find(sender, "bob@example.com", ids[0])).saved_by == "sender"
    assert bench.ids(bench.admin, "bob@example.com") == []
    assert bench.unified(bench.admin) == {}
    assert list(bench.unified(sender)) == ids


def test_a_catch_all_takes_what_is_not_reserved(bench: Bench) -> None:
    owner = bench.account("owner")
    run(bench.store.accounts.add_domain("example.com", "owner"))
    run(bench.store.accounts.reserve_address("*@example.com", "owner"))
    run(bench.store.accounts.reserve_address("bob@example.com", "owner"))
    caught, kept = bench.deliver("any@example.com", "bob@example.com")
    assert bench.ids(owner, "*@example.com") == [caught]
    assert bench.ids(owner, "bob@example.com") == [kept]
    message = run(bench.store.mail.find(owner, "*@example.com", caught))
    assert message.original_inbox == "any@example.com"
    assert message.inbox == "*@example.com"


@settings(max_examples=25, deadline=None)
@given(header=st.binary(max_size=300), rest=st.binary(max_size=3000))
def test_any_bytes_come_back(header: bytes, rest: bytes, tmp_path_factory) -> None:
    bench = Bench(f"sqlite:///{tmp_path_factory.mktemp('any')}/mailcap.db")
    (message_id,) = bench.deliver("bob@example.com", header=header, rest=rest)
    _, content = run(bench.store.mail.content(bench.admin, "bob@example.com", message_id))
    assert (content.header, content.rest) == (header, rest)
    bench.close()
