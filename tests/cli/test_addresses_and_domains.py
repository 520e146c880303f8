import sqlite3

import pytest

from fakes import outcome
from mailcap.domain.accounts import Identity
from mailcap.store import Store
from support.stores import incoming


def test_an_address_is_reserved_listed_and_removed(mailcap):
    reserved = mailcap("address", "reserve", "Bob+x@Example.COM", "--json").json
    assert (reserved["address"], reserved["account"]) == ("bob@example.com", "admin")
    listed = mailcap("address", "list", "--json").json
    assert [each["address"] for each in listed] == ["admin@home.mailcap", "bob@example.com"]
    assert "bob@example.com" in mailcap("address", "list").out
    ended = mailcap("address", "remove", "bob@example.com")
    assert (ended.status, ended.out, ended.err) == (0, "", "")
    assert len(mailcap("address", "list", "--json").json) == 1


def test_release_is_another_word_for_remove(mailcap):
    mailcap("address", "reserve", "bob@example.com")
    released = mailcap("address", "release", "bob@example.com", "--json").json
    assert released["address"] == "bob@example.com"


def test_an_address_is_changed(mailcap):
    mailcap("address", "reserve", "bob@example.com")
    changed = mailcap("address", "set", "Bob@example.com", "--websocket", "--json").json
    assert (changed["enablews"], changed["info"]) == (True, "")
    changed = mailcap("address", "set", "bob@example.com", "--info", "for CI", "--json").json
    assert (changed["enablews"], changed["info"]) == (True, "for CI")
    changed = mailcap(
        "address", "set", "bob@example.com", "--no-websocket", "--info=", "--json"
    ).json
    assert (changed["enablews"], changed["info"]) == (False, "")
    assert changed in mailcap("address", "list", "--json").json


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("bob@example.com",), "Nothing was said"),
        (("else@example.com", "--websocket"), "is not an address of the account admin"),
    ],
)
def test_an_address_that_cannot_be_changed(mailcap, words, complaint):
    mailcap("address", "reserve", "bob@example.com")
    ended = mailcap("address", "set", *words)
    assert (ended.status, ended.out) == (1, "")
    assert complaint in ended.err


def test_a_password_is_shown_to_be_there(mailcap):
    mailcap("address", "password", "admin@home.mailcap", typed="secret\n")
    (shown,) = mailcap("address", "list", "--json").json
    assert shown["password"] == "set"


@pytest.mark.parametrize(("words", "left"), [((), 1), (("--with-messages",), 0)])
def test_an_address_is_removed_with_its_mail_or_without(mailcap, data_dir, words, left):
    mailcap("address", "reserve", "bob@example.com")
    store = Store(f"sqlite:///{data_dir}/mailcap.db")
    store.open()
    outcome(store.intake.store_batch([incoming("bob@example.com")]))
    assert mailcap("address", "remove", "bob@example.com", *words).status == 0
    who = outcome(store.accounts.account("admin"))
    asker = Identity(account=who.number, account_name="admin")
    assert outcome(store.mail.count_inbox(asker, "bob@example.com")) == left
    store.close()


def test_what_others_have_written_does_nothing_to_a_terminal(mailcap, data_dir):
    with sqlite3.connect(data_dir / "mailcap.db") as database:
        database.execute("UPDATE addresses SET info = ?", ["\x1b]0;owned\x07\nadmin"])
    database.close()
    listed = mailcap("address", "list").out
    assert r"'\x1b]0;owned\x07\nadmin'" in listed
    assert listed.count("\n") == 2
    assert "\x1b" not in listed


def test_a_domain_is_added_listed_and_removed(mailcap):
    added = mailcap("domain", "add", "Bücher.Example", "--json").json
    assert (added["domain"], added["account"], added["isPrivate"]) == (
        "xn--bcher-kva.example",
        "admin",
        True,
    )
    assert "xn--bcher-kva.example" in mailcap("domain", "list").out
    assert [each["domain"] for each in mailcap("domain", "list", "--json").json] == [
        "xn--bcher-kva.example"
    ]
    ended = mailcap("domain", "remove", "bücher.example")
    assert (ended.status, ended.out, ended.err) == (0, "", "")
    assert mailcap("domain", "list", "--json").json == []
    mailcap("domain", "add", "example.com")
    assert mailcap("domain", "remove", "example.com", "--json").json["domain"] == "example.com"


