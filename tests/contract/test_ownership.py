"""Who owns an inbox, and what a change of it does to the mail that is there."""

import pytest

from mailcap.domain.errors import AlreadyExists, NotFound, NotOwned
from support.stores import Bench, run


def test_reserving_and_releasing(bench: Bench) -> None:
    store = bench.store.accounts
    made = run(store.reserve_address("bob@example.com", "admin"))
    assert (made.address, made.account, made.info) == ("bob@example.com", "admin", "")
    assert (made.forward, made.enablews, made.webhook, made.catch_all) == (None,) * 4
    assert run(store.owner_of("bob@example.com")) == bench.admin.account
    assert made in run(store.addresses("admin"))
    assert run(store.release_address("bob@example.com", "admin")) == made
    assert run(store.owner_of("bob@example.com")) is None
    with pytest.raises(NotFound):
        run(store.release_address("bob@example.com", "admin"))


def test_a_reserved_address_is_taken(bench: Bench) -> None:
    bench.account("other")
    run(bench.store.accounts.reserve_address("bob@example.com", "admin"))
    with pytest.raises(AlreadyExists):
        run(bench.store.accounts.reserve_address("bob@example.com", "admin"))
    with pytest.raises(NotOwned):
        run(bench.store.accounts.reserve_address("bob@example.com", "other"))
    with pytest.raises(NotFound):
        run(bench.store.accounts.release_address("bob@example.com", "other"))


def test_a_home_address_cannot_be_released(bench: Bench) -> None:
    with pytest.raises(NotOwned):
        run(bench.store.accounts.release_address("admin@home.mailcap", "admin"))


def test_an_owned_domain_owns_its_addresses(bench: Bench) -> None:
    owner = bench.account("owner")
    bench.account("other")
    store = bench.store.accounts
    made = run(store.add_domain("example.com", "owner"))
    assert (made.name, made.account, made.is_private) == ("example.com", "owner", True)
    assert run(store.domains("owner")) == [made]
    assert run(store.owner_of("any@example.com")) == owner.account
    assert run(store.owner_of("any@sub.example.com")) is None
    with pytest.raises(NotOwned):
        run(store.reserve_address("bob@example.com", "other"))
    with pytest.raises(AlreadyExists):
        run(store.add_domain("example.com", "owner"))
    with pytest.raises(NotOwned):
        run(store.add_domain("example.com", "other"))
    assert run(store.remove_domain("example.com", "owner")) == made
    with pytest.raises(NotFound):
        run(store.remove_domain("example.com", "owner"))
    assert run(store.owner_of("any@example.com")) is None


def test_a_catch_all_needs_an_own_domain(bench: Bench) -> None:
    with pytest.raises(NotOwned):
        run(bench.store.accounts.reserve_address("*@example.com", "admin"))
    run(bench.store.accounts.add_domain("example.com", "admin"))
    made = run(bench.store.accounts.reserve_address("*@example.com", "admin"))
    assert made.catch_all == "example.com"


def test_an_address_reserved_before_its_domain_was_taken_stays_its_owners(bench: Bench) -> None:
    first, second = bench.account("first"), bench.account("second")
    run(bench.store.accounts.reserve_address("bob@example.com", "first"))
    run(bench.store.accounts.add_domain("example.com", "second"))
    assert run(bench.store.accounts.owner_of("bob@example.com")) == first.account
    assert run(bench.store.accounts.owner_of("any@example.com")) == second.account


@pytest.mark.parametrize("what", ["address", "domain"])
def test_mail_moves_between_unified_inboxes_with_its_owner(bench: Bench, what: str) -> None:
    owner = bench.account("owner")
    store = bench.store.accounts
    take, give = {
        "address": (
            lambda: store.reserve_address("bob@example.com", "owner"),
            lambda: store.release_address("bob@example.com", "owner"),
        ),
        "domain": (
            lambda: store.add_domain("example.com", "owner"),
            lambda: store.remove_domain("example.com", "owner"),
        ),
    }[what]
    ids = [one for _ in range(3) for one in bench.deliver("bob@example.com")]
    before = bench.unified(bench.admin)
    assert set(before) == set(ids)
    run(take())
    assert bench.unified(bench.admin) == {}
    assert set(bench.unified(owner)) == set(ids)
    assert bench.ids(owner, "bob@example.com") == ids[::-1]
    bench.assert_sound()
    run(give())
    assert bench.unified(owner) == {}
    after = bench.unified(bench.admin)
    assert set(after) == set(ids)
    assert min(after.values()) > max(before.values())  # with new UIDs


def test_a_domain_does_not_take_mail_of_an_address_that_another_reserved(bench: Bench) -> None:
    first, second = bench.account("first"), bench.account("second")
    run(bench.store.accounts.reserve_address("bob@example.com", "first"))
    bobs, others = bench.deliver("bob@example.com", "any@example.com")
    run(bench.store.accounts.add_domain("example.com", "second"))
    assert list(bench.unified(first)) == [bobs]
    assert list(bench.unified(second)) == [others]
