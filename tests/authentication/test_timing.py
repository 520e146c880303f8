"""Nobody learns from the time of an answer, or from its text, who exists."""

import pytest

from fakes import outcome, outcomes
from mailcap.domain.errors import AuthenticationFailed
from mailcap.services.keys import new_key


@pytest.fixture
def house(door):
    door.account("alice")
    door.account("keys-only")
    outcome(door.accounts.set_password("alice", "hunter2"))
    outcome(door.accounts.reserve_address("alice@shop.example", "alice"))
    outcome(door.accounts.set_address_password("alice@shop.example", "alice", "inbox"))
    return door


NAMES = [
    "alice",
    "keys-only",
    "nobody",
    "alice@shop.example",
    "keys-only@home.mailcap",
    "public@public.example",
    "",
    "no name!",
    "x" * 10_000,
    "@@@",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_wrong_password_is_compared_once_whoever_it_is_for(house, name):
    with pytest.raises(AuthenticationFailed) as refusal:
        house.log_in(name, "wrong")
    assert len(house.verified) == 1
    assert str(refusal.value) == "Name and password do not belong together."


@pytest.mark.parametrize("name", NAMES)
def test_a_wrong_key_costs_nobody_a_comparison(house, name):
    with pytest.raises(AuthenticationFailed):
        house.log_in(name, new_key())
    assert house.verified == []


@pytest.mark.parametrize("name", ["alice", "alice@shop.example", "public@public.example"])
def test_a_right_key_costs_none_either(house, name):
    key = outcome(house.accounts.add_key("alice", "more")).secret
    house.log_in(name, key)
    assert house.verified == []


@pytest.mark.parametrize("name", NAMES)
def test_the_delay_is_the_same_for_all(house, name):
    answer = outcomes(house.authenticator.authenticate(name, "wrong", peer="192.0.2.1"))
    house.clock.advance(0.49)
    assert answer == []
    house.clock.advance(0.02)
    assert answer[0].check(AuthenticationFailed)
