"""Accounts, keys and passwords."""

import hashlib
from concurrent.futures import ThreadPoolExecutor

import pytest

from mailcap.domain.accounts import Account
from mailcap.domain.errors import AlreadyExists, NotFound
from mailcap.store import Store
from support.stores import Bench, run


def digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


def test_an_account_comes_back_as_it_was_made(bench: Bench) -> None:
    made = run(
        bench.store.accounts.add_account(
            Account(
                number=0,
                name="qa",
                home_address="qa@home.mailcap",
                capture_private=True,
                message_limit=5,
                storage_limit=6,
            )
        )
    )
    assert run(bench.store.accounts.account("qa")) == made
    assert made.number > 0
    assert (made.message_limit, made.storage_limit) == (5, 6)
    assert made.created == int(bench.clock() * 1000)
    assert [one.name for one in run(bench.store.accounts.accounts())] == ["admin", "qa"]


def test_an_account_owns_its_home_address(bench: Bench) -> None:
    account = bench.account("qa")
    assert run(bench.store.accounts.owner_of("qa@home.mailcap")) == account.account


@pytest.mark.parametrize(
    ("name", "home"), [("admin", "x@home.mailcap"), ("x", "admin@home.mailcap")]
)
def test_names_and_home_addresses_are_taken_once(bench: Bench, name: str, home: str) -> None:
    with pytest.raises(AlreadyExists):
        run(bench.store.accounts.add_account(Account(number=0, name=name, home_address=home)))


def test_a_reserved_address_is_no_home_address(bench: Bench) -> None:
    run(bench.store.accounts.reserve_address("qa@home.mailcap", "admin"))
    with pytest.raises(AlreadyExists):
        bench.account("qa")


def test_mail_that_was_there_before_its_account(bench: Bench) -> None:
    ids = bench.deliver("qa@home.mailcap")
    account = bench.account("qa")
    assert list(bench.unified(account)) == ids
    assert bench.unified(bench.admin) == {}


def test_keys(bench: Bench) -> None:
    keys = bench.store.accounts
    made = run(keys.add_key("admin", "ci", digest("secret")))
    assert (made.account, made.label) == ("admin", "ci")
    assert run(keys.keys("admin")) == [made]
    holder = run(keys.key_holder(digest("secret")))
    assert (holder.account_name, holder.key_label, holder.inbox) == ("admin", "ci", None)
    assert run(keys.key_holder(digest("other"))) is None
    run(keys.remove_key("admin", "ci"))
    assert run(keys.key_holder(digest("secret"))) is None
    with pytest.raises(NotFound):
        run(keys.remove_key("admin", "ci"))


def test_a_label_and_a_secret_are_used_once(bench: Bench) -> None:
    bench.account("qa")
    run(bench.store.accounts.add_key("admin", "ci", digest("secret")))
    with pytest.raises(AlreadyExists):
        run(bench.store.accounts.add_key("admin", "ci", digest("another")))
    with pytest.raises(AlreadyExists):
        run(bench.store.accounts.add_key("qa", "ci", digest("secret")))
    run(bench.store.accounts.add_key("qa", "ci", digest("another")))


def test_passwords_of_accounts_and_addresses(bench: Bench) -> None:
    store = bench.store.accounts
    run(store.reserve_address("bob@example.com", "admin"))
    assert run(store.password_hashes("admin")) is None
    assert run(store.password_hashes("bob@example.com")) is None
    run(store.set_password("admin", "hash-a"))
    run(store.set_address_password("bob@example.com", "admin", "hash-b"))
    who, found = run(store.password_hashes("admin"))
    assert (who.account_name, who.inbox, found) == ("admin", None, "hash-a")
    who, found = run(store.password_hashes("bob@example.com"))
    assert (who.account_name, who.inbox, found) == ("admin", "bob@example.com", "hash-b")
    run(store.set_password("admin", None))
    assert run(store.password_hashes("admin")) is None


def test_an_address_that_changed_hands_keeps_its_new_owners_password(bench: Bench) -> None:
    """Who had it may still be hashing a password for it."""
    bench.account("qa")
    store = bench.store.accounts
    run(store.reserve_address("bob@example.com", "qa"))
    run(store.set_address_password("bob@example.com", "qa", "hash"))
    with pytest.raises(NotFound):
        run(store.set_address_password("bob@example.com", "admin", "another"))
    assert run(store.password_hashes("bob@example.com"))[1] == "hash"


@pytest.mark.parametrize("what", ["label", "secret"])
def test_of_those_who_add_the_same_key_at_once_one_succeeds(bench: Bench, what: str) -> None:
    for number in range(4):
        bench.account(f"qa{number}")

    def add(number: int) -> str:
        account, key = ("admin", f"{number}") if what == "label" else (f"qa{number}", "same")
        store = Store(bench.url)
        try:
            run(store.accounts.add_key(account, "ci", digest(key)))
        except AlreadyExists:
            return "refused"
        finally:
            store.close()
        return "added"

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(add, range(4))) == ["added", *["refused"] * 3]


def test_what_is_not_there(bench: Bench) -> None:
    store = bench.store.accounts
    for awaitable in (
        lambda: store.account("ghost"),
        lambda: store.keys("ghost"),
        lambda: store.add_key("ghost", "ci", digest("x")),
        lambda: store.set_password("ghost", "x"),
        lambda: store.set_address_password("ghost@example.com", "admin", "x"),
        lambda: store.set_address_password("admin@home.mailcap", "ghost", "x"),
        lambda: store.change_account("ghost", capture_private=True),
        lambda: store.reserve_address("a@example.com", "ghost"),
        lambda: store.addresses("ghost"),
        lambda: store.add_domain("example.com", "ghost"),
        lambda: store.domains("ghost"),
        lambda: store.remove_account("ghost"),
    ):
        with pytest.raises(NotFound):
            run(awaitable())


def test_an_account_goes_with_all_that_only_it_could_see(bench: Bench) -> None:
    qa = bench.account("qa", capture_private=True)
    store = bench.store.accounts
    run(store.add_key("qa", "ci", digest("secret")))
    run(store.reserve_address("bob@example.com", "qa"))
    run(store.add_domain("example.net", "qa"))
    bench.deliver("bob@example.com", "any@example.net", "qa@home.mailcap")
    bench.deliver("starred@example.org", submitter=qa)
    (public,) = bench.deliver("public@example.org")
    run(store.remove_account("qa"))
    assert bench.sql("SELECT id FROM messages") == [(public,)]
    assert run(store.key_holder(digest("secret"))) is None
    assert run(store.owner_of("bob@example.com")) is None
    assert run(store.owner_of("any@example.net")) is None
    assert [one.name for one in run(store.accounts())] == ["admin"]


def test_numbers_of_accounts_are_not_used_again(bench: Bench) -> None:
    first = bench.account("qa").account
    run(bench.store.accounts.remove_account("qa"))
    assert bench.account("qa").account > first
