"""The table of DESIGN: which name goes with which password."""

import pytest

from fakes import outcome
from mailcap.domain.accounts import Identity
from mailcap.domain.errors import AuthenticationFailed
from mailcap.services.keys import new_key

ALICES_PASSWORD = "alice's own"
INBOX_PASSWORD = "of the inbox"
GIVEN_KEY = "chosen-by-the-operator"


@pytest.fixture
def house(any_door):
    """Two accounts: alice owns alice@shop.example, all of alice.example and *@all.example."""
    accounts = any_door.accounts
    any_door.secrets = {
        "alice's key": any_door.account("alice"),
        "bob's key": any_door.account("bob", capture_private=True),
        "alice's password": ALICES_PASSWORD,
        "inbox password": INBOX_PASSWORD,
        "given key": GIVEN_KEY,
        "unknown key": new_key(),
        "rubbish": "rubbish",
        "nothing": "",
        "half a surrogate": "\udc80",
    }
    outcome(accounts.add_key("alice", "given", given=GIVEN_KEY))
    outcome(accounts.set_password("alice", ALICES_PASSWORD))
    outcome(accounts.reserve_address("alice@shop.example", "alice"))
    outcome(accounts.set_address_password("alice@shop.example", "alice", INBOX_PASSWORD))
    outcome(accounts.reserve_address("quiet@shop.example", "alice"))
    outcome(accounts.add_domain("alice.example", "alice"))
    outcome(accounts.add_domain("all.example", "alice"))
    outcome(accounts.reserve_address("*@all.example", "alice"))
    return any_door


ADMITTED = [
    # name, secret, account, inbox
    ("alice", "alice's key", "alice", None),
    ("ALICE", "alice's key", "alice", None),
    ("alice", "given key", "alice", None),
    ("alice", "alice's password", "alice", None),
    ("Alice", "alice's password", "alice", None),
    ("bob", "bob's key", "bob", None),
    # a public address: any key
    ("anything@public.example", "alice's key", "alice", "anything@public.example"),
    ("anything@public.example", "bob's key", "bob", "anything@public.example"),
    ("Any.Thing+tag@PUBLIC.example", "bob's key", "bob", "any.thing@public.example"),
    ("any@bücher.example", "bob's key", "bob", "any@xn--bcher-kva.example"),
    # a reserved one: its owner's key, or its own password
    ("alice@shop.example", "alice's key", "alice", "alice@shop.example"),
    ("alice@shop.example", "given key", "alice", "alice@shop.example"),
    ("Alice+x@Shop.Example", "alice's key", "alice", "alice@shop.example"),
    ("alice@shop.example", "inbox password", "alice", "alice@shop.example"),
    ("Alice+x@Shop.Example", "inbox password", "alice", "alice@shop.example"),
    # in an owned domain: the owner's key
    ("whoever@alice.example", "alice's key", "alice", "whoever@alice.example"),
    ("*@all.example", "alice's key", "alice", "*@all.example"),
    # home addresses are reserved
    ("alice@home.mailcap", "alice's key", "alice", "alice@home.mailcap"),
]

REFUSED = [
    ("alice", "bob's key"),
    ("bob", "alice's key"),
    ("bob", "given key"),
    ("bob", "alice's password"),
    ("alice", "inbox password"),
    ("alice", "unknown key"),
    ("alice", "rubbish"),
    ("alice", "nothing"),
    ("alice", "half a surrogate"),
    ("bob", "nothing"),
    ("nobody", "alice's key"),
    ("nobody", "alice's password"),
    ("nobody", "nothing"),
    ("", "alice's key"),
    ("", "nothing"),
    (" alice", "alice's key"),
    ("alice\x00bob", "alice's key"),
    ("\udc80", "alice's key"),
    ("@", "alice's key"),
    ("alice@", "alice's key"),
    ("@shop.example", "alice's key"),
    ("alice@shop.example", "bob's key"),
    ("alice@shop.example", "alice's password"),
    ("alice@shop.example", "rubbish"),
    ("quiet@shop.example", "inbox password"),
    ("quiet@shop.example", "nothing"),
    ("quiet@shop.example", "bob's key"),
    ("anything@public.example", "alice's password"),
    ("anything@public.example", "inbox password"),
    ("anything@public.example", "unknown key"),
    ("anything@public.example", "nothing"),
    ("whoever@alice.example", "bob's key"),
    ("whoever@alice.example", "alice's password"),
    ("*@all.example", "bob's key"),
    ("any@all.example", "bob's key"),
    ("alice@home.mailcap", "bob's key"),
    ("alice@home.mailcap", "alice's password"),
]


@pytest.mark.parametrize(("name", "secret", "account", "inbox"), ADMITTED)
def test_name_and_secret_belong_together(house, name, secret, account, inbox):
    identity = house.log_in(name, house.secrets[secret])
    assert (identity.account_name, identity.inbox) == (account, inbox)
    assert identity.account == outcome(house.accounts.account(account)).number
    assert identity.capture_private == (account == "bob")
    labels = {"alice's key": "test", "bob's key": "test", "given key": "given"}
    assert identity.key_label == labels.get(secret)


@pytest.mark.parametrize(("name", "secret"), REFUSED)
def test_name_and_secret_do_not(house, name, secret):
    with pytest.raises(AuthenticationFailed):
        house.log_in(name, house.secrets[secret])


@pytest.mark.parametrize(
    ("secret", "account"),
    [("alice's key", "alice"), ("given key", "alice"), ("bob's key", "bob")],
)
def test_a_key_alone_tells_whose_it_is(house, secret, account):
    identity = house.show_key(house.secrets[secret])
    assert (identity.account_name, identity.inbox) == (account, None)


@pytest.mark.parametrize(
    "secret", ["alice's password", "inbox password", "unknown key", "rubbish", "nothing"]
)
def test_nothing_else_is_a_key(house, secret):
    with pytest.raises(AuthenticationFailed, match="key"):
        house.show_key(house.secrets[secret])


def test_whoever_logs_in_with_an_address_logs_in_again_as_the_account(house):
    """The inbox of one login must not stick to the remembered key."""
    key = house.secrets["alice's key"]
    assert house.log_in("alice@shop.example", key).inbox == "alice@shop.example"
    assert house.log_in("alice", key).inbox is None
    assert house.show_key(key).inbox is None


def test_the_admin_reads_no_more_than_others(house):
    key = outcome(house.accounts.ensure_admin())
    assert house.log_in("admin", key).is_admin
    assert house.log_in("x@public.example", key).inbox == "x@public.example"
    for address in ("alice@shop.example", "whoever@alice.example", "bob@home.mailcap"):
        with pytest.raises(AuthenticationFailed):
            house.log_in(address, key)


def test_an_identity_is_a_plain_value(house):
    assert isinstance(house.log_in("bob", house.secrets["bob's key"]), Identity)
