import pytest

from fakes import STORES, account_store, outcome
from mailcap.domain.accounts import ADMIN
from mailcap.domain.errors import (
    AlreadyExists,
    InvalidAddress,
    InvalidValue,
    NotFound,
    NotOwned,
    Refused,
)
from mailcap.services.accounts import FIRST_KEY_LABEL, Accounts
from mailcap.services.keys import digest, is_generated, new_key
from mailcap.services.passwords import verify_password


@pytest.fixture(params=STORES)
def store(request):
    with account_store(request.param, request) as opened:
        yield opened


@pytest.fixture
def accounts(store):
    return Accounts(store, home_domain="Home.Mailcap")


@pytest.fixture
def two(accounts):
    """The accounts alice and bob."""
    outcome(accounts.add_account("alice"))
    outcome(accounts.add_account("bob"))
    return accounts


class TestAccounts:
    def test_a_new_account_has_a_home_address(self, accounts, store):
        added = outcome(accounts.add_account("Alice"))
        assert (added.name, added.home_address) == ("alice", "alice@home.mailcap")
        assert not added.sees_public
        assert not added.capture_private
        assert outcome(store.owner_of("alice@home.mailcap")) == added.number
        assert [each.address for each in outcome(accounts.addresses("alice"))] == [
            "alice@home.mailcap"
        ]

    def test_it_has_the_marks_that_were_asked_for(self, accounts):
        added = outcome(accounts.add_account("qa", sees_public=True, capture_private=True))
        assert added.sees_public
        assert added.capture_private
        assert outcome(accounts.account("QA")) == added

    @pytest.mark.parametrize(
        ("change", "marks"),
        [
            ({"sees_public": True}, (True, True)),
            ({"capture_private": False}, (False, False)),
            ({"sees_public": True, "capture_private": False}, (True, False)),
        ],
    )
    def test_its_marks_can_be_changed(self, accounts, change, marks):
        outcome(accounts.add_account("qa", capture_private=True))
        changed = outcome(accounts.change_account("QA", **change))
        assert (changed.sees_public, changed.capture_private) == marks
        assert outcome(accounts.account("qa")) == changed

    def test_a_change_of_nothing_is_refused(self, two):
        with pytest.raises(InvalidValue, match="bob"):
            outcome(two.change_account("Bob"))

    @pytest.mark.parametrize(
        ("name", "home"),
        [
            ("a.b", "a.b@home.mailcap"),
            ("a..b", '"a..b"@home.mailcap'),
            ("a.", '"a."@home.mailcap'),
        ],
    )
    def test_a_name_that_is_no_dot_string_has_a_home_address_too(self, accounts, name, home):
        assert outcome(accounts.add_account(name)).home_address == home
        assert outcome(accounts.address(home, name)).account == name

    def test_a_name_is_given_once_whatever_its_case(self, accounts):
        outcome(accounts.add_account("bob"))
        with pytest.raises(AlreadyExists):
            outcome(accounts.add_account("BOB"))

    @pytest.mark.parametrize("name", ["", "a@b", "b ob", "-x"])
    def test_a_bad_name_makes_nothing(self, accounts, name):
        with pytest.raises(InvalidValue):
            outcome(accounts.add_account(name))
        assert not outcome(accounts.accounts())

    def test_accounts_are_listed_by_name(self, accounts):
        for name in ("zoe", "Adam", "mia"):
            outcome(accounts.add_account(name))
        assert [each.name for each in outcome(accounts.accounts())] == ["adam", "mia", "zoe"]

    def test_a_removed_account_takes_what_it_owns_with_it(self, two, store):
        secret = outcome(two.add_key("bob", "ci")).secret
        outcome(two.reserve_address("x@example.com", "bob"))
        outcome(two.add_domain("example.org", "bob"))
        assert outcome(two.remove_account("Bob")).name == "bob"
        assert outcome(store.key_holder(digest(secret))) is None
        assert outcome(store.owner_of("x@example.com")) is None
        assert outcome(store.owner_of("y@example.org")) is None
        with pytest.raises(NotFound):
            outcome(two.account("bob"))

    def test_the_admin_stays(self, accounts):
        outcome(accounts.ensure_admin())
        with pytest.raises(Refused):
            outcome(accounts.remove_account("Admin"))
        assert outcome(accounts.account(ADMIN)).name == ADMIN

    @pytest.mark.parametrize(
        "question",
        [
            lambda accounts: accounts.account("nobody"),
            lambda accounts: accounts.change_account("nobody", sees_public=True),
            lambda accounts: accounts.remove_account("nobody"),
            lambda accounts: accounts.set_password("nobody", "x"),
            lambda accounts: accounts.keys("nobody"),
            lambda accounts: accounts.add_key("nobody", "ci"),
            lambda accounts: accounts.remove_key("nobody", "ci"),
            lambda accounts: accounts.reserve_address("a@example.com", "nobody"),
            lambda accounts: accounts.release_address("a@example.com", "nobody"),
            lambda accounts: accounts.addresses("nobody"),
            lambda accounts: accounts.set_address_password("a@example.com", "nobody", "x"),
            lambda accounts: accounts.add_domain("example.com", "nobody"),
            lambda accounts: accounts.remove_domain("example.com", "nobody"),
            lambda accounts: accounts.domains("nobody"),
        ],
    )
    def test_an_unknown_account_is_not_found(self, accounts, question):
        with pytest.raises(NotFound, match="nobody"):
            outcome(question(accounts))


