"""Users of an account, their keys, the last key, and what an account has."""

import pytest

from mailcap.domain.accounts import Access
from mailcap.domain.errors import AlreadyExists, NotFound, Refused
from support.stores import Bench, run


def test_a_user_has_keys_that_die_with_it(bench: Bench) -> None:
    store = bench.store.accounts
    bench.account("qa")
    added = run(store.add_user("qa", "tim", b"1"))
    assert (added.name, added.account) == ("tim", "qa")
    assert run(store.users("qa")) == [added]
    run(store.add_key("qa", "laptop", b"2", user="tim"))
    run(store.add_key("qa", "ci", b"3"))
    assert [(key.label, key.user) for key in run(store.keys("qa"))] == [
        ("ci", None),
        ("laptop", "tim"),
        ("tim", "tim"),
    ]
    holder = run(store.key_holder(b"2"))
    assert (holder.account_name, holder.user, holder.key_label) == ("qa", "tim", "laptop")
    assert holder.key == run(store.keys("qa"))[1].number
    assert run(store.key_holder(b"3")).user is None
    assert run(store.revoked([Access(holder)])) == []
    run(store.remove_user("qa", "tim"))
    assert run(store.key_holder(b"1")) is None
    assert run(store.revoked([Access(holder)])) == [Access(holder)]
    assert [key.label for key in run(store.keys("qa"))] == ["ci"]
    assert run(store.users("qa")) == []


def test_a_user_of_admin_is_no_admin(bench: Bench) -> None:
    store = bench.store.accounts
    run(store.add_user("admin", "tim", b"1"))
    run(store.add_key("admin", "own", b"2"))
    assert not run(store.key_holder(b"1")).is_admin
    assert run(store.key_holder(b"2")).is_admin


def test_names_and_labels_are_used_once(bench: Bench) -> None:
    store = bench.store.accounts
    bench.account("qa")
    run(store.add_key("qa", "tim", b"1"))
    with pytest.raises(AlreadyExists):
        run(store.add_user("qa", "tim", b"2"))  # the label of its key is taken
    assert run(store.users("qa")) == []
    run(store.add_user("qa", "ann", b"3"))
    with pytest.raises(AlreadyExists):
        run(store.add_user("qa", "ann", b"4"))
    run(store.add_user("admin", "ann", b"5"))  # another account's
    for work in (
        lambda: store.add_user("nobody", "x", b"6"),
        lambda: store.users("nobody"),
        lambda: store.remove_user("qa", "nobody"),
        lambda: store.remove_user("admin", "tim"),
        lambda: store.add_key("qa", "x", b"7", user="nobody"),
    ):
        with pytest.raises(NotFound):
            run(work())


def test_users_go_with_their_account(bench: Bench) -> None:
    bench.account("qa")
    run(bench.store.accounts.add_user("qa", "tim", b"1"))
    run(bench.store.accounts.remove_account("qa"))
    assert run(bench.store.accounts.key_holder(b"1")) is None
    assert bench.sql("SELECT name FROM users") == []


def test_the_last_key_may_be_kept(bench: Bench) -> None:
    store = bench.store.accounts
    bench.account("qa")
    run(store.add_key("qa", "one", b"1"))
    run(store.add_user("qa", "tim", b"2"))
    with pytest.raises(Refused):
        run(store.remove_key("qa", "one", but_not_the_last=True))
    assert run(store.key_holder(b"1")) is not None
    run(store.add_key("qa", "two", b"3"))
    run(store.remove_key("qa", "one", but_not_the_last=True))
    run(store.remove_key("qa", "two"))
    assert [key.label for key in run(store.keys("qa"))] == ["tim"]


def test_limits_are_changed(bench: Bench) -> None:
    bench.account("qa")
    store = bench.store.accounts
    changed = run(store.change_account("qa", message_limit=5, storage_limit=1000))
    assert (changed.message_limit, changed.storage_limit) == (5, 1000)
    changed = run(store.change_account("qa", message_limit=None))
    assert (changed.message_limit, changed.storage_limit) == (None, 1000)


def test_nobody_fills_anothers_quota_with_public_mail(bench: Bench) -> None:
    owner = bench.account("owner", message_limit=2)
    run(bench.store.accounts.add_domain("own.test", "owner"))
    run(bench.store.accounts.change_domain("own.test", "owner", is_private=False))
    bench.deliver("a@own.test", "b@own.test", "c@own.test")
    assert len(bench.unified(owner)) == 3
    assert run(bench.store.mailboxes.usage(owner.account)) == (0, 0)
    run(bench.store.accounts.reserve_address("a@own.test", "owner"))
    size = bench.sql("SELECT size FROM messages WHERE inbox = 'a@own.test'")[0][0]
    assert run(bench.store.mailboxes.usage(owner.account)) == (1, int(size))
    run(bench.store.accounts.change_domain("own.test", "owner", is_private=True))
    assert run(bench.store.mailboxes.usage(owner.account))[0] == 3


def test_what_an_account_has(bench: Bench) -> None:
    store = bench.store.accounts
    owner = bench.account("owner", capture_private=True)
    run(store.add_domain("own.test", "owner"))
    run(store.reserve_address("bob@x.test", "owner"))
    bench.deliver("any@own.test", "bob@x.test", "public@x.test")
    bench.deliver("starred@x.test", "bob@x.test", submitter=owner)
    had = run(store.usage("owner"))
    assert had.addresses == ("bob@x.test", "owner@home.mailcap")
    assert had.domains == ("own.test",)
    assert had.starred_inboxes == ("starred@x.test",)
    assert (had.starred, had.messages) == (2, 3)
    sizes = "SELECT SUM(size) FROM messages WHERE inbox IN ('any@own.test', 'bob@x.test')"
    assert had.octets == int(bench.sql(sizes)[0][0])
    nothing = run(store.usage("admin"))
    assert (nothing.messages, nothing.octets, nothing.starred) == (0, 0, 0)
    with pytest.raises(NotFound):
        run(store.usage("nobody"))
