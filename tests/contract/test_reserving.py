"""Reserving many addresses, what is set of them, and releasing them with their mail."""

from typing import Any

import pytest

from mailcap.domain.accounts import Identity, ReservedAddress
from mailcap.domain.errors import AlreadyExists, InvalidValue, NotFound, NotOwned
from mailcap.domain.mailboxes import MailboxKey
from mailcap.store import folders
from support.stores import Bench, run

BOB = "bob@example.com"


@pytest.fixture
def owner(bench: Bench) -> Identity:
    return bench.account("owner")


def reserve(bench: Bench, address: str, **changes: Any) -> ReservedAddress:
    return run(bench.store.accounts.reserve_address(address, "owner", **changes))


def change(bench: Bench, address: str, **changes: Any) -> ReservedAddress:
    return run(bench.store.accounts.change_address(address, "owner", **changes))


@pytest.mark.usefixtures("owner")
def test_many_are_reserved_or_none(bench: Bench) -> None:
    bench.account("other")
    store = bench.store.accounts
    made = run(store.reserve_addresses(["a@x.test", "b@x.test"], "owner"))
    assert [one.address for one in made] == ["a@x.test", "b@x.test"]
    with pytest.raises(AlreadyExists):
        run(store.reserve_addresses(["c@x.test", "b@x.test"], "owner"))
    with pytest.raises(NotOwned):
        run(store.reserve_addresses(["c@x.test", "b@x.test"], "other"))
    assert run(store.owner_of("c@x.test")) is None
    assert run(store.reserve_addresses([], "owner")) == []


@pytest.mark.usefixtures("owner")
def test_changes_are_merged(bench: Bench) -> None:
    fresh = reserve(bench, BOB)
    assert (fresh.enablews, fresh.webhook, fresh.has_password) == (None, None, False)
    changed = change(bench, BOB, webhook="https://hooks.test/")
    assert (changed.enablews, changed.webhook) == (False, "https://hooks.test/")
    changed = change(bench, BOB, enablews=True, info="for sign-ups", webhook_slack_to_from=True)
    assert (changed.enablews, changed.webhook, changed.info) == (
        True,
        "https://hooks.test/",
        "for sign-ups",
    )
    assert changed.webhook_slack_to_from is True
    assert change(bench, BOB, webhook=None).webhook is None
    assert change(bench, BOB).enablews is True
    run(bench.store.accounts.set_address_password(BOB, "owner", "hash"))
    (_, found) = run(bench.store.accounts.addresses("owner"))[::-1]
    assert found.has_password


@pytest.mark.usefixtures("owner")
def test_what_is_to_be_set_can_be_said_at_once(bench: Bench) -> None:
    made = reserve(bench, BOB, enablews=True, info="x", webhook_slack="https://slack.test/")
    assert (made.enablews, made.info, made.webhook_slack) == (True, "x", "https://slack.test/")


@pytest.mark.usefixtures("owner")
def test_mail_is_forwarded_inside_the_account_only(bench: Bench) -> None:
    bench.account("other")
    run(bench.store.accounts.reserve_address("theirs@x.test", "other"))
    run(bench.store.accounts.add_domain("own.test", "owner"))
    reserve(bench, "a@x.test")
    reserve(bench, BOB, forward="a@x.test")
    assert change(bench, BOB, forward="any@own.test").forward == "any@own.test"
    for target in ("theirs@x.test", "public@x.test", BOB):
        with pytest.raises(InvalidValue):
            change(bench, BOB, forward=target)
        with pytest.raises(InvalidValue):
            reserve(bench, "new@own.test", forward=target if target != BOB else "new@own.test")
    assert run(bench.store.accounts.look_up(BOB)).reserved.forward == "any@own.test"
    assert change(bench, BOB, forward=None).forward is None


@pytest.mark.usefixtures("owner")
def test_only_the_owner_changes(bench: Bench) -> None:
    bench.account("other")
    reserve(bench, BOB)
    for address, account in ((BOB, "other"), ("nobody@x.test", "owner")):
        with pytest.raises(NotFound):
            run(bench.store.accounts.change_address(address, account, enablews=True))