class TestPasswords:
    def test_only_a_hash_is_stored(self, two, store):
        outcome(two.set_password("Bob", "hunter2"))
        identity, stored = outcome(store.password_hashes("bob"))
        assert identity.account_name == "bob"
        assert "hunter2" not in stored
        assert verify_password("hunter2", stored)

    def test_it_can_be_taken_away(self, two, store):
        outcome(two.set_password("bob", "hunter2"))
        outcome(two.set_password("bob", None))
        assert outcome(store.password_hashes("bob")) is None

    def test_a_bad_one_leaves_the_old_one(self, two, store):
        outcome(two.set_password("bob", "hunter2"))
        with pytest.raises(InvalidValue):
            outcome(two.set_password("bob", ""))
        assert verify_password("hunter2", outcome(store.password_hashes("bob"))[1])

    def test_an_address_has_its_own(self, two, store):
        outcome(two.reserve_address("x@example.com", "bob"))
        outcome(two.set_address_password("X+tag@Example.com", "bob", "hunter2"))
        identity, stored = outcome(store.password_hashes("x@example.com"))
        assert (identity.account_name, identity.inbox) == ("bob", "x@example.com")
        assert verify_password("hunter2", stored)
        outcome(two.set_address_password("x@example.com", "bob", None))
        assert outcome(store.password_hashes("x@example.com")) is None

    def test_it_goes_with_the_reservation(self, two, store):
        outcome(two.reserve_address("x@example.com", "bob"))
        outcome(two.set_address_password("x@example.com", "bob", "hunter2"))
        outcome(two.release_address("x@example.com", "bob"))
        outcome(two.reserve_address("x@example.com", "alice"))
        assert outcome(store.password_hashes("x@example.com")) is None

    def test_nobody_sets_it_for_another_accounts_address(self, two, store):
        outcome(two.reserve_address("x@example.com", "bob"))
        for address in ("x@example.com", "public@example.com", "bob@home.mailcap"):
            with pytest.raises(NotFound, match="alice"):
                outcome(two.set_address_password(address, "alice", "mine now"))
            assert outcome(store.password_hashes(address)) is None

    def test_hashing_happens_where_the_program_says(self, store):
        async def elsewhere(account: str, password: str) -> str:
            return f"hash of {password} for {account}"

        accounts = Accounts(store, home_domain="home.mailcap", hasher=elsewhere)
        outcome(accounts.add_account("bob"))
        outcome(accounts.set_password("bob", "hunter2"))
        assert outcome(store.password_hashes("bob"))[1] == "hash of hunter2 for bob"


class TestKeys:
    def test_a_new_key_opens_its_account(self, two, store):
        new = outcome(two.add_key("Bob", " ci "))
        assert is_generated(new.secret)
        assert (new.key.account, new.key.label) == ("bob", "ci")
        holder = outcome(store.key_holder(digest(new.secret)))
        assert (holder.account_name, holder.key_label, holder.inbox) == ("bob", "ci", None)

    def test_its_secret_is_not_shown_by_accident(self, two):
        new = outcome(two.add_key("bob", "ci"))
        assert new.secret not in repr(new)
        assert new.secret not in repr(outcome(two.keys("bob")))

    def test_labels_are_unique_within_an_account(self, two):
        outcome(two.add_key("bob", "ci"))
        with pytest.raises(AlreadyExists):
            outcome(two.add_key("bob", "ci"))
        outcome(two.add_key("alice", "ci"))

    def test_keys_are_listed_by_label(self, two):
        for label in ("z", "a", "m"):
            outcome(two.add_key("bob", label))
        assert [key.label for key in outcome(two.keys("BOB"))] == ["a", "m", "z"]
        assert outcome(two.keys("alice")) == []

    def test_a_removed_key_opens_nothing(self, two, store):
        secret = outcome(two.add_key("bob", "ci")).secret
        assert outcome(two.remove_key("Bob", "ci ")).label == "ci"
        assert outcome(store.key_holder(digest(secret))) is None
        with pytest.raises(NotFound, match="ci"):
            outcome(two.remove_key("bob", "ci"))

    def test_nobody_removes_another_accounts_key(self, two):
        outcome(two.add_key("bob", "ci"))
        with pytest.raises(NotFound):
            outcome(two.remove_key("alice", "ci"))
        assert [key.label for key in outcome(two.keys("bob"))] == ["ci"]

    @pytest.mark.parametrize("label", ["", "\x1b", "x" * 65])
    def test_a_bad_label_makes_no_key(self, two, label):
        with pytest.raises(InvalidValue):
            outcome(two.add_key("bob", label))
        assert outcome(two.keys("bob")) == []


