"""Rights that are gone."""

from dataclasses import replace

import pytest

from mailcap.domain.accounts import Access, Identity
from support.stores import Bench, run

ADDRESS = "mine@example.com"


@pytest.fixture
def tim(bench: Bench) -> Identity:
    bench.account("tim")
    run(bench.store.accounts.add_key("tim", "first", b"digest"))
    run(bench.store.accounts.reserve_address(ADDRESS, "tim"))
    return by_key(bench)


def by_key(bench: Bench, digest: bytes = b"digest") -> Identity:
    return run(bench.store.accounts.key_holder(digest))


def by_password(bench: Bench, login: str) -> Identity:
    who, _ = run(bench.store.accounts.password_hashes(login))
    return who


def is_gone(bench: Bench, *access: object) -> bool:
    return run(bench.store.accounts.revoked([Access(*access)])) == [Access(*access)]


def test_a_key(bench: Bench, tim: Identity) -> None:
    assert not is_gone(bench, tim)
    assert is_gone(bench, replace(tim, key=tim.key + 1))
    run(bench.store.accounts.remove_key("tim", "first"))
    assert is_gone(bench, tim)


def test_another_key_of_the_same_label(bench: Bench, tim: Identity) -> None:
    run(bench.store.accounts.remove_key("tim", "first"))
    run(bench.store.accounts.add_key("tim", "first", b"another"))
    assert is_gone(bench, tim)
    assert not is_gone(bench, by_key(bench, b"another"))


def test_another_user_of_the_same_name(bench: Bench, tim: Identity) -> None:
    run(bench.store.accounts.add_user("tim", "ann", b"ann's"))
    ann = by_key(bench, b"ann's")
    run(bench.store.accounts.remove_user("tim", "ann"))
    run(bench.store.accounts.add_user("tim", "ann", b"new"))
    assert is_gone(bench, ann)
    assert not is_gone(bench, by_key(bench, b"new"))
    assert not is_gone(bench, tim)


def test_an_account_and_its_password(bench: Bench, tim: Identity) -> None:
    assert is_gone(bench, replace(tim, key=None))
    run(bench.store.accounts.set_password("tim", "hash"))
    who = by_password(bench, "tim")
    assert not is_gone(bench, who)
    assert is_gone(bench, replace(who, password=None))
    run(bench.store.accounts.set_password("tim", None))
    assert is_gone(bench, who)
    run(bench.store.accounts.remove_account("tim"))
    assert is_gone(bench, tim)


def test_another_password(bench: Bench, tim: Identity) -> None:
    run(bench.store.accounts.set_password("tim", "hash"))
    run(bench.store.accounts.set_address_password(ADDRESS, "tim", "hash"))
    own, of_address = by_password(bench, "tim"), by_password(bench, ADDRESS)
    run(bench.store.accounts.set_password("tim", "another"))
    assert is_gone(bench, own)
    assert not is_gone(bench, by_password(bench, "tim"))
    assert not is_gone(bench, of_address)
    run(bench.store.accounts.set_address_password(ADDRESS, "tim", "another"))
    assert is_gone(bench, of_address)
    assert not is_gone(bench, by_password(bench, ADDRESS))
    assert not is_gone(bench, tim)


def test_an_identity_shows_nothing_of_a_password(bench: Bench) -> None:
    run(bench.store.accounts.set_password("admin", "hash"))
    who = by_password(bench, "admin")
    assert who.password is not None
    assert "password" not in repr(who)


def test_a_password_of_an_address(bench: Bench, tim: Identity) -> None:
    assert is_gone(bench, replace(tim, key=None, inbox=ADDRESS))
    run(bench.store.accounts.set_address_password(ADDRESS, "tim", "hash"))
    who = by_password(bench, ADDRESS)
    assert not is_gone(bench, who)
    run(bench.store.accounts.release_address(ADDRESS, "tim"))
    assert is_gone(bench, who)
    run(bench.store.accounts.reserve_address(ADDRESS, "tim"))
    assert is_gone(bench, who)


def test_an_inbox_that_is_somebody_elses(bench: Bench, tim: Identity) -> None:
    assert not is_gone(bench, tim, ADDRESS)
    assert not is_gone(bench, tim, "public@example.com")
    run(bench.store.accounts.reserve_address("public@example.com", "admin"))
    assert is_gone(bench, tim, "public@example.com")
    assert is_gone(bench, replace(tim, inbox="public@example.com"))
    assert run(bench.store.accounts.revoked([])) == []
