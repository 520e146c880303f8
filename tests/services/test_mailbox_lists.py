"""What LIST shows to whom."""

import pytest

from fakes import outcome
from mailcap.domain.accounts import Identity
from mailcap.domain.mailboxes import SYSTEM_NAMES, MailboxKey
from mailcap.services.mailbox_lists import Listed
from support.fake_mailboxes import FOREIGN, HOME, HOSTED, OWN, PUBLIC, House

SPECIAL_USES = {name: name for name in ("Sent", "Drafts", "Junk", "Trash", "Archive")}


@pytest.fixture
def house() -> House:
    return House()


def shown(house: House, who: Identity, prefix: str = "") -> dict[str, Listed]:
    found = outcome(house.mailboxes.listing(who, prefix))
    names = [one.name for one in found]
    assert len(set(names)) == len(names)
    # What exists is shown once, and opens by the name it is shown by.
    keys = [one.key for one in found if one.exists]
    assert len(set(keys)) == len(keys)
    assert [house.open(who, one.name) for one in found if one.exists] == keys
    return {one.name: one for one in found}


def find(house: House, who: Identity, name: str) -> Listed | None:
    found: Listed | None = outcome(house.mailboxes.find(who, name))
    return found


class TestInboxMode:
    @pytest.mark.parametrize("inbox", [OWN, HOSTED, PUBLIC])
    def test_every_inbox_has_its_folders(self, house: House, inbox: str) -> None:
        found = shown(house, house.at(inbox))
        assert list(found) == list(SYSTEM_NAMES)
        assert all(one.exists and not one.has_children for one in found.values())
        assert {one.name: one.special_use for one in found.values() if one.special_use} == (
            SPECIAL_USES
        )

    def test_what_was_made(self, house: House) -> None:
        house.create(house.at(OWN), "b/c", "INBOX/x", "Sent/old", "A")
        found = shown(house, house.at(OWN), "b")
        assert list(found)[6:] == ["A", "INBOX/x", "Sent/old", "b", "b/c"]
        assert {one.name for one in found.values() if one.has_children} == {"INBOX", "Sent", "b"}
        assert all(one.exists for one in found.values())

    def test_what_is_subscribed_to(self, house: House) -> None:
        who = house.at(OWN)
        house.create(who, "gone/x")
        house.subscribe(who, "Sent", "gone/x")
        house.subscribe(house.alice, "INBOX", f"{PUBLIC}/Trash", "Trash")
        house.delete(who, "gone/x")
        house.delete(who, "gone")
        found = shown(house, who)
        assert {one.name for one in found.values() if one.subscribed} == {*SYSTEM_NAMES, "gone/x"}
        assert {one.name for one in found.values() if not one.exists} == {"gone", "gone/x"}
        assert found["gone"].has_children

    def test_the_address_is_found_by_exactly_that_name(self, house: House) -> None:
        who = house.at(OWN)
        found = find(house, who, "Own+tag@example.com")
        assert found is not None
        assert (found.name, found.key) == (OWN, MailboxKey(OWN, "INBOX"))
        assert found.exists
        assert not found.has_children
        assert OWN not in shown(house, who)
        assert OWN not in shown(house, who, f"{OWN}/")

    def test_exactly_one_name(self, house: House) -> None:
        who = house.at(OWN)
        house.create(who, "a/b")
        (inbox, sent, made) = (find(house, who, name) for name in ("inbox", f"{OWN}/Sent", "a"))
        assert inbox == shown(house, who)["INBOX"]
        assert sent == shown(house, who)["Sent"]
        assert made == shown(house, who)["a"]
        for name in ("a/c", "b", FOREIGN, "a//b", ""):
            assert find(house, who, name) is None

    def test_who_has_lost_the_inbox_sees_nothing(self, house: House) -> None:
        who = house.at(PUBLIC)
        assert shown(house, who)
        outcome(house.accounts.reserve_address(PUBLIC, "bob"))
        assert shown(house, who) == {}
        assert find(house, who, "INBOX") is None