class TestAddresses:
    @pytest.mark.parametrize(
        ("written", "inbox"),
        [
            ("Bob@Example.COM", "bob@example.com"),
            ("bob+shop@example.com", "bob@example.com"),
            ('"bob"@example.com', "bob@example.com"),
            ("büro@bücher.example", "büro@xn--bcher-kva.example"),
        ],
    )
    def test_an_address_is_folded_and_then_owned(self, two, store, written, inbox):
        assert outcome(two.reserve_address(written, "Bob")).address == inbox
        bob = outcome(two.account("bob")).number
        assert outcome(store.owner_of(inbox)) == bob
        assert inbox in [each.address for each in outcome(two.addresses("bob"))]

    @pytest.mark.parametrize("address", ["", "bob", "bob@", "@example.com", "a b@example.com"])
    def test_what_is_no_address_is_refused(self, two, address):
        for ask in (two.reserve_address, two.release_address, two.address):
            with pytest.raises(InvalidAddress):
                outcome(ask(address, "bob"))

    def test_it_belongs_to_one_account(self, two):
        outcome(two.reserve_address("x@example.com", "bob"))
        with pytest.raises(AlreadyExists):
            outcome(two.reserve_address("x+y@example.com", "bob"))
        with pytest.raises(NotOwned):
            outcome(two.reserve_address("x@example.com", "alice"))

    def test_released_it_is_public_again(self, two, store):
        outcome(two.reserve_address("x@example.com", "bob"))
        assert outcome(two.release_address("X@example.com", "bob")).address == "x@example.com"
        assert outcome(store.owner_of("x@example.com")) is None

    def test_only_its_owner_releases_it(self, two, store):
        outcome(two.reserve_address("x@example.com", "bob"))
        with pytest.raises(NotFound):
            outcome(two.release_address("x@example.com", "alice"))
        assert outcome(store.owner_of("x@example.com")) is not None

    @pytest.mark.parametrize("address", ["*@example.com", '"*"@EXAMPLE.com', "*+x@example.com"])
    def test_a_catch_all_needs_its_domain(self, two, address):
        for owner in ("bob", "alice"):
            with pytest.raises(NotOwned):
                outcome(two.reserve_address(address, owner))
        outcome(two.add_domain("example.com", "bob"))
        with pytest.raises(NotOwned):
            outcome(two.reserve_address(address, "alice"))
        reserved = outcome(two.reserve_address(address, "bob"))
        assert (reserved.address, reserved.catch_all) == ("*@example.com", "example.com")

    def test_an_address_in_anothers_domain_is_not_to_be_had(self, two):
        outcome(two.add_domain("example.com", "bob"))
        with pytest.raises(NotOwned):
            outcome(two.reserve_address("x@example.com", "alice"))
        outcome(two.reserve_address("x@example.com", "bob"))


class TestHomeDomain:
    @pytest.mark.parametrize(
        "address", ["carol@home.mailcap", "Carol+x@HOME.mailcap", "*@home.mailcap"]
    )
    def test_nobody_takes_a_home_address_before_its_account_is_made(self, two, address):
        with pytest.raises(NotOwned, match=r"home\.mailcap"):
            outcome(two.reserve_address(address, "bob"))
        assert outcome(two.add_account("carol")).home_address == "carol@home.mailcap"

    def test_nobody_owns_the_home_domain(self, two):
        with pytest.raises(NotOwned, match=r"home\.mailcap"):
            outcome(two.add_domain("HOME.mailcap", "bob"))

    def test_a_home_address_is_never_released(self, two, store):
        with pytest.raises(NotOwned, match="stays with"):
            outcome(two.release_address("bob@home.mailcap", "bob"))
        assert outcome(store.owner_of("bob@home.mailcap")) is not None


