"""Lists, counts and single messages, for those who may see them."""

import pytest

from mailcap.domain.errors import NotFound, NotOwned, NotPermitted
from support.stores import Bench, run


def test_lists_are_newest_first_and_page_by_until(bench: Bench) -> None:
    ids = []
    for _ in range(5):
        bench.clock.seconds += 1
        ids += bench.deliver("bob@example.com")
    assert bench.ids(bench.admin, "bob@example.com") == ids[::-1]
    assert bench.ids(bench.admin, "bob@example.com", limit=2) == ids[:-3:-1]
    assert bench.ids(bench.admin, "bob@example.com", limit=0) == []
    until = int((bench.clock() - 2) * 1000)
    assert bench.ids(bench.admin, "bob@example.com", until=until) == ids[2::-1]


def test_before_goes_on_exactly_behind_a_message_of_the_same_millisecond(bench: Bench) -> None:
    ids = [one for _ in range(6) for one in bench.deliver("bob@example.com")][::-1]
    found: list[str] = []
    while page := bench.ids(
        bench.admin, "bob@example.com", limit=2, before=found[-1] if found else None
    ):
        found += page
    assert found == ids


def test_before_an_unknown_message(bench: Bench) -> None:
    with pytest.raises(NotFound):
        bench.ids(bench.admin, "bob@example.com", before="nothing-0")


def test_counting(bench: Bench) -> None:
    assert run(bench.store.mail.count_inbox(bench.admin, "bob@example.com")) == 0
    for _ in range(3):
        bench.deliver("bob@example.com", "carol@example.com")
    assert run(bench.store.mail.count_inbox(bench.admin, "bob@example.com")) == 3


def test_a_reserved_inbox_is_closed_to_others(bench: Bench) -> None:
    owner, nosy = bench.account("owner"), bench.account("nosy")
    run(bench.store.accounts.reserve_address("bob@example.com", "owner"))
    (message_id,) = bench.deliver("bob@example.com")
    mail = bench.store.mail
    assert run(mail.count_inbox(owner, "bob@example.com")) == 1
    with pytest.raises(NotPermitted):
        run(mail.list_inbox(nosy, "bob@example.com", limit=9))
    with pytest.raises(NotPermitted):
        run(mail.count_inbox(nosy, "bob@example.com"))
    for operation in (mail.find, mail.content, mail.delete):
        with pytest.raises(NotFound) as real:
            run(operation(nosy, "bob@example.com", message_id))
        with pytest.raises(NotFound) as invented:
            run(operation(nosy, "bob@example.com", "invented-0"))
        assert str(real.value) == str(invented.value).replace("invented-0", message_id)
    assert run(mail.find(owner, "bob@example.com", message_id)).id == message_id


def test_a_message_is_found_in_its_own_inbox_only(bench: Bench) -> None:
    (message_id,) = bench.deliver("bob@example.com")
    with pytest.raises(NotFound):
        run(bench.store.mail.find(bench.admin, "carol@example.com", message_id))


def test_any_key_deletes_from_a_public_inbox(bench: Bench) -> None:
    other = bench.account("other")
    (message_id,) = bench.deliver("bob@example.com")
    assert run(bench.store.mail.delete(other, "bob@example.com", message_id)).id == message_id
    with pytest.raises(NotFound):
        run(bench.store.mail.delete(other, "bob@example.com", message_id))


def test_a_starred_message_is_hidden_from_others_and_from_the_count(bench: Bench) -> None:
    sender, other = bench.account("sender", capture_private=True), bench.account("other")
    (starred,) = bench.deliver("bob@example.com", submitter=sender)
    (plain,) = bench.deliver("bob@example.com")
    assert bench.ids(other, "bob@example.com") == [plain]
    assert run(bench.store.mail.count_inbox(other, "bob@example.com")) == 1
    assert run(bench.store.mail.count_inbox(sender, "bob@example.com")) == 2
    for operation in (bench.store.mail.find, bench.store.mail.delete):
        with pytest.raises(NotFound):
            run(operation(other, "bob@example.com", starred))


def test_a_star_outlives_a_reservation_by_somebody_else(bench: Bench) -> None:
    sender, owner = bench.account("sender", capture_private=True), bench.account("owner")
    (starred,) = bench.deliver("bob@example.com", submitter=sender)
    run(bench.store.accounts.reserve_address("bob@example.com", "owner"))
    assert bench.ids(owner, "bob@example.com") == []
    assert run(bench.store.mail.find(sender, "bob@example.com", starred)).id == starred
    with pytest.raises(NotFound):
        run(bench.store.mail.find(owner, "bob@example.com", starred))


def test_purging_is_for_owners_and_keeps_the_starred(bench: Bench) -> None:
    owner = bench.account("owner", capture_private=True)
    run(bench.store.accounts.reserve_address("bob@example.com", "owner"))
    (starred,) = bench.deliver("bob@example.com", submitter=owner)
    for _ in range(3):
        bench.deliver("bob@example.com")
    with pytest.raises(NotOwned):
        run(bench.store.mail.purge(bench.admin, "bob@example.com"))
    assert run(bench.store.mail.purge(owner, "bob@example.com")) == 3
    assert bench.ids(owner, "bob@example.com") == [starred]
    bench.deliver("public@example.com")
    with pytest.raises(NotOwned):
        run(bench.store.mail.purge(bench.admin, "public@example.com"))


def test_a_large_inbox_is_purged_in_pieces(bench: Bench) -> None:
    owner = bench.account("owner")
    run(bench.store.accounts.reserve_address("bob@example.com", "owner"))
    for _ in range(6):
        bench.deliver(*["bob@example.com"] * 200)
    assert run(bench.store.mail.purge(owner, "bob@example.com")) == 1200


def test_deleting_is_noted_for_clients_that_were_away(bench: Bench) -> None:
    ids = [one for _ in range(4) for one in bench.deliver("bob@example.com")]
    for message_id in (ids[0], ids[1], ids[3]):
        run(bench.store.mail.delete(bench.admin, "bob@example.com", message_id))
    notes = bench.sql(
        "SELECT x.modseq, x.first_uid, x.last_uid FROM expunged x JOIN mailboxes b "
        "ON b.id = x.mailbox WHERE b.owner = 'bob@example.com' ORDER BY x.modseq"
    )
    assert [note[1:] for note in notes] == [(1, 1), (2, 2), (4, 4)]
    assert [note[0] for note in notes] == sorted({note[0] for note in notes})


def test_summaries_are_kept_while_their_bodies_live(bench: Bench) -> None:
    (message_id,) = bench.deliver("bob@example.com")
    body = run(bench.store.mail.find(bench.admin, "bob@example.com", message_id)).body
    run(bench.store.mail.save_summaries({body: b"first", body + 99: b"of nothing"}))
    run(bench.store.mail.save_summaries({body: b"second"}))
    assert (
        run(bench.store.mail.find(bench.admin, "bob@example.com", message_id)).summary == b"second"
    )
    assert run(bench.store.mail.bodies([body])) == {body: b"Subject: test\r\n\r\nHello\r\n"}
    run(bench.store.mail.delete(bench.admin, "bob@example.com", message_id))
    assert bench.sql("SELECT body FROM views") == []
    assert run(bench.store.mail.bodies([body])) == {}
