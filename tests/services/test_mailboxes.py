"""Who may open, make, delete and rename what."""

from dataclasses import replace

import pytest

from fakes import outcome
from mailcap.domain.errors import (
    AlreadyExists,
    HasChildren,
    InvalidAddress,
    InvalidValue,
    NotFound,
    NotOwned,
    NotPermitted,
    OverQuota,
    Refused,
)
from mailcap.domain.mailboxes import SYSTEM_NAMES, MailboxKey
from mailcap.services.mailboxes import Quota
from support.fake_mailboxes import FOREIGN, HOME, HOSTED, OWN, PUBLIC, House


@pytest.fixture
def house() -> House:
    return House()


class TestOpening:
    @pytest.mark.parametrize(
        ("name", "key"),
        [
            ("inbox", ("#1", "INBOX")),
            ("Archive", ("#1", "Archive")),
            ("Work/x", (HOME, "Work/x")),
            (OWN, (OWN, "INBOX")),
            (HOSTED, (HOSTED, "INBOX")),
            ("Public+tag@Example.com/Sent", (PUBLIC, "Sent")),
        ],
    )
    def test_in_account_mode(self, house: House, name: str, key: tuple[str, str]) -> None:
        assert house.open(house.alice, name) == MailboxKey(*key)

    @pytest.mark.parametrize("inbox", [OWN, HOSTED, PUBLIC])
    def test_in_inbox_mode(self, house: House, inbox: str) -> None:
        who = house.at(inbox)
        assert house.open(who, "INBOX") == house.open(who, inbox) == MailboxKey(inbox, "INBOX")
        assert house.open(who, "Sent") == MailboxKey(inbox, "Sent")
        # Nothing but that inbox is open.
        assert house.open(who, HOME) == MailboxKey(inbox, HOME)

    @pytest.mark.parametrize(
        "name", [FOREIGN, f"{FOREIGN}/Sent", "bob@home.mailcap", "*@bob.test/Work"]
    )
    def test_what_belongs_to_somebody_else(self, house: House, name: str) -> None:
        with pytest.raises(NotPermitted):
            house.open(house.alice, name)
        house.open(house.bob, name)

    def test_unified_mailboxes_are_everybodys_own(self, house: House) -> None:
        assert house.open(house.bob, "INBOX").owner == "#2"
        assert house.open(house.alice, "INBOX").owner == "#1"

    def test_who_loses_an_inbox_has_no_access_any_more(self, house: House) -> None:
        who = house.at(PUBLIC)
        key = house.open(who, "INBOX")
        outcome(house.mailboxes.require_access(who, key))
        outcome(house.accounts.reserve_address(PUBLIC, "bob"))
        with pytest.raises(NotPermitted):
            outcome(house.mailboxes.require_access(who, key))
        with pytest.raises(NotPermitted):
            house.open(who, "Sent")

    @pytest.mark.parametrize(
        ("name", "error"),
        [("a@b..c", InvalidAddress), ("a//b", InvalidValue), ("a\n", InvalidValue)],
    )
    def test_what_is_no_name(self, house: House, name: str, error: type[Exception]) -> None:
        for action in (house.open, house.create, house.delete, house.subscribe):
            with pytest.raises(error):
                action(house.alice, name)

    def test_the_home_address_is_asked_for_once(self, house: House) -> None:
        assert outcome(house.mailboxes.naming(house.alice)).home == HOME
        outcome(house.accounts.remove_account("alice"))
        assert outcome(house.mailboxes.naming(house.alice)).home == HOME
        with pytest.raises(NotFound):
            outcome(house.mailboxes.naming(replace(house.alice, account=77)))

    def test_not_every_account_is_remembered(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("mailcap.services.mailboxes._HOMES_REMEMBERED", 1)
        for _ in range(2):
            assert outcome(house.mailboxes.naming(house.alice)).home == HOME
            assert outcome(house.mailboxes.naming(house.bob)).home == "bob@home.mailcap"
            assert len(house.mailboxes._homes) == 1


class TestCreating:
    def test_at_the_top_it_belongs_to_the_home_address(self, house: House) -> None:
        house.create(house.alice, "Work/2024/")
        assert house.names(HOME) == ["Work", "Work/2024"]

    @pytest.mark.parametrize("inbox", [OWN, HOSTED])
    def test_below_an_own_address(self, house: House, inbox: str) -> None:
        house.create(house.alice, f"{inbox}/Work")
        house.create(house.at(inbox), "Play", f"{inbox}/Sent/old")
        assert house.names(inbox) == ["Play", "Sent/old", "Work"]
        with pytest.raises(AlreadyExists):
            house.create(house.alice, f"{inbox}/Play")

    @pytest.mark.parametrize("name", ["x", "INBOX", "Sent", "a/b"])
    def test_nothing_is_made_in_public_inboxes(self, house: House, name: str) -> None:
        with pytest.raises(NotOwned):
            house.create(house.at(PUBLIC), name)
        with pytest.raises(NotOwned):
            house.create(house.alice, f"{PUBLIC}/{name}")
        assert house.names(PUBLIC) == []

    def test_nothing_is_made_for_others(self, house: House) -> None:
        with pytest.raises(NotPermitted):
            house.create(house.alice, f"{FOREIGN}/x")
        with pytest.raises(NotOwned):
            house.create(house.alice, FOREIGN)

    @pytest.mark.parametrize("name", [*SYSTEM_NAMES, "inbox", f"{OWN}/INBOX", f"{OWN}/Trash"])
    def test_what_is_there_always(self, house: House, name: str) -> None:
        with pytest.raises(AlreadyExists):
            house.create(house.alice, name)

    @pytest.mark.parametrize("name", [*SYSTEM_NAMES, OWN, f"{OWN}/Sent"])
    def test_what_is_there_always_in_inbox_mode(self, house: House, name: str) -> None:
        with pytest.raises(AlreadyExists):
            house.create(house.at(OWN), name)

    def test_an_address_is_reserved(self, house: House) -> None:
        house.create(house.alice, "New+tag@Example.com/", "*@alice.test", "x%2Fy@alice.test")
        reserved = [one.address for one in outcome(house.accounts.addresses("alice"))]
        assert sorted(reserved) == sorted(
            [HOME, OWN, "new@example.com", "*@alice.test", "x/y@alice.test"]
        )
        for name in ("new@example.com", OWN, HOME):
            with pytest.raises((AlreadyExists, NotOwned)):
                house.create(house.alice, name)
        with pytest.raises(NotOwned):
            house.create(house.bob, "new@example.com")
        with pytest.raises(NotOwned):
            house.create(house.alice, "*@example.com")

    def test_an_address_is_a_plain_name_in_an_inbox_of_its_own(self, house: House) -> None:
        house.create(house.at(OWN), "new@example.com")
        assert house.names(OWN) == ["new@example.com"]
        assert outcome(house.accounts.owner_of("new@example.com")) is None


class TestDeleting:
    def test_what_was_made(self, house: House) -> None:
        house.create(house.alice, "Work/x", f"{OWN}/y")
        with pytest.raises(HasChildren):
            house.delete(house.alice, "Work")
        house.delete(house.alice, "Work/x")
        house.delete(house.alice, "Work")
        house.delete(house.at(OWN), "y")
        assert house.names(HOME) == house.names(OWN) == []
        with pytest.raises(NotFound):
            house.delete(house.alice, "Work")

    def test_a_mailbox_that_only_begins_alike_is_not_below(self, house: House) -> None:
        house.create(house.alice, "Work", "Work2", "Workshop/x")
        house.delete(house.alice, "Work")
        assert house.names(HOME) == ["Work2", "Workshop", "Workshop/x"]

    @pytest.mark.parametrize(
        "name", [*SYSTEM_NAMES, "inbox", HOME, f"{HOME}/Sent", f"{OWN}/INBOX", f"{OWN}/Sent"]
    )
    def test_what_stays(self, house: House, name: str) -> None:
        with pytest.raises(Refused):
            house.delete(house.alice, name)
        assert outcome(house.accounts.owner_of(OWN)) == house.alice.account

    @pytest.mark.parametrize("name", [*SYSTEM_NAMES, OWN])
    def test_what_stays_in_inbox_mode(self, house: House, name: str) -> None:
        with pytest.raises(Refused):
            house.delete(house.at(OWN), name)

    def test_an_own_address_is_released_with_its_mail(self, house: House) -> None:
        house.store.with_mail.add(OWN)
        house.create(house.alice, f"{OWN}/x")
        house.delete(house.alice, "OWN@example.com")
        assert outcome(house.accounts.owner_of(OWN)) is None
        assert house.store.with_mail == set()
        assert house.names(OWN) == []

    def test_it_is_cleared_and_released_in_one_go(self, house: House) -> None:
        """Between two steps mail could come in, and would be everybody's."""
        house.store.clear = pytest.fail  # type: ignore[method-assign]
        house.delete(house.alice, OWN)
        assert outcome(house.accounts.owner_of(OWN)) is None

    def test_an_address_of_an_own_domain_loses_its_mail(self, house: House) -> None:
        house.store.with_mail.add(HOSTED)
        house.delete(house.alice, HOSTED)
        assert house.store.with_mail == set()
        assert outcome(house.accounts.owner_of(HOSTED)) == house.alice.account

    @pytest.mark.parametrize(
        ("name", "error"),
        [
            (PUBLIC, NotOwned),
            (f"{PUBLIC}/Sent", NotOwned),
            (f"{PUBLIC}/x", NotOwned),
            (FOREIGN, NotPermitted),
            (f"{FOREIGN}/x", NotPermitted),
        ],
    )
    def test_what_is_not_ones_own(self, house: House, name: str, error: type[Exception]) -> None:
        house.store.with_mail |= {PUBLIC, FOREIGN}
        with pytest.raises(error):
            house.delete(house.alice, name)
        assert house.store.with_mail == {PUBLIC, FOREIGN}

    def test_nothing_of_a_public_inbox(self, house: House) -> None:
        for name in ("INBOX", "Sent", "x", PUBLIC):
            with pytest.raises(NotOwned):
                house.delete(house.at(PUBLIC), name)


class TestRenaming:
    def test_with_all_below(self, house: House) -> None:
        house.create(house.alice, "Work/a", f"{OWN}/x")
        house.rename(house.alice, "Work", "Play/")
        house.rename(house.alice, f"{OWN}/x", f"{OWN}/y")
        house.rename(house.at(OWN), "y", "z")
        assert house.names(HOME) == ["Play", "Play/a"]
        assert house.names(OWN) == ["z"]

    @pytest.mark.parametrize(
        ("name", "new_name", "error"),
        [
            ("INBOX", "x", Refused),
            ("Sent", "x", Refused),
            (OWN, "new@example.com", Refused),
            (f"{OWN}/Sent", f"{OWN}/x", Refused),
            ("Work", f"{OWN}/Work", Refused),
            ("Work", "Work/deeper", Refused),
            ("Work", "Work", AlreadyExists),
            ("Work", "Trash", AlreadyExists),
            ("Work", "inbox", AlreadyExists),
            ("Work", "Play", AlreadyExists),
            ("Work", OWN, AlreadyExists),
            ("Gone", "x", NotFound),
            (f"{PUBLIC}/x", f"{PUBLIC}/y", NotOwned),
            (f"{FOREIGN}/x", f"{FOREIGN}/y", NotPermitted),
            ("Work", "a//b", InvalidValue),
        ],
    )
    def test_what_cannot_be(
        self, house: House, name: str, new_name: str, error: type[Exception]
    ) -> None:
        house.create(house.alice, "Work", "Play")
        with pytest.raises(error):
            house.rename(house.alice, name, new_name)
        assert house.names(HOME) == ["Play", "Work"]

    def test_nothing_of_a_public_inbox(self, house: House) -> None:
        for name in ("INBOX", "x"):
            with pytest.raises(NotOwned):
                house.rename(house.at(PUBLIC), name, "y")

    def test_the_same_mailbox_by_another_name(self, house: House) -> None:
        house.create(house.alice, "Work")
        house.rename(house.alice, f"{HOME}/Work", "Play")
        assert house.names(HOME) == ["Play"]


class TestSubscribing:
    def keys(self, house: House) -> list[MailboxKey]:
        return outcome(house.store.subscriptions(house.alice.account))

    def test_it_belongs_to_the_account(self, house: House) -> None:
        house.create(house.alice, "Work")
        house.subscribe(house.alice, "INBOX", "Work", "Work", f"{PUBLIC}/Sent")
        house.subscribe(house.at(OWN), "Sent", OWN)
        assert self.keys(house) == [
            MailboxKey("#1", "INBOX"),
            MailboxKey(HOME, "Work"),
            MailboxKey(OWN, "INBOX"),
            MailboxKey(OWN, "Sent"),
            MailboxKey(PUBLIC, "Sent"),
        ]
        house.subscribe(house.alice, "Work", f"{OWN}/INBOX", "Play", wanted=False)
        house.subscribe(house.alice, f"{PUBLIC}/Sent", wanted=False)
        assert self.keys(house) == [MailboxKey("#1", "INBOX"), MailboxKey(OWN, "Sent")]

    def test_what_clients_should_find_stays(self, house: House) -> None:
        for who, name in ((house.alice, "Trash"), (house.at(OWN), "INBOX")):
            with pytest.raises(Refused):
                house.subscribe(who, name, wanted=False)

    def test_what_cannot_be(self, house: House) -> None:
        with pytest.raises(NotFound):
            house.subscribe(house.alice, "Work")
        with pytest.raises(NotPermitted):
            house.subscribe(house.alice, FOREIGN)
        assert self.keys(house) == []

    def test_what_one_has_lost_can_be_given_up(self, house: House) -> None:
        house.subscribe(house.alice, PUBLIC)
        outcome(house.accounts.reserve_address(PUBLIC, "bob"))
        house.subscribe(house.alice, PUBLIC, wanted=False)
        assert self.keys(house) == []

    def test_public_inboxes_are_limited(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("mailcap.services.mailboxes._MOST_FOREIGN", 3)
        house.store.with_mail.add(HOSTED)
        house.subscribe(house.alice, *(f"{n}@example.com" for n in range(3)))
        with pytest.raises(OverQuota):
            house.subscribe(house.alice, PUBLIC)
        house.subscribe(house.alice, "2@example.com", *SYSTEM_NAMES, OWN, HOSTED, HOME)
        house.subscribe(house.alice, "1@example.com", wanted=False)
        house.subscribe(house.alice, PUBLIC)
        assert len(self.keys(house)) == 12


class TestQuota:
    @pytest.fixture
    def house(self, house: House) -> House:
        owner = house.accounts._owners["alice"]
        owner.account = replace(owner.account, message_limit=10)
        house.create(house.alice, "Work")
        house.store.used[house.alice.account] = (3, 4000)
        return house

    @pytest.mark.parametrize(
        ("name", "root"),
        [
            ("INBOX", "alice"),
            ("Work", "alice"),
            (OWN, "alice"),
            (f"{HOSTED}/Sent", "alice"),
            (PUBLIC, None),
        ],
    )
    def test_the_root_is_the_account(self, house: House, name: str, root: str | None) -> None:
        quota = outcome(house.mailboxes.quota_of(house.alice, name))
        assert (quota.root if quota else None) == root

    def test_in_inbox_mode(self, house: House) -> None:
        assert outcome(house.mailboxes.quota_of(house.at(OWN), "Sent")).root == "alice"
        assert outcome(house.mailboxes.quota_of(house.at(PUBLIC), "INBOX")) is None
        with pytest.raises(NotFound):
            outcome(house.mailboxes.quota_of(house.alice, "nowhere"))
        with pytest.raises(NotPermitted):
            outcome(house.mailboxes.quota_of(house.at(FOREIGN), "INBOX"))

    def test_without_limits_there_is_none(self, house: House) -> None:
        owner = house.accounts._owners["alice"]
        owner.account = replace(owner.account, message_limit=None)
        assert outcome(house.mailboxes.quota_of(house.alice, "INBOX")) is None
        with pytest.raises(NotFound):
            outcome(house.mailboxes.quota(house.alice, "alice"))

    def test_what_there_is_and_may_be(self, house: House) -> None:
        assert outcome(house.mailboxes.quota(house.alice, "alice")) == Quota(
            root="alice", messages=3, octets=4000, message_limit=10, storage_limit=None
        )

    @pytest.mark.parametrize("root", ["bob", "", "Alice"])
    def test_of_others_nothing_is_said(self, house: House, root: str) -> None:
        with pytest.raises(NotFound):
            outcome(house.mailboxes.quota(house.alice, root))