class TestDomains:
    @pytest.mark.parametrize(
        ("written", "name"),
        [("Example.COM", "example.com"), ("bücher.example", "xn--bcher-kva.example")],
    )
    def test_all_addresses_of_a_domain_are_its_owners(self, two, store, written, name):
        assert outcome(two.add_domain(written, "bob")).name == name
        bob = outcome(two.account("bob")).number
        assert outcome(store.owner_of(f"anything@{name}")) == bob
        assert outcome(store.owner_of(f"anything@sub.{name}")) is None
        assert [each.name for each in outcome(two.domains("bob"))] == [name]

    def test_it_belongs_to_one_account(self, two):
        outcome(two.add_domain("example.com", "bob"))
        with pytest.raises(AlreadyExists):
            outcome(two.add_domain("EXAMPLE.com", "bob"))
        with pytest.raises(NotOwned):
            outcome(two.add_domain("example.com", "alice"))
        with pytest.raises(NotFound):
            outcome(two.remove_domain("example.com", "alice"))

    def test_taken_away_its_addresses_are_public(self, two, store):
        outcome(two.add_domain("example.com", "bob"))
        assert outcome(two.remove_domain("Example.com", "bob")).name == "example.com"
        assert outcome(store.owner_of("x@example.com")) is None
        assert outcome(two.domains("bob")) == []

    @pytest.mark.parametrize("domain", ["", "a b", "-x.example", "x" * 64, "a..b", "*.example.com"])
    def test_what_is_no_domain_is_refused(self, two, domain):
        with pytest.raises(InvalidAddress):
            outcome(two.add_domain(domain, "bob"))


class TestFirstStart:
    def test_the_first_start_makes_an_admin_who_sees_public_mail(self, accounts, store):
        key = outcome(accounts.ensure_admin())
        assert is_generated(key)
        admin = outcome(accounts.account(ADMIN))
        assert admin.sees_public
        assert admin.home_address == "admin@home.mailcap"
        assert outcome(store.key_holder(digest(key))).account_name == ADMIN
        assert [each.label for each in outcome(accounts.keys(ADMIN))] == [FIRST_KEY_LABEL]

    def test_a_given_key_is_used(self, accounts, store):
        assert outcome(accounts.ensure_admin("a-key-of-my-own-choice")) == "a-key-of-my-own-choice"
        assert outcome(store.key_holder(digest("a-key-of-my-own-choice"))).account_name == ADMIN
        assert len(outcome(accounts.keys(ADMIN))) == 1

    def test_a_key_of_an_older_database_is_not_taken_over(self, accounts):
        old = new_key()
        assert outcome(accounts.ensure_admin(kept=old)) != old

    @pytest.mark.parametrize("given", ["short", 'quote"quote"quote"quote'])
    @pytest.mark.parametrize("already", [False, True])
    def test_a_given_key_that_will_never_do_makes_nothing(self, accounts, given, already):
        if already:
            outcome(accounts.ensure_admin())
        with pytest.raises(InvalidValue):
            outcome(accounts.ensure_admin(given))
        assert len(outcome(accounts.accounts())) == already

    @pytest.mark.parametrize(
        ("given", "kept", "expected"),
        [
            (None, None, None),
            ("", "", None),
            (None, "first", "first"),
            ("", "first", "first"),
            ("first", None, "first"),
            ("second", "first", "second"),
            ("unknown-but-well-formed", "first", "first"),
            ("unknown-but-well-formed", None, None),
            (None, "revoked", None),
            ("revoked", "second", "second"),
            (None, "bobs", None),
            ("bobs", "first", "first"),
            (None, 'rubbish " from a damaged file \x00', None),
        ],
    )
    def test_later_starts_find_a_key_that_is_still_valid(self, accounts, given, kept, expected):
        outcome(accounts.add_account("bob"))
        secrets = {
            "first": outcome(accounts.ensure_admin()),
            "second": outcome(accounts.add_key(ADMIN, "second")).secret,
            "revoked": outcome(accounts.add_key(ADMIN, "revoked")).secret,
            "bobs": outcome(accounts.add_key("bob", "bobs")).secret,
        }
        outcome(accounts.remove_key(ADMIN, "revoked"))
        before = outcome(accounts.keys(ADMIN))
        found = outcome(
            accounts.ensure_admin(secrets.get(given, given), kept=secrets.get(kept, kept))
        )
        assert found == secrets.get(expected, expected)
        assert outcome(accounts.keys(ADMIN)) == before

    def test_accounts_made_before_the_first_start_do_no_harm(self, accounts):
        outcome(accounts.add_account("bob"))
        assert outcome(accounts.ensure_admin()) is not None
        assert [each.name for each in outcome(accounts.accounts())] == ["admin", "bob"]
