"""Accounts with users, addresses and domains: alike in memory and in every store."""

import pytest

from fakes import STORES, account_store, outcome
from mailcap.domain.errors import (
    AlreadyExists,
    InvalidAddress,
    InvalidValue,
    NotFound,
    NotOwned,
    Refused,
)
from mailcap.services.accounts import Accounts
from mailcap.services.keys import digest, is_generated


@pytest.fixture(params=STORES)
def store(request):
    with account_store(request.param, request) as opened:
        yield opened


@pytest.fixture
def accounts(store):
    made = Accounts(store, home_domain="home.test")
    outcome(made.add_account("alice"))
    outcome(made.add_account("bob"))
    return made


class TestUsers:
    def test_a_user_gets_a_key(self, accounts, store):
        new = outcome(accounts.add_user("ALICE", "Tim"))
        assert (new.user.name, new.user.account) == ("tim", "alice")
        assert is_generated(new.secret)
        assert new.secret not in repr(new)
        holder = outcome(store.key_holder(digest(new.secret)))
        assert (holder.account_name, holder.user, holder.key_label) == ("alice", "tim", "tim")
        second = outcome(accounts.add_key("alice", "laptop", user="TIM"))
        assert second.key.user == "tim"
        assert outcome(accounts.remove_user("alice", "TIM")) == new.user
        assert outcome(store.key_holder(digest(second.secret))) is None
        assert outcome(accounts.users("alice")) == []
        assert outcome(accounts.keys("alice")) == []

    def test_what_cannot_be(self, accounts):
        outcome(accounts.add_key("alice", "ci"))
        outcome(accounts.add_user("alice", "tim"))
        for name, error in (("tim", AlreadyExists), ("ci", AlreadyExists), ("a@b", InvalidValue)):
            with pytest.raises(error):
                outcome(accounts.add_user("alice", name))
        assert [user.name for user in outcome(accounts.users("alice"))] == ["tim"]
        with pytest.raises(NotFound):
            outcome(accounts.remove_user("bob", "tim"))
        with pytest.raises(NotFound):
            outcome(accounts.add_key("bob", "x", user="tim"))

    def test_the_last_key_of_the_account_itself(self, accounts):
        outcome(accounts.add_key("alice", "ci"))
        outcome(accounts.add_user("alice", "tim"))
        with pytest.raises(Refused):
            outcome(accounts.remove_key("alice", "ci", but_not_the_last=True))
        assert len(outcome(accounts.keys("alice"))) == 2
        assert outcome(accounts.remove_key("alice", "ci")).label == "ci"


class TestAddresses:
    def test_many_or_none(self, accounts):
        made = outcome(accounts.reserve_addresses(["A@x.test", "b@x.test", "a+1@x.test"], "alice"))
        assert [one.address for one in made] == ["a@x.test", "b@x.test"]
        for wanted, error in (
            (["c@x.test", "a@x.test"], AlreadyExists),
            (["c@x.test", "x@home.test"], NotOwned),
            (["c@x.test", "nonsense"], InvalidAddress),
        ):
            with pytest.raises(error):
                outcome(accounts.reserve_addresses(wanted, "alice"))
        assert outcome(accounts.look_up("c@x.test")).owner is None

    def test_what_is_set(self, accounts):
        made = outcome(accounts.reserve_address("a@x.test", "alice", info="note"))
        assert (made.info, made.enablews) == ("note", None)
        changed = outcome(accounts.change_address("A@x.test", "Alice", forward="alice@home.test"))
        assert (changed.info, changed.enablews, changed.forward) == (
            "note",
            False,
            "alice@home.test",
        )
        assert outcome(accounts.address("a@x.test", "alice")) == changed
        for target in ("bob@home.test", "a@x.test", "public@x.test", "nonsense"):
            with pytest.raises(InvalidValue):
                outcome(accounts.change_address("a@x.test", "alice", forward=target))
        with pytest.raises(NotFound):
            outcome(accounts.change_address("a@x.test", "bob", info=""))
        outcome(accounts.set_address_password("a@x.test", "alice", "secret"))
        assert outcome(accounts.look_up("a@x.test")).reserved.has_password

    def test_who_may_reserve(self, accounts):
        outcome(accounts.add_domain("own.test", "alice"))
        outcome(accounts.reserve_address("b@x.test", "bob"))
        for address, alice, bob in (
            ("any@x.test", True, True),
            ("b@x.test", False, False),
            ("any@own.test", True, False),
            ("*@own.test", True, False),
            ("*@x.test", False, False),
            ("carol@home.test", False, False),
        ):
            standing = outcome(accounts.look_up(address))
            assert accounts.may_reserve(standing, "alice") is alice, address
            assert accounts.may_reserve(standing, "bob") is bob, address

    def test_aliases(self, accounts, store):
        outcome(accounts.reserve_address("a@x.test", "alice"))
        alias = outcome(accounts.aliases(["a@x.test"]))["a@x.test"]
        alice, bob = (outcome(accounts.account(name)).number for name in ("alice", "bob"))
        assert outcome(accounts.meant_by(alice, alias.upper())) == "a@x.test"
        assert outcome(accounts.meant_by(bob, alias)) == alias
        for other in ("A+tag@x.test", "nonsense", ""):
            assert outcome(accounts.meant_by(alice, other)) == other
        assert outcome(store.aliases([])) == {}


class TestDomains:
    def test_switches(self, accounts):
        outcome(accounts.add_domain("own.test", "alice"))
        changed = outcome(accounts.change_domain("Own.test", "ALICE", is_private=False))
        assert (changed.is_private, changed.enablews) == (False, False)
        assert outcome(accounts.look_up("any@own.test")).owner is None
        changed = outcome(accounts.change_domain("own.test", "alice", enablews=True))
        assert (changed.is_private, changed.enablews) == (False, True)
        for name, account in (("own.test", "bob"), ("none.test", "alice")):
            with pytest.raises(NotFound):
                outcome(accounts.change_domain(name, account, enablews=True))

    def test_the_catch_all(self, accounts):
        outcome(accounts.add_domain("own.test", "alice"))
        for wanted in (True, True, False, False):
            changed = outcome(accounts.change_domain("Own.test", "Alice", catch_all=wanted))
            assert changed.catch_all is wanted
            assert outcome(accounts.domains("alice")) == [changed]
            assert (outcome(accounts.look_up("*@own.test")).reserved is not None) == wanted
        with pytest.raises(NotFound):
            outcome(accounts.change_domain("own.test", "bob", catch_all=True))
        with pytest.raises(InvalidValue):
            outcome(accounts.change_domain("own.test", "alice"))

    def test_what_an_account_has(self, accounts):
        outcome(accounts.add_domain("own.test", "alice"))
        had = outcome(accounts.usage("Alice"))
        assert (had.addresses, had.domains) == (("alice@home.test",), ("own.test",))
        assert (had.messages, had.octets, had.starred, had.starred_inboxes) == (0, 0, 0, ())
