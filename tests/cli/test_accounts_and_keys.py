import time

import pytest

from fakes import outcome
from mailcap.services.keys import digest, is_generated
from mailcap.services.passwords import verify_password
from mailcap.store import Store, accounts
from support.stores import incoming


@pytest.fixture
def store(data_dir):
    """The same database, as the daemon has it open."""
    store = Store(f"sqlite:///{data_dir}/mailcap.db")
    yield store.accounts
    store.close()


class TestAccount:
    def test_add_shows_the_account(self, mailcap):
        ended = mailcap("account", "add", "Bob")
        assert (ended.status, ended.err) == (0, "")
        lines = dict(line.split(maxsplit=1) for line in ended.out.splitlines())
        assert lines["name"] == "bob"
        assert lines["homeAddress"] == "bob@home.mailcap"
        assert lines["seesPublic"] == lines["capturePrivate"] == "no"

    @pytest.mark.parametrize(
        ("options", "sees_public", "capture_private"),
        [
            ((), False, False),
            (("--sees-public",), True, False),
            (("--no-sees-public", "--capture-private"), False, True),
            (("--sees-public", "--no-capture-private"), True, False),
        ],
    )
    def test_add_sets_the_marks(self, mailcap, options, sees_public, capture_private):
        added = mailcap("account", "add", "bob", "--json", *options).json
        assert (added["seesPublic"], added["capturePrivate"]) == (sees_public, capture_private)

    @pytest.mark.parametrize(
        ("options", "sees_public", "capture_private"),
        [
            (("--sees-public",), True, True),
            (("--no-sees-public", "--capture-private"), False, True),
            (("--no-capture-private",), False, False),
        ],
    )
    def test_set_changes_what_is_said(self, mailcap, options, sees_public, capture_private):
        mailcap("account", "add", "bob", "--capture-private")
        changed = mailcap("account", "set", "Bob", "--json", *options).json
        assert changed == next(
            each for each in mailcap("account", "list", "--json").json if each["name"] == "bob"
        )
        assert (changed["seesPublic"], changed["capturePrivate"]) == (sees_public, capture_private)

    def test_set_shows_the_account(self, mailcap):
        ended = mailcap("account", "set", "admin", "--no-sees-public")
        assert (ended.status, ended.err) == (0, "")
        assert ["seesPublic", "no"] in [line.split() for line in ended.out.splitlines()]

    def test_between_the_pieces_of_a_long_change_others_have_their_turn(
        self, mailcap, data_dir, monkeypatch
    ):
        pauses = []
        bench = Store(f"sqlite:///{data_dir}/mailcap.db")
        for number in range(5):
            outcome(bench.intake.store_batch([incoming(f"{number}@example.org")]))
        bench.close()
        monkeypatch.setattr(accounts, "_AT_ONCE", 2)
        monkeypatch.setattr(time, "sleep", pauses.append)
        assert mailcap("account", "set", "admin", "--no-sees-public").status == 0
        assert len(pauses) == 3
        assert min(pauses) >= 0.025  # the longest that SQLite lets pass, at first

    def test_list_is_a_table(self, mailcap):
        mailcap("account", "add", "a-rather-long-name")
        head, *rows = mailcap("account", "list").out.splitlines()
        assert head.split()[:2] == ["name", "homeAddress"]
        assert [row.split()[0] for row in rows] == ["a-rather-long-name", "admin"]
        assert len({line.index(line.split()[1]) for line in (head, *rows)}) == 1
        assert not any(line.endswith(" ") for line in (head, *rows))

    def test_list_is_json_for_programs(self, mailcap):
        mailcap("account", "add", "bob")
        listed = mailcap("account", "list", "--json").json
        assert [each["name"] for each in listed] == ["admin", "bob"]
        assert listed[0]["seesPublic"] is True
        assert listed[1]["messageLimit"] is None
        assert listed[1]["created"].endswith("Z")

    def test_remove_is_silent(self, mailcap):
        mailcap("account", "add", "bob")
        ended = mailcap("account", "remove", "BOB")
        assert (ended.status, ended.out, ended.err) == (0, "", "")
        assert [each["name"] for each in mailcap("account", "list", "--json").json] == ["admin"]

    def test_remove_tells_programs_what_is_gone(self, mailcap):
        mailcap("account", "add", "bob")
        assert mailcap("account", "remove", "bob", "--json").json["name"] == "bob"

    @pytest.mark.parametrize(
        ("words", "complaint"),
        [
            (("add", "admin"), "There is an account admin already."),
            (("add", "b@d"), "An account name begins with"),
            (("set", "nobody", "--sees-public"), "There is no account nobody."),
            (("set", "admin"), "Nothing was said about what to change"),
            (("remove", "nobody"), "There is no account nobody."),
            (("remove", "admin"), "cannot be removed"),
            (("password", "nobody"), "There is no account nobody."),
        ],
    )
    def test_what_cannot_be_done_is_said_in_one_line(self, mailcap, words, complaint):
        ended = mailcap("account", *words)
        assert (ended.status, ended.out) == (1, "")
        assert ended.err.startswith("mailcap: ")
        assert complaint in ended.err
        assert ended.err.count("\n") == 1


