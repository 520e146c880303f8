"""Rights that are gone."""

from dataclasses import replace

import pytest

from mailcap.domain.accounts import Access, Identity
from support.stores import Bench, run

ADDRESS = "mine@example.com"


@pytest.fixture
def tim(bench: Bench) -> Identity:
    tim = bench.account("tim")
    run(bench.store.accounts.add_key("tim", "first", b"digest"))
    run(bench.store.accounts.reserve_address(ADDRESS, "tim"))
    return replace(tim, key_label="first")


def is_gone(bench: Bench, *access: object) -> bool:
    return run(bench.store.accounts.revoked([Access(*access)])) == [Access(*access)]


def test_a_key(bench: Bench, tim: Identity) -> None:
    assert not is_gone(bench, tim)
    assert is_gone(bench, replace(tim, key_label="other"))
    run(bench.store.accounts.remove_key("tim", "first"))
    assert is_gone(bench, tim)


def test_an_account_and_its_password(bench: Bench, tim: Identity) -> None:
    who = replace(tim, key_label=None)
    assert is_gone(bench, who)
    run(bench.store.accounts.set_password("tim", "hash"))
    assert not is_gone(bench, who)
    run(bench.store.accounts.set_password("tim", None))
    assert is_gone(bench, who)
    run(bench.store.accounts.remove_account("tim"))
    assert is_gone(bench, tim)


def test_a_password_of_an_address(bench: Bench, tim: Identity) -> None:
    who = replace(tim, key_label=None, inbox=ADDRESS)
    assert is_gone(bench, who)
    run(bench.store.accounts.set_address_password(ADDRESS, "tim", "hash"))
    assert not is_gone(bench, who)
    run(bench.store.accounts.release_address(ADDRESS, "tim"))
    assert is_gone(bench, who)


def test_an_inbox_that_is_somebody_elses(bench: Bench, tim: Identity) -> None:
    assert not is_gone(bench, tim, ADDRESS)
    assert not is_gone(bench, tim, "public@example.com")
    run(bench.store.accounts.reserve_address("public@example.com", "admin"))
    assert is_gone(bench, tim, "public@example.com")
    assert is_gone(bench, replace(tim, inbox="public@example.com"))
    assert run(bench.store.accounts.revoked([])) == []