def test_who_owns_what(bench: Bench, owner: Identity) -> None:
    store = bench.store.accounts
    run(store.add_domain("own.test", "owner"))
    reserve(bench, BOB)
    reserved = run(store.look_up(BOB))
    assert (reserved.owner, reserved.is_implicit, reserved.domain) == ("owner", False, None)
    implicit = run(store.look_up("any@own.test"))
    assert (implicit.owner, implicit.is_implicit, implicit.reserved) == ("owner", True, None)
    assert implicit.domain.account == owner.account_name
    public = run(store.look_up("any@x.test"))
    assert (public.owner, public.is_implicit) == (None, False)
    run(store.change_domain("own.test", "owner", is_private=False))
    assert run(store.look_up("any@own.test")).owner is None


class TestReleasingWithMessages:
    def test_nothing_is_left(self, bench: Bench, owner: Identity) -> None:
        reserve(bench, BOB)
        starrer = bench.account("keeper", capture_private=True)
        for _ in range(3):
            bench.deliver(BOB)
        run(bench.store.mailboxes.create(owner.account, MailboxKey(BOB, "kept")))
        (elsewhere,) = bench.deliver("carol@example.com")
        released = run(bench.store.accounts.release_address(BOB, "owner", with_messages=True))
        assert released.address == BOB
        assert run(bench.store.accounts.owner_of(BOB)) is None
        assert bench.sql("SELECT id FROM messages") == [(elsewhere,)]
        assert run(bench.store.mailboxes.names(owner.account, BOB)) == []
        assert bench.unified(owner) == {}
        assert starrer.account != owner.account

    def test_starred_mail_goes_too(self, bench: Bench) -> None:
        keeper = bench.account("keeper", capture_private=True)
        run(bench.store.accounts.reserve_address(BOB, "keeper"))
        bench.deliver(BOB, submitter=keeper)
        assert bench.sql("SELECT saved_by FROM messages") == [(keeper.account,)]
        run(bench.store.accounts.release_address(BOB, "keeper", with_messages=True))
        assert bench.sql("SELECT id FROM messages") == []

    def test_what_somebody_else_had_starred_stays_theirs(self, bench: Bench) -> None:
        keeper, owner = bench.account("keeper", capture_private=True), bench.account("owner")
        (kept,) = bench.deliver(BOB, submitter=keeper)
        reserve(bench, BOB)
        run(bench.store.accounts.release_address(BOB, "owner", with_messages=True))
        assert bench.ids(keeper, BOB) == [kept]
        assert bench.ids(owner, BOB) == []

    def test_mail_that_comes_meanwhile_is_nobodys_to_see(
        self, bench: Bench, owner: Identity, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Between two transactions of the clearing, and before the release, mail comes in."""
        reserve(bench, BOB)
        late: list[str] = []
        clear = bench.store.accounts._clear_releasable

        async def clear_and_receive(*args: str) -> int:
            gone = await clear(*args)
            late.extend(bench.deliver(BOB))
            return gone

        bench.deliver(BOB)
        monkeypatch.setattr(bench.store.accounts, "_clear_releasable", clear_and_receive)
        run(bench.store.accounts.release_address(BOB, "owner", with_messages=True))
        assert len(late) == 1
        assert bench.ids(owner, BOB) == []
        assert bench.sql("SELECT id FROM messages") == []

    def test_it_is_done_in_pieces(
        self, bench: Bench, owner: Identity, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(
            folders,
            "_IN_INBOX",
            folders.Prepared(
                folders.select(folders.messages.c.number)
                .where(folders.messages.c.inbox == folders.bindparam("inbox"), folders.VISIBLE)
                .limit(2)
            ),
        )
        reserve(bench, BOB)
        for _ in range(5):
            bench.deliver(BOB)
        assert run(bench.store.accounts._clear_releasable(BOB, "owner")) == 5
        run(bench.store.accounts.release_address(BOB, "owner", with_messages=True))
        assert bench.ids(owner, BOB) == []

    @pytest.mark.usefixtures("owner")
    def test_only_what_is_ones_own(self, bench: Bench) -> None:
        run(bench.store.accounts.reserve_address(BOB, "admin"))
        run(bench.store.accounts.add_domain("own.test", "owner"))
        bench.deliver(BOB, "owner@home.mailcap", "any@own.test", "public@x.test")
        for address, error in (
            (BOB, NotFound),
            ("any@own.test", NotFound),
            ("public@x.test", NotFound),
            ("owner@home.mailcap", NotOwned),
        ):
            with pytest.raises(error):
                run(bench.store.accounts.release_address(address, "owner", with_messages=True))
        assert len(bench.sql("SELECT id FROM messages")) == 4
