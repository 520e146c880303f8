"""The marks of an account, changed when there is mail already."""

import pytest

from mailcap.domain.accounts import Account
from mailcap.domain.errors import NotFound
from mailcap.store import accounts
from support.stores import Bench, run


def change(bench: Bench, name: str, **marks: bool) -> Account:
    return run(bench.store.accounts.change_account(name, **marks))


def stored(bench: Bench, name: str) -> tuple[bool, bool]:
    account = run(bench.store.accounts.account(name))
    return account.sees_public, account.capture_private


@pytest.mark.parametrize("sees_public", [True, False])
@pytest.mark.parametrize("capture_private", [True, False])
def test_each_mark_is_changed_alone(bench: Bench, sees_public: bool, capture_private: bool) -> None:
    bench.account("qa", sees_public=not sees_public, capture_private=not capture_private)
    changed = change(bench, "qa", sees_public=sees_public)
    assert (changed.sees_public, changed.capture_private) == (sees_public, not capture_private)
    assert stored(bench, "qa") == (sees_public, not capture_private)
    change(bench, "qa", capture_private=capture_private)
    assert stored(bench, "qa") == (sees_public, capture_private)
    assert stored(bench, "admin") == (True, False)


def test_what_is_not_changed_stays(bench: Bench) -> None:
    made = run(
        bench.store.accounts.add_account(
            Account(number=0, name="qa", home_address="qa@home.mailcap", message_limit=5)
        )
    )
    run(bench.store.accounts.set_password("qa", "hash"))
    bench.clock.seconds += 1
    changed = change(bench, "qa", sees_public=True, capture_private=True)
    assert (changed.number, changed.created, changed.message_limit) == (
        made.number,
        made.created,
        5,
    )
    assert run(bench.store.accounts.password_hashes("qa"))[1] == "hash"


def test_there_must_be_such_an_account(bench: Bench) -> None:
    with pytest.raises(NotFound):
        change(bench, "ghost", sees_public=True)


def test_public_mail_that_was_there_enters_and_leaves(bench: Bench) -> None:
    qa = bench.account("qa")
    ids = [one for _ in range(3) for one in bench.deliver("a@example.org", "b@example.net")]
    change(bench, "qa", sees_public=True)
    before = bench.unified(qa)
    assert set(before) == set(ids)
    bench.assert_sound()
    change(bench, "qa", sees_public=False)
    assert bench.unified(qa) == {}
    assert set(bench.unified(bench.admin)) == set(ids)
    bench.assert_sound()
    change(bench, "qa", sees_public=True)
    assert min(bench.unified(qa).values()) > max(before.values())  # with new UIDs


def test_the_uids_rise_with_the_arrival(bench: Bench) -> None:
    qa = bench.account("qa")
    ids = [one for number in range(5) for one in bench.deliver(f"{number}@example.org")]
    change(bench, "qa", sees_public=True)
    unified = bench.unified(qa)
    assert sorted(unified, key=unified.__getitem__) == ids


def test_mail_that_comes_later_follows_the_mark(bench: Bench) -> None:
    qa = bench.account("qa")
    change(bench, "qa", sees_public=True)
    seen = bench.deliver("a@example.org")
    assert list(bench.unified(qa)) == seen
    change(bench, "qa", sees_public=False)
    bench.deliver("a@example.org")
    assert bench.unified(qa) == {}


def test_what_is_not_public_is_not_shown(bench: Bench) -> None:
    owner = bench.account("owner", capture_private=True)
    run(bench.store.accounts.reserve_address("bob@example.com", "owner"))
    run(bench.store.accounts.add_domain("example.net", "owner"))
    bench.deliver("bob@example.com", "any@example.net")
    bench.deliver("starred@example.org", submitter=owner)
    (public,) = bench.deliver("public@example.org")
    qa = bench.account("qa")
    change(bench, "qa", sees_public=True)
    assert list(bench.unified(qa)) == [public]


def test_what_an_account_has_for_another_reason_stays(bench: Bench) -> None:
    qa = bench.account("qa", sees_public=True)
    run(bench.store.accounts.reserve_address("own@example.com", "qa"))
    mine = [*bench.deliver("own@example.com"), *bench.deliver("a@example.org", submitter=qa)]
    bench.deliver("b@example.org")
    before = bench.unified(qa)
    change(bench, "qa", sees_public=False)
    assert bench.unified(qa) == {one: before[one] for one in mine}


def test_a_change_that_was_cut_short_is_completed_by_the_next(bench: Bench) -> None:
    qa = bench.account("qa")
    ids = bench.deliver("a@example.org")
    bench.sql("UPDATE accounts SET sees_public = :yes WHERE name = 'qa'", yes=True)
    change(bench, "qa", sees_public=True)
    assert list(bench.unified(qa)) == ids


@pytest.mark.parametrize("more", [0, 1, 2, 5])
def test_it_goes_in_pieces(bench: Bench, monkeypatch: pytest.MonkeyPatch, more: int) -> None:
    """Each is a transaction, between which mail can come in."""
    monkeypatch.setattr(accounts, "_AT_ONCE", 2)
    qa = bench.account("qa")
    ids = [one for number in range(2 + more) for one in bench.deliver(f"{number}@example.org")]
    change(bench, "qa", sees_public=True)
    assert set(bench.unified(qa)) == set(ids)
    assert len(set(bench.unified(qa).values())) == len(ids)


def test_whoever_starts_to_capture_privately_stars_from_then_on(bench: Bench) -> None:
    bench.account("qa")
    run(bench.store.accounts.add_key("qa", "ci", b"digest"))
    assert run(bench.store.accounts.key_holder(b"digest")).capture_private is False
    change(bench, "qa", capture_private=True)
    now = run(bench.store.accounts.key_holder(b"digest"))
    assert now.capture_private is True
    (starred,) = bench.deliver("a@example.org", submitter=now)
    assert list(bench.unified(now)) == [starred]
    assert bench.unified(bench.admin) == {}
    change(bench, "qa", capture_private=False)
    assert list(bench.unified(now)) == [starred]  # what is starred stays so
