"""What has come in by SMTP, and who may hear of it, over both databases."""

import pytest

from mailcap.domain.arrivals import Reach
from mailcap.domain.mailboxes import Appended, FlagChange, How, MailboxKey, Mark, unified_owner
from support.stores import Bench, run

PUBLIC = "anyone@public.test"
OWNED = "bob@owned.test"
RESERVED = "mine@public.test"


@pytest.fixture
def bench(store_url):
    bench = Bench(store_url)
    yield bench
    bench.assert_sound()
    bench.close()


@pytest.fixture
def alice(bench):
    who = bench.account("alice")
    run(bench.store.accounts.add_domain("owned.test", "alice"))
    run(bench.store.accounts.reserve_address(RESERVED, "alice"))
    return who


def box(bench, owner: str) -> int:
    return run(bench.store.arrivals.mailboxes([owner]))[owner]


def look(bench, *places):
    return run(bench.store.arrivals.arrivals(places))


def ids(arrived) -> list[str]:
    return [one.message.id for one in arrived.arrivals]


def switch_on(bench, table: str, column: str, name: str, *, on: bool = True) -> None:
    bench.sql(f"UPDATE {table} SET enablews = :on WHERE {column} = :name", on=on, name=name)


def test_only_what_is_new_is_told(bench):
    old = bench.deliver(PUBLIC)
    mailbox = box(bench, PUBLIC)
    first = look(bench, (mailbox, None))
    assert ids(first) == []
    new = bench.deliver(PUBLIC) + bench.deliver(PUBLIC)
    second = look(bench, (mailbox, first.positions[mailbox]))
    assert ids(second) == new
    assert {(one.owner, (*one.live,), one.mailbox) for one in second.arrivals} == {
        (None, (), mailbox)
    }
    assert ids(look(bench, (mailbox, second.positions[mailbox]))) == []
    assert ids(look(bench, (mailbox, 0))) == old + new


def test_several_mailboxes_at_once_and_one_that_is_gone(bench):
    one, other = box(bench, PUBLIC), box(bench, "other@public.test")
    first, second = bench.deliver(PUBLIC, "other@public.test")
    arrived = look(bench, (other, 0), (one, 0), (999, 0), (998, None))
    assert arrived.positions.keys() == {one, other}
    assert sorted(ids(arrived)) == [first, second]


def test_a_flood_comes_in_pieces(bench):
    sent = [bench.deliver(PUBLIC)[0] for _ in range(105)]
    mailbox, found, position = box(bench, PUBLIC), [], 0
    for expected in ([mailbox], []):
        arrived = look(bench, (mailbox, position))
        assert list(arrived.more) == expected
        found += ids(arrived)
        position = arrived.positions[mailbox]
    assert found == sent


def test_what_came_in_another_way_is_no_arrival(bench, alice):
    bench.deliver(PUBLIC, OWNED)
    unified = box(bench, unified_owner(alice.account))
    inboxes = {owner: box(bench, owner) for owner in (PUBLIC, OWNED)}
    bench.clock.seconds += 1
    store = bench.store.mailboxes
    appended = [Appended(header=b"Subject: x\r\n\r\n", rest=b"")]
    run(store.append(alice.account, MailboxKey(OWNED, "INBOX"), appended))
    run(store.copy(alice.account, inboxes[OWNED], [1], MailboxKey(OWNED, "INBOX")))
    bench.clock.seconds += 1
    run(store.move(alice.account, inboxes[OWNED], [1], MailboxKey(OWNED, "Trash")))
    run(store.move(alice.account, box_of_trash(bench), [1], MailboxKey(OWNED, "INBOX")))
    for how in (How.ADD, How.REMOVE):  # gives it another UID where others looked
        change = FlagChange(how, Mark.FLAGGED)
        run(store.change_flags(alice.account, inboxes[PUBLIC], [1], change))
        bench.clock.seconds += 1
    bench.deliver(PUBLIC, received=1.0)
    run(bench.store.accounts.reserve_address(PUBLIC, "alice"))
    for mailbox in (inboxes[OWNED], unified):
        assert ids(look(bench, (mailbox, 1))) == []


def box_of_trash(bench) -> int:
    return run(bench.store.mailboxes.ensure(MailboxKey(OWNED, "Trash")))