def test_a_catch_all_follows_its_domain(mailcap):
    assert mailcap("address", "reserve", "*@example.com").status == 1
    mailcap("domain", "add", "example.com")
    assert mailcap("address", "reserve", "*@example.com", "--json").json["catchAll"] == (
        "example.com"
    )


def test_the_account_is_admin_unless_another_is_named(mailcap):
    mailcap("account", "add", "bob")
    mailcap("domain", "add", "bobs.example", "--account", "BOB")
    assert mailcap("domain", "list", "--json").json == []
    assert mailcap("domain", "list", "--account=bob", "--json").json[0]["account"] == "bob"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("address", "reserve", "nonsense"), "there is no @ behind a local part"),
        (("address", "reserve", "x@taken.example"), "owned by another account"),
        (("address", "reserve", "x@bobs.example"), "owned by another account"),
        (("address", "reserve", "admin@home.mailcap"), "given out with accounts"),
        (("address", "remove", "admin@home.mailcap"), "home address"),
        (("address", "remove", "x@example.com"), "is not an address of the account admin"),
        (("address", "remove", "x@taken.example"), "is not an address of the account admin"),
        (("address", "list", "--account", "nobody"), "There is no account nobody."),
        (("domain", "add", "no domain"), "domain is not made of"),
        (("domain", "add", "bobs.example"), "owned by another account"),
        (("domain", "add", "home.mailcap"), "given out with accounts"),
        (("domain", "remove", "bobs.example"), "is not a domain of the account admin"),
        (("domain", "list", "--account", "no body"), "An account name begins"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(mailcap, words, complaint):
    mailcap("account", "add", "bob")
    mailcap("domain", "add", "bobs.example", "--account", "bob")
    mailcap("address", "reserve", "x@taken.example", "--account", "bob")
    ended = mailcap(*words)
    assert (ended.status, ended.out) == (1, "")
    assert ended.err.startswith("mailcap: ")
    assert complaint in ended.err
    assert ended.err.count("\n") == 1


def test_the_home_domain_is_the_servers_setting(mailcap):
    added = mailcap("--set", "accounts.home_domain=at.home", "account", "add", "bob", "--json").json
    assert added["homeAddress"] == "bob@at.home"


def test_a_domain_is_changed(mailcap):
    mailcap("domain", "add", "example.com")
    changed = mailcap("domain", "set", "Example.com", "--public", "--websocket", "--json").json
    assert (changed["isPrivate"], changed["enablews"]) == (False, True)
    changed = mailcap("domain", "set", "example.com", "--private", "--json").json
    assert (changed["isPrivate"], changed["enablews"]) == (True, True)
    for _ in range(2):
        changed = mailcap("domain", "set", "example.com", "--catch-all", "--json").json
        assert changed["catchAll"] is True
        assert mailcap("domain", "list", "--json").json == [changed]
        listed = mailcap("address", "list", "--json").json
        assert listed[0]["address"] == "*@example.com"
    for _ in range(2):
        changed = mailcap("domain", "set", "example.com", "--no-catch-all", "--json").json
        assert changed["catchAll"] is False
        assert len(mailcap("address", "list", "--json").json) == 1


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("example.com",), "Nothing was said"),
        (("none.example", "--public"), "is not a domain of the account admin"),
        (("none.example", "--catch-all"), "is not a domain of the account admin"),
    ],
)
def test_a_domain_that_cannot_be_changed(mailcap, words, complaint):
    mailcap("domain", "add", "example.com")
    ended = mailcap("domain", "set", *words)
    assert (ended.status, ended.out) == (1, "")
    assert complaint in ended.err
