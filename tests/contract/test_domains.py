"""Domains that are public or private, with a catch-all or without, and their mail."""

import pytest

from mailcap.domain.accounts import Identity
from mailcap.domain.errors import NotFound, NotOwned, NotPermitted
from mailcap.domain.mailboxes import FlagChange, How, Mark
from support.stores import Bench, run


@pytest.fixture
def owner(bench: Bench) -> Identity:
    made = bench.account("owner")
    run(bench.store.accounts.add_domain("own.test", "owner"))
    return made


def listed(bench: Bench, who: Identity, **more) -> list[str]:
    more.setdefault("limit", 1000)
    return [one.id for one in run(bench.store.mail.list_domain(who, "own.test", **more))]


def test_a_public_domain_shows_its_mail_and_a_private_one_hides_it(
    bench: Bench, owner: Identity
) -> None:
    store = bench.store.accounts
    ids = bench.deliver("any@own.test")
    run(store.reserve_address("kept@own.test", "owner"))
    kept = bench.deliver("kept@own.test")
    other = bench.account("other")
    changed = run(store.change_domain("own.test", "owner", is_private=False))
    assert (changed.is_private, changed.enablews) == (False, False)
    assert bench.ids(other, "any@own.test") == ids
    assert set(bench.unified(bench.admin)) == set(ids)
    assert set(bench.unified(owner)) == set(ids + kept)
    bench.assert_sound()
    assert listed(bench, owner) == kept + ids
    run(store.change_domain("own.test", "owner", is_private=True))
    assert run(store.owner_of("any@own.test")) == owner.account
    assert set(bench.unified(owner)) == set(ids + kept)
    assert bench.unified(bench.admin) == {}


def test_the_mail_of_a_public_domain_is_in_its_owners_unified_inbox(
    bench: Bench, owner: Identity
) -> None:
    store = bench.store.accounts
    keeper = bench.account("keeper", capture_private=True)
    run(store.reserve_address("theirs@x.test", "keeper"))
    run(store.change_domain("own.test", "owner", is_private=False))
    ids = bench.deliver("any@own.test", "elsewhere@x.test", "theirs@x.test")
    bench.deliver("any@own.test", submitter=keeper)  # who stars what it sends
    assert list(bench.unified(owner)) == ids[:1]
    starred = FlagChange(How.ADD, Mark.FLAGGED)
    box = bench.mailbox(keeper, "any@own.test")
    run(bench.store.mailboxes.change_flags(keeper.account, box, [1], starred))
    assert bench.unified(owner) == {}
    change = FlagChange(How.REMOVE, Mark.FLAGGED)
    unified = bench.mailbox(keeper, f"#{keeper.account}", "INBOX")
    uids = list(bench.by_uid(keeper, f"#{keeper.account}", "INBOX"))
    run(bench.store.mailboxes.change_flags(keeper.account, unified, uids, change))
    assert len(bench.unified(owner)) == 2
    run(store.remove_domain("own.test", "owner"))
    assert bench.unified(owner) == {}
    assert len(bench.ids(owner, "any@own.test")) == 2


def test_the_owner_of_a_public_domain_may_empty_its_inboxes(bench: Bench, owner: Identity) -> None:
    bench.account("other")
    run(bench.store.accounts.reserve_address("kept@x.test", "other"))
    run(bench.store.accounts.change_domain("own.test", "owner", is_private=False))
    bench.deliver("any@own.test")
    for who, inbox in (
        (bench.admin, "any@own.test"),
        (owner, "any@x.test"),
        (owner, "kept@x.test"),
    ):
        with pytest.raises(NotOwned):
            run(bench.store.mail.purge(who, inbox))
    assert run(bench.store.mail.purge(owner, "any@own.test")) == 1


@pytest.mark.usefixtures("owner")
def test_the_switch_for_websockets(bench: Bench) -> None:
    store = bench.store.accounts
    assert run(store.change_domain("own.test", "owner", enablews=True)).enablews is True
    (found,) = run(store.domains("owner"))
    assert (found.enablews, found.is_private) == (True, True)
    with pytest.raises(NotFound):
        run(store.change_domain("own.test", "admin", enablews=False))
    with pytest.raises(NotFound):
        run(store.change_domain("none.test", "owner", enablews=False))