@pytest.mark.parametrize(
    ("inbox", "on", "live"),
    [
        (RESERVED, [], []),
        (RESERVED, ["addresses"], [RESERVED]),
        (OWNED, ["addresses"], []),
        (OWNED, ["domains"], [OWNED, "owned.test"]),
        ("kept@owned.test", ["domains"], ["owned.test"]),
        ("kept@owned.test", ["addresses", "domains"], ["kept@owned.test", "owned.test"]),
    ],
)
def test_who_may_hear_of_what_is_owned(bench, alice, inbox, on, live):
    run(bench.store.accounts.reserve_address("kept@owned.test", "alice"))
    for table in on:
        name = ("address", inbox) if table == "addresses" else ("name", "owned.test")
        switch_on(bench, table, *name)
    bench.deliver(inbox)
    for owner in (inbox, unified_owner(alice.account)):
        (arrival,) = look(bench, (box(bench, owner), 0)).arrivals
        assert arrival.owner == alice.account
        assert arrival.live == dict.fromkeys(live, alice.account)


def test_the_catch_all_hears_of_reserved_addresses_too(bench, alice):
    for address in ("*@owned.test", "kept@owned.test"):
        run(bench.store.accounts.reserve_address(address, "alice"))
    switch_on(bench, "addresses", "address", "*@owned.test")
    bench.deliver("kept@owned.test", "any@owned.test")
    found = look(bench, (box(bench, unified_owner(alice.account)), 0)).arrivals
    assert [(one.message.inbox, one.live) for one in found] == [
        ("kept@owned.test", {"*@owned.test": alice.account}),
        ("*@owned.test", {"*@owned.test": alice.account}),
    ]


def test_standing(bench, alice):
    switch_on(bench, "domains", "name", "owned.test")
    run(bench.store.accounts.reserve_address("*@owned.test", "alice"))
    names = [PUBLIC, RESERVED, OWNED, "owned.test", "*@owned.test", "nobody.test"]
    mine = Reach(owner=alice.account, live=True)
    muted = Reach(owner=alice.account, live=False)
    assert run(bench.store.arrivals.reaches(names)) == {
        PUBLIC: Reach(owner=None, live=True),
        RESERVED: muted,
        OWNED: mine,
        "owned.test": mine,
        "*@owned.test": muted,
        "nobody.test": Reach(owner=None, live=False),
    }
    switch_on(bench, "addresses", "address", RESERVED)
    assert run(bench.store.arrivals.reaches([RESERVED])) == {RESERVED: mine}


def test_a_public_domain_has_public_inboxes(bench, alice):
    bench.sql("UPDATE domains SET is_private = :no", no=False)
    found = run(bench.store.arrivals.reaches([OWNED, "owned.test"]))
    assert found[OWNED] == Reach(owner=None, live=True)
    assert found["owned.test"] == Reach(owner=alice.account, live=False)
    bench.deliver(OWNED)
    (arrival,) = look(bench, (box(bench, OWNED), 0)).arrivals
    assert (arrival.owner, arrival.live) == (None, {})


def test_the_owner_of_a_public_domain_hears_of_its_public_inboxes(bench, alice):
    store = bench.store.accounts
    bob = bench.account("bob")
    run(store.reserve_address("bob@open.test", "bob"))
    run(store.add_domain("open.test", "alice"))
    run(store.reserve_address("kept@open.test", "alice"))
    run(store.change_domain("open.test", "alice", is_private=False, enablews=True))
    switch_on(bench, "addresses", "address", "bob@open.test")
    unified = box(bench, unified_owner(alice.account))
    places = [(unified, 0), (box(bench, "any@open.test"), 0), (box(bench, "bob@open.test"), 0)]
    theirs, *hers = bench.deliver("bob@open.test", "any@open.test", "kept@open.test")
    found = {(one.mailbox, one.message.id): one for one in look(bench, *places).arrivals}
    mine = {"open.test": alice.account}
    assert {key: (one.owner, one.live) for key, one in found.items()} == {
        (unified, hers[0]): (None, mine),
        (unified, hers[1]): (alice.account, mine),
        (places[1][0], hers[0]): (None, mine),
        (places[2][0], theirs): (bob.account, {"bob@open.test": bob.account}),
    }


def test_mailboxes_are_made_once(bench, alice):
    owners = [PUBLIC, unified_owner(alice.account), "other@public.test"]
    first = run(bench.store.arrivals.mailboxes(owners))
    assert run(bench.store.arrivals.mailboxes([*owners, OWNED])).items() >= first.items()
    for owner, number in first.items():
        assert run(bench.store.mailboxes.ensure(MailboxKey(owner, "INBOX"))) == number
