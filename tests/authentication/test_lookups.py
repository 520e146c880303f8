"""What is remembered of the store, and that it is for a second only."""

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from fakes import outcome, outcomes
from mailcap.authentication.lookups import REMEMBERED_SECONDS, Lookups
from mailcap.domain.accounts import Identity
from mailcap.domain.errors import AuthenticationFailed, StoreUnavailable
from mailcap.services.keys import digest

ALICE = Identity(account=1, account_name="alice")


def test_a_busy_key_is_looked_up_once_a_second(door):
    key = door.account("alice")
    for _ in range(100):
        door.show_key(key)
        door.log_in("alice", key)
        door.log_in("x@public.example", key)
    assert door.store.asked == ["key_holder", "owner_of"]
    door.clock.advance(REMEMBERED_SECONDS)
    door.log_in("x@public.example", key)
    assert door.store.asked == ["key_holder", "owner_of"] * 2


def test_a_removed_key_stops_within_a_second(any_door):
    key = any_door.account("alice")
    any_door.show_key(key)
    any_door.clock.advance(0.5)
    outcome(any_door.accounts.remove_key("alice", "test"))
    any_door.clock.advance(0.5)
    with pytest.raises(AuthenticationFailed):
        any_door.show_key(key)
    with pytest.raises(AuthenticationFailed):
        any_door.log_in("alice", key)


def test_a_new_key_works_at_once_although_it_was_tried_before(any_door):
    any_door.account("alice")
    for _ in range(3):
        with pytest.raises(AuthenticationFailed):
            any_door.show_key("a-key-that-comes-later")
    outcome(any_door.accounts.add_key("alice", "late", given="a-key-that-comes-later"))
    assert any_door.show_key("a-key-that-comes-later").account_name == "alice"


def test_a_removed_account_stops_within_a_second(any_door):
    key = any_door.account("alice")
    any_door.show_key(key)
    outcome(any_door.accounts.remove_account("alice"))
    any_door.clock.advance(1)
    with pytest.raises(AuthenticationFailed):
        any_door.show_key(key)


def test_an_address_closes_to_others_within_a_second_of_being_reserved(any_door):
    alice, bob = any_door.account("alice"), any_door.account("bob")
    any_door.log_in("x@shop.example", alice)
    outcome(any_door.accounts.reserve_address("x@shop.example", "bob"))
    any_door.clock.advance(1)
    with pytest.raises(AuthenticationFailed):
        any_door.log_in("x@shop.example", alice)
    any_door.log_in("x@shop.example", bob)


def test_a_changed_password_counts_at_once(any_door):
    any_door.account("alice")
    outcome(any_door.accounts.set_password("alice", "old"))
    any_door.log_in("alice", "old")
    outcome(any_door.accounts.set_password("alice", "new"))
    with pytest.raises(AuthenticationFailed):
        any_door.log_in("alice", "old")
    any_door.log_in("alice", "new")


class SlowStore:
    """Answers when the test says so."""

    def __init__(self):
        self.pending = []

    def key_holder(self, _digest):
        self.pending.append(Deferred())
        return self.pending[-1]


def test_the_second_begins_with_the_question_not_with_the_answer():
    clock, store = Clock(), SlowStore()
    lookups = Lookups(store, clock)
    first = outcomes(lookups.key_holder("key"))
    clock.advance(0.9)  # meanwhile the key may have been removed
    store.pending[0].callback(ALICE)
    assert first == [ALICE]
    clock.advance(0.2)
    outcomes(lookups.key_holder("key"))
    assert len(store.pending) == 2


def test_a_failure_of_the_store_is_not_remembered():
    clock, store = Clock(), SlowStore()
    lookups = Lookups(store, clock)
    first = outcomes(lookups.key_holder("key"))
    store.pending[0].errback(StoreUnavailable("not now"))
    assert first[0].check(StoreUnavailable)
    again = outcomes(lookups.key_holder("key"))
    store.pending[1].callback(ALICE)
    assert again == [ALICE]


def test_only_the_digest_of_a_key_is_kept():
    class Store:
        async def key_holder(self, wanted):
            assert wanted == digest("key")
            return ALICE

    lookups = Lookups(Store(), Clock())
    outcome(lookups.key_holder("key"))
    assert list(lookups._holders._entries) == [digest("key")]


def test_guesses_are_not_remembered(door):
    for number in range(1000):
        outcome(door.lookups.key_holder(f"guess {number}"))
    assert len(door.lookups._holders) == 0