def test_a_catch_all_ends_with_the_ownership_of_its_domain(bench: Bench, owner: Identity) -> None:
    store = bench.store.accounts
    run(store.reserve_address("*@own.test", "owner"))
    caught = bench.deliver("any@own.test")
    assert bench.ids(owner, "*@own.test") == caught
    (found,) = run(store.domains("owner"))
    assert found.catch_all is True
    assert run(store.remove_domain("own.test", "owner")).catch_all is True
    assert bench.ids(bench.admin, "any@own.test") == []
    free = bench.deliver("any@own.test")
    assert bench.ids(bench.admin, "any@own.test") == free
    bench.account("next")
    assert run(store.add_domain("own.test", "next")).catch_all is False
    theirs = bench.deliver("any@own.test")
    assert bench.ids(owner, "*@own.test") == caught
    assert run(store.owner_of("any@own.test")) != owner.account
    assert len(bench.sql("SELECT id FROM messages WHERE inbox = 'any@own.test'")) == len(
        free + theirs
    )


def test_all_inboxes_are_listed_newest_first(bench: Bench, owner: Identity) -> None:
    ids = []
    for number in range(250):
        bench.clock.seconds += 1
        ids += bench.deliver(f"{number % 7}@own.test", "elsewhere@x.test")[:1]
    assert listed(bench, owner) == ids[::-1]
    assert run(bench.store.mail.count_domain(owner, "own.test")) == 250
    found: list[str] = []
    while page := listed(bench, owner, limit=60, before=found[-1] if found else None):
        found += page
    assert found == ids[::-1]
    second = int((bench.clock() - 2) * 1000)
    assert listed(bench, owner, limit=1, until=second) == [ids[-3]]
    assert listed(bench, owner, limit=0) == []
    with pytest.raises(NotFound):
        listed(bench, owner, before="0Ab-0")


def test_what_is_not_the_owners_is_not_in_the_list(bench: Bench) -> None:
    first = bench.account("first")
    keeper = bench.account("keeper", capture_private=True)
    bench.deliver("starred@own.test", submitter=keeper)
    run(bench.store.accounts.reserve_address("bob@own.test", "first"))
    owner = bench.account("owner")
    run(bench.store.accounts.add_domain("own.test", "owner"))
    (bobs,) = bench.deliver("bob@own.test")
    ids = bench.deliver("any@own.test")
    assert listed(bench, owner) == ids
    assert run(bench.store.mail.count_domain(owner, "own.test")) == 1
    with pytest.raises(NotFound):
        listed(bench, owner, before=bobs)
    assert run(bench.store.mail.clear_domain(owner, "own.test")) == 1
    assert bench.ids(first, "bob@own.test") == [bobs]
    assert len(bench.unified(keeper)) == 1
    assert len(bench.sql("SELECT id FROM messages")) == 2


def test_clearing_takes_the_owners_stars_too(bench: Bench) -> None:
    owner = bench.account("owner", capture_private=True)
    run(bench.store.accounts.add_domain("own.test", "owner"))
    bench.deliver("a@own.test", submitter=owner)
    (elsewhere,) = bench.deliver("a@x.test")
    bench.deliver("b@own.test")
    assert run(bench.store.mail.clear_domain(owner, "own.test")) == 2
    assert bench.sql("SELECT id FROM messages") == [(elsewhere,)]
    assert run(bench.store.mail.clear_domain(owner, "own.test")) == 0


@pytest.mark.usefixtures("owner")
def test_for_others_and_of_no_domain(bench: Bench) -> None:
    other = bench.account("other")
    mail = bench.store.mail
    for ask in (
        lambda name: mail.list_domain(other, name, limit=1),
        lambda name: mail.count_domain(other, name),
    ):
        with pytest.raises(NotPermitted):
            run(ask("own.test"))
        with pytest.raises(NotFound):
            run(ask("none.test"))
    for name in ("own.test", "none.test"):
        with pytest.raises(NotOwned):
            run(mail.clear_domain(other, name))