class TestPassword:
    @pytest.mark.parametrize("typed", ["hunter2\n", "hunter2", "hunter2\r\n", "hunter2\nmore\n"])
    def test_it_is_the_first_line_of_the_input(self, mailcap, store, typed):
        ended = mailcap("account", "password", "Admin", typed=typed)
        assert (ended.status, ended.out, ended.err) == (0, "", "")
        _, stored = outcome(store.password_hashes("admin"))
        assert verify_password("hunter2", stored)

    def test_spaces_belong_to_it(self, mailcap, store):
        mailcap("account", "password", "admin", typed="  two words \n")
        assert verify_password("  two words ", outcome(store.password_hashes("admin"))[1])

    @pytest.mark.parametrize("typed", ["", "\n", "tab\there\n", "x" * 1025])
    def test_a_bad_one_changes_nothing(self, mailcap, store, typed):
        mailcap("account", "password", "admin", typed="old\n")
        ended = mailcap("account", "password", "admin", typed=typed)
        assert ended.status == 1
        assert ended.err.startswith("mailcap: A password ")
        assert verify_password("old", outcome(store.password_hashes("admin"))[1])

    def test_it_can_be_removed(self, mailcap, store):
        mailcap("account", "password", "admin", typed="old\n")
        assert mailcap("account", "password", "admin", "--remove").status == 0
        assert outcome(store.password_hashes("admin")) is None

    def test_an_address_has_its_own(self, mailcap, store):
        mailcap("address", "reserve", "x@example.com")
        ended = mailcap("address", "password", "X+y@Example.com", typed="hunter2\n")
        assert (ended.status, ended.out, ended.err) == (0, "", "")
        assert verify_password("hunter2", outcome(store.password_hashes("x@example.com"))[1])
        mailcap("address", "password", "x@example.com", "--remove")
        assert outcome(store.password_hashes("x@example.com")) is None

    def test_only_an_own_address_has_one(self, mailcap):
        mailcap("account", "add", "bob")
        mailcap("address", "reserve", "x@example.com", "--account", "bob")
        ended = mailcap("address", "password", "x@example.com", typed="hunter2\n")
        assert ended.status == 1
        assert "not an address of the account admin" in ended.err


class TestKey:
    def test_add_prints_the_key_and_nothing_else(self, mailcap, store):
        ended = mailcap("key", "add", "ci")
        assert (ended.status, ended.err) == (0, "")
        assert ended.out.endswith("\n")
        key = ended.out[:-1]
        assert is_generated(key)
        holder = outcome(store.key_holder(digest(key)))
        assert (holder.account_name, holder.key_label) == ("admin", "ci")

    def test_add_tells_programs_more(self, mailcap):
        mailcap("account", "add", "bob")
        added = mailcap("key", "add", "build server", "--account", "Bob", "--json").json
        assert is_generated(added.pop("key"))
        assert added.pop("created")
        assert added == {"label": "build server", "account": "bob", "user": None}

    def test_list_shows_no_secret(self, mailcap):
        key = mailcap("key", "add", "ci").out.strip()
        for options in ((), ("--json",)):
            listed = mailcap("key", "list", *options).out
            assert "ci" in listed
            assert key not in listed
            assert digest(key).hex() not in listed
        assert [each["label"] for each in mailcap("key", "list", "--json").json] == ["ci", "first"]

    def test_an_empty_list_is_empty(self, mailcap):
        mailcap("account", "add", "bob")
        assert mailcap("key", "list", "--account", "bob").out == ""
        assert mailcap("key", "list", "--account", "bob", "--json").json == []

    def test_remove_revokes(self, mailcap, store):
        key = mailcap("key", "add", "ci").out.strip()
        ended = mailcap("key", "remove", "ci")
        assert (ended.status, ended.out, ended.err) == (0, "", "")
        assert outcome(store.key_holder(digest(key))) is None
        assert mailcap("key", "remove", "ci").status == 1
        assert mailcap("key", "remove", "first", "--json").json["label"] == "first"

    @pytest.mark.parametrize(
        ("words", "complaint"),
        [
            (("add", "first"), "has a key first already"),
            (("add", ""), "1 to 64 printable"),
            (("add", "\x1b[31m"), "1 to 64 printable"),
            (("add", "ci", "--account", "nobody"), "There is no account nobody."),
            (("list", "--account", "nobody"), "There is no account nobody."),
            (("remove", "ci"), "has no key 'ci'"),
        ],
    )
    def test_what_cannot_be_done_is_said_in_one_line(self, mailcap, words, complaint):
        ended = mailcap("key", *words)
        assert (ended.status, ended.out) == (1, "")
        assert complaint in ended.err
        assert ended.err.count("\n") == 1
