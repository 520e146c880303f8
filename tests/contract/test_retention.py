"""Old public mail goes; what is owned or starred stays."""

from support.stores import Bench, run

DAY = 86400.0


def expire(bench: Bench, days: float, most: int = 100) -> int:
    """Walk over the whole store once, as the service does."""
    limit = int((bench.clock() - days * DAY) * 1000)
    behind, total = 0, 0
    while True:
        gone, last = run(
            bench.store.retention.expire(received_before=limit, behind=behind, most=most)
        )
        total += gone
        if last is None:
            return total
        behind = last


def trim(bench: Bench, per_inbox: int, most: int = 100) -> int:
    behind, total = 0, 0
    while True:
        gone, last = run(bench.store.retention.trim(per_inbox=per_inbox, behind=behind, most=most))
        total += gone
        if last is None:
            return total
        behind = last


def drop_empty(bench: Bench, *keep: int) -> int:
    return run(bench.store.retention.drop_empty(behind=0, most=1000, keep=keep))[0]


def test_old_public_mail_goes_in_small_batches(bench: Bench) -> None:
    for _ in range(25):
        bench.deliver("bob@example.com")
    bench.clock.seconds += 31 * DAY
    (young,) = bench.deliver("bob@example.com")
    assert expire(bench, 32) == 0
    assert expire(bench, 30, most=4) == 25
    assert bench.ids(bench.admin, "bob@example.com") == [young]


def test_owned_and_starred_mail_stays(bench: Bench) -> None:
    owner = bench.account("owner", capture_private=True)
    run(bench.store.accounts.reserve_address("bob@example.com", "owner"))
    run(bench.store.accounts.add_domain("example.net", "owner"))
    bench.deliver("bob@example.com", "any@example.net")
    bench.deliver("public@example.org", submitter=owner)
    bench.deliver("public@example.org")
    bench.clock.seconds += 31 * DAY
    assert expire(bench, 30) == 1
    assert trim(bench, 1) == 0
    assert len(bench.sql("SELECT id FROM messages")) == 3


def test_an_inbox_keeps_its_newest(bench: Bench) -> None:
    ids = [one for _ in range(10) for one in bench.deliver("bob@example.com", "carol@example.com")]
    assert trim(bench, 3, most=2) == 14
    assert bench.ids(bench.admin, "bob@example.com") == ids[::2][:-4:-1]
    assert trim(bench, 3) == 0


def test_what_was_expunged_is_remembered_for_a_while(bench: Bench) -> None:
    (message_id,) = bench.deliver("bob@example.com")
    run(bench.store.mail.delete(bench.admin, "bob@example.com", message_id))
    forget = bench.store.retention.forget_expunged
    then = int(bench.clock() * 1000)
    assert run(forget(expunged_before=then, most=10)) == 0
    assert run(forget(expunged_before=then + 1, most=1)) == 1
    assert run(forget(expunged_before=then + 1, most=10)) == 1
    assert bench.sql("SELECT * FROM expunged") == []


def test_empty_public_mailboxes_go_and_come_back_with_a_greater_uidvalidity(bench: Bench) -> None:
    validity = "SELECT uid_validity FROM mailboxes WHERE owner = 'bob@example.com'"
    (message_id,) = bench.deliver("bob@example.com")
    first = bench.sql(validity)[0][0]
    assert drop_empty(bench) == 0
    run(bench.store.mail.delete(bench.admin, "bob@example.com", message_id))
    ((mailbox,),) = bench.sql("SELECT id FROM mailboxes WHERE owner = 'bob@example.com'")
    assert drop_empty(bench, mailbox) == 0  # somebody looks at it
    assert drop_empty(bench) == 1
    assert bench.sql(validity) == []
    bench.deliver("bob@example.com")
    assert bench.sql(validity)[0][0] > first


def test_owned_unified_and_subscribed_mailboxes_stay(bench: Bench) -> None:
    run(bench.store.accounts.reserve_address("mine@example.com", "admin"))
    names = ["mine@example.com", "subscribed@example.com"]
    for name in names:
        (message_id,) = bench.deliver(name)
        run(bench.store.mail.delete(bench.admin, name, message_id))
    bench.sql(
        "INSERT INTO subscriptions (account_id, owner, name) VALUES (:who, :owner, 'INBOX')",
        who=bench.admin.account,
        owner="subscribed@example.com",
    )
    assert drop_empty(bench) == 0