class TestAccountMode:
    def test_the_unified_mailboxes_and_all_addresses(self, house: House) -> None:
        house.store.with_mail |= {HOSTED, PUBLIC, FOREIGN}
        house.create(house.alice, "*@alice.test", "x%2Fy@example.com")
        found = shown(house, house.alice)
        assert list(found) == [
            *SYSTEM_NAMES,
            "*@alice.test",
            HOSTED,
            OWN,
            "x%2Fy@example.com",
        ]
        assert {one.name: one.special_use for one in found.values() if one.special_use} == (
            SPECIAL_USES
        )
        assert {one.name for one in found.values() if one.has_children} == {
            "*@alice.test",
            HOSTED,
            OWN,
            "x%2Fy@example.com",
        }
        assert all(one.exists for one in found.values())
        assert {one.name for one in found.values() if one.subscribed} == {*SYSTEM_NAMES}

    def test_what_was_made(self, house: House) -> None:
        house.create(house.alice, "Work/x", f"{OWN}/Play", "Sent/old")
        house.create(house.bob, "Bobs")
        found = shown(house, house.alice)
        assert list(found)[6:] == ["Sent/old", "Work", "Work/x", OWN, f"{OWN}/Play"]
        assert {one.name for one in found.values() if one.has_children} == {"Sent", "Work", OWN}

    def test_how_many_questions_that_takes(self, house: House) -> None:
        house.create(house.alice, *(f"{number}@alice.test" for number in range(50)))
        house.store.asked.clear()
        house.accounts.asked.clear()
        outcome(house.mailboxes.listing(house.alice))
        assert sorted(house.store.asked) == ["inboxes", "names", "subscriptions"]
        assert house.accounts.asked == []

    def test_subscriptions_show_what_lies_below_them(self, house: House) -> None:
        house.subscribe(house.alice, PUBLIC, "two@example.com/Sent", f"{OWN}/Trash", "INBOX")
        found = shown(house, house.alice)
        assert {one.name for one in found.values() if one.subscribed} == {
            *SYSTEM_NAMES,
            PUBLIC,
            "two@example.com/Sent",
            f"{OWN}/Trash",
        }
        assert list(found)[6:] == sorted(
            [
                OWN,
                f"{OWN}/Trash",
                PUBLIC,
                *(f"{PUBLIC}/{name}" for name in SPECIAL_USES),
                "two@example.com",
                "two@example.com/Sent",
            ]
        )
        assert all(one.exists for one in found.values())
        assert not found[f"{PUBLIC}/Sent"].special_use

    def test_a_subscribed_address_of_ones_own(self, house: House) -> None:
        house.create(house.alice, f"{OWN}/Work/x")
        house.subscribe(house.alice, OWN)
        assert list(shown(house, house.alice))[6:] == sorted(
            [OWN, *(f"{OWN}/{name}" for name in SPECIAL_USES), f"{OWN}/Work", f"{OWN}/Work/x"]
        )

    def test_mailboxes_left_in_an_inbox_that_is_public_now(self, house: House) -> None:
        outcome(house.store.create(2, MailboxKey(PUBLIC, "Old/x")))
        assert f"{PUBLIC}/Old" not in shown(house, house.alice)
        house.subscribe(house.alice, f"{PUBLIC}/Old")
        assert list(shown(house, house.alice))[7:] == [PUBLIC, f"{PUBLIC}/Old", f"{PUBLIC}/Old/x"]

    def test_what_somebody_else_has_reserved_disappears(self, house: House) -> None:
        house.subscribe(house.alice, PUBLIC)
        outcome(house.accounts.reserve_address(PUBLIC, "bob"))
        assert PUBLIC not in shown(house, house.alice)
        assert find(house, house.alice, PUBLIC) is None
        assert shown(house, house.alice, f"{PUBLIC}/") == {}

    @pytest.mark.parametrize("address", [OWN, HOSTED, PUBLIC, HOME])
    def test_below_one_address(self, house: House, address: str) -> None:
        if address != PUBLIC:
            house.create(house.alice, f"{address}/a")
        house.create(house.alice, "other")
        found = shown(house, house.alice, f"{address}/")
        names = [address, *(f"{address}/{name}" for name in SPECIAL_USES)]
        own = {OWN: [f"{OWN}/a"], HOSTED: [f"{HOSTED}/a"], HOME: ["a", "other"], PUBLIC: []}
        assert sorted(found) == sorted([*names, *own[address]])
        assert not any(one.special_use for one in found.values())

    def test_exactly_one_name(self, house: House) -> None:
        house.create(house.alice, "Work/x")
        house.subscribe(house.alice, "Work")
        inbox = find(house, house.alice, "Inbox")
        assert inbox == shown(house, house.alice)["INBOX"]
        public = find(house, house.alice, "Public@example.com")
        assert public is not None
        assert (public.name, public.exists, public.has_children) == (PUBLIC, True, True)
        work = find(house, house.alice, f"{HOME}/Work")
        assert work == shown(house, house.alice)["Work"]
        assert work is not None
        assert work.subscribed
        for name in (FOREIGN, "Play", f"{OWN}/x", "a@b..c"):
            assert find(house, house.alice, name) is None

    def test_what_is_subscribed_to_and_gone(self, house: House) -> None:
        house.create(house.alice, "Work")
        house.subscribe(house.alice, "Work")
        house.delete(house.alice, "Work")
        for work in (find(house, house.alice, "Work"), shown(house, house.alice)["Work"]):
            assert work is not None
            assert work.subscribed
            assert not work.exists

    def test_names_that_look_like_others(self, house: House) -> None:
        """Made in inbox mode, where an address is a name as any other."""
        house.create(house.at(HOME), f"{OWN}/x", "INBOX/y")
        house.create(house.at(OWN), "INBOX/z")
        found = shown(house, house.alice)
        assert found[f"{HOME}/{OWN}/x"].key == MailboxKey(HOME, f"{OWN}/x")
        assert found["INBOX/y"].key == MailboxKey(HOME, "INBOX/y")
        assert found[f"{OWN}/INBOX/z"].key == MailboxKey(OWN, "INBOX/z")
        between = found[f"{OWN}/INBOX"]
        assert not between.exists
        assert between.has_children
        assert found["INBOX"].has_children

    def test_others_see_nothing_of_it(self, house: House) -> None:
        house.create(house.alice, "Work", f"{OWN}/x")
        house.subscribe(house.alice, PUBLIC)
        assert list(shown(house, house.bob)) == list(SYSTEM_NAMES)
        assert shown(house, house.bob, f"{OWN}/") == {}
