"""Aliases: nobody can guess them, mail to them arrives, and they do not pile up."""

import hmac

import pytest

from mailcap.domain.errors import InvalidValue
from mailcap.store import aliases
from support.stores import Bench, run

BOB = "bob@example.com"
DAY = 86400.0


def alias_of(bench: Bench, inbox: str) -> str:
    return run(bench.store.accounts.aliases([inbox]))[inbox]


def forget(bench: Bench, days: float, most: int = 100) -> int:
    limit = int((bench.clock() - days * DAY) * 1000)
    return run(bench.store.retention.forget_aliases(shown_before=limit, most=most))


def test_an_alias_is_keyed_and_always_the_same(bench: Bench) -> None:
    alias = alias_of(bench, BOB)
    ((secret,),) = bench.sql("SELECT alias_secret FROM store")
    mark = hmac.new(bytes(secret), BOB.encode(), "sha256").hexdigest()[:32]
    assert alias == f"inbox-{mark}@example.com"
    assert len(bytes(secret)) == 32
    assert alias_of(bench, BOB) == alias
    assert alias_of(bench, "carol@example.com").partition("@")[0] != alias.partition("@")[0]
    assert alias_of(bench, "bob@example.org").partition("@")[0] != alias.partition("@")[0]


def test_mail_to_an_alias_arrives(bench: Bench) -> None:
    alias = alias_of(bench, BOB)
    to_alias, tagged, direct = bench.deliver(
        alias.upper(), alias.replace("@", "+shop@"), BOB, received=bench.clock()
    )
    (newest, middle, oldest) = run(bench.store.mail.list_inbox(bench.admin, BOB, limit=9))
    assert [one.id for one in (oldest, middle, newest)] == [to_alias, tagged, direct]
    assert oldest.original_inbox == alias.upper()
    assert middle.original_inbox == alias.replace("@", "+shop@")
    assert {one.inbox for one in (oldest, middle, newest)} == {BOB}
    assert bench.ids(bench.admin, alias) == []


def test_mail_to_an_owned_alias_is_its_owners(bench: Bench) -> None:
    owner = bench.account("owner")
    run(bench.store.accounts.reserve_address(BOB, "owner"))
    ids = bench.deliver(alias_of(bench, BOB))
    assert bench.ids(owner, BOB) == ids
    assert list(bench.unified(owner)) == ids


def test_a_catch_all_has_an_alias_that_is_not_caught(bench: Bench) -> None:
    owner = bench.account("owner")
    run(bench.store.accounts.add_domain("own.test", "owner"))
    run(bench.store.accounts.reserve_address("*@own.test", "owner"))
    run(bench.store.accounts.reserve_address("bob@own.test", "owner"))
    ids = bench.deliver(alias_of(bench, "bob@own.test"), alias_of(bench, "*@own.test"))
    assert bench.ids(owner, "bob@own.test") == ids[:1]
    assert bench.ids(owner, "*@own.test") == ids[1:]


def test_nobody_reserves_what_has_the_form_of_an_alias(bench: Bench) -> None:
    bench.account("owner")
    run(bench.store.accounts.add_domain("own.test", "owner"))
    public, own = alias_of(bench, BOB), alias_of(bench, "bob@own.test")
    for address in (public, own, f"inbox-{'0' * 32}@own.test"):
        with pytest.raises(InvalidValue, match="form of an alias"):
            run(bench.store.accounts.reserve_address(address, "owner"))
        with pytest.raises(InvalidValue, match="form of an alias"):
            run(bench.store.accounts.reserve_addresses(["free@own.test", address], "owner"))
        assert run(bench.store.accounts.look_up(address)).reserved is None
    run(bench.store.accounts.reserve_address("inbox-1@own.test", "owner"))


def test_an_alias_of_nobody_is_an_address_like_others(bench: Bench) -> None:
    unknown = f"inbox-{'0' * 32}@example.com"
    ids = bench.deliver(unknown)
    assert bench.ids(bench.admin, unknown) == ids


def test_the_owner_finds_the_inbox_by_its_alias_and_nobody_else(bench: Bench) -> None:
    owner, other = bench.account("owner"), bench.account("other")
    store = bench.store.accounts
    run(store.reserve_address(BOB, "owner"))
    alias, public = alias_of(bench, BOB), alias_of(bench, "public@example.com")
    assert run(store.meant_by(owner.account, alias)) == BOB
    assert run(store.meant_by(other.account, alias)) == alias
    assert run(store.meant_by(owner.account, public)) == public
    assert run(store.meant_by(owner.account, BOB)) == BOB


@pytest.mark.parametrize("other", ["inbox@x.test", "inbox-12@x.test", "inbox-" + "g" * 32 + "@x"])
def test_other_mail_costs_no_look_up(
    bench: Bench, other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object, **_values: object) -> None:
        raise AssertionError("asked")

    monkeypatch.setattr(aliases._MEANT, "execute", refuse)
    bench.deliver(other)
    with pytest.raises(AssertionError, match="asked"):
        bench.deliver(f"inbox-{'0' * 32}@x.test")


def test_those_of_public_inboxes_are_forgotten(bench: Bench) -> None:
    bench.account("owner")
    run(bench.store.accounts.reserve_address("owned@example.com", "owner"))
    alias, owned = alias_of(bench, BOB), alias_of(bench, "owned@example.com")
    bench.clock.seconds += 20 * DAY
    alias_of(bench, BOB)
    bench.clock.seconds += 20 * DAY
    assert forget(bench, 30) == 1  # the owned one is old, and stays
    assert bench.ids(bench.admin, BOB) == []
    bench.deliver(alias)
    assert len(bench.ids(bench.admin, BOB)) == 1
    bench.clock.seconds += 20 * DAY
    assert forget(bench, 30) == 1
    assert bench.sql("SELECT alias, inbox FROM aliases") == [(owned, "owned@example.com")]
    bench.deliver(alias)
    assert len(bench.ids(bench.admin, BOB)) == 1
    assert alias_of(bench, BOB) == alias  # whoever looks again has it again
    bench.deliver(alias)
    assert len(bench.ids(bench.admin, BOB)) == 2


def test_they_are_forgotten_a_few_at_a_time_and_never_too_early(bench: Bench) -> None:
    made = run(bench.store.accounts.aliases([f"{n}@example.com" for n in range(5)]))
    assert len(set(made.values())) == 5
    bench.clock.seconds += 0.9 * DAY
    run(bench.store.accounts.aliases(list(made)))  # too soon to be noted again
    bench.clock.seconds += 30.05 * DAY
    assert forget(bench, 30) == 0
    bench.clock.seconds += DAY
    assert [forget(bench, 30, most=2) for _ in range(4)] == [2, 2, 1, 0]


def test_looking_again_writes_nothing(bench: Bench) -> None:
    alias_of(bench, BOB)
    writes: list[object] = []
    write = bench.store._database.write
    bench.store._database.write = lambda *args: writes.append(args) or write(*args)  # type: ignore[method-assign]
    alias_of(bench, BOB)
    assert writes == []
    bench.clock.seconds += 1.1 * DAY
    alias_of(bench, BOB)
    assert len(writes) == 1
