"""The unified inbox, what is starred, and all public mail: newest first, in pieces."""

import pytest

from mailcap.domain.mailboxes import FlagChange, How, Mark
from mailcap.domain.messages import Folder, Message
from support.stores import Bench, run

READ = FlagChange(How.ADD, Mark.SEEN)


def unified(bench: Bench, who, **more) -> list[str]:
    asked = {"since": None, "skip": 0, "limit": 1000} | more
    return [one.id for one in run(bench.store.surveys.list_unified(who, **asked))]


def arrivals(bench: Bench, *inboxes: str) -> list[str]:
    """Deliver a message to each of *inboxes*, a second apart; return the ids, newest first."""
    ids = []
    for inbox in inboxes:
        bench.clock.seconds += 1
        ids += bench.deliver(inbox)
    return ids[::-1]


def test_the_unified_inbox_is_of_all_that_is_ones_own(bench: Bench) -> None:
    owner = bench.account("owner")
    run(bench.store.accounts.reserve_address("one@example.com", "owner"))
    run(bench.store.accounts.add_domain("owned.test", "owner"))
    ids = arrivals(bench, "one@example.com", "public@example.com", "any@owned.test")
    assert unified(bench, owner) == [ids[0], ids[2]]
    run(bench.store.mail.toggle_star(owner, "public@example.com", ids[1]))
    assert unified(bench, owner) == ids  # by its arrival, not by when it was starred
    assert unified(bench, bench.admin) == []
    assert unified(bench, bench.account("other")) == []


def test_what_was_there_before_it_was_reserved_has_its_place(bench: Bench) -> None:
    owner = bench.account("owner")
    run(bench.store.accounts.reserve_address("own@example.com", "owner"))
    ids = arrivals(bench, *["late@example.com", "own@example.com"] * 3)
    run(bench.store.accounts.reserve_address("late@example.com", "owner"))
    assert unified(bench, owner) == ids
    assert unified(bench, owner, skip=1, limit=2) == ids[1:3]
    assert unified(bench, owner, skip=99) == []
    assert unified(bench, owner, limit=0) == []


def test_long_lists_come_in_pieces(bench: Bench) -> None:
    ids = [one for _ in range(25) for one in bench.deliver(*["bob@example.com"] * 10)][::-1]
    assert unified(bench, bench.admin) == ids
    assert unified(bench, bench.admin, skip=7, limit=230) == ids[7:237]


def test_only_the_folder_inbox(bench: Bench) -> None:
    (message_id,) = arrivals(bench, "bob@example.com")
    run(bench.store.mail.refile(bench.admin, "bob@example.com", message_id, folder=Folder.TRASH))
    assert unified(bench, bench.admin) == []


def test_since_a_moment(bench: Bench) -> None:
    ids = arrivals(bench, *["bob@example.com"] * 9)
    for message_id in (ids[1], ids[5], ids[6], ids[8]):
        run(bench.store.mail.delete(bench.admin, "bob@example.com", message_id))
    left = [ids[place] for place in (0, 2, 3, 4, 7)]
    newest = int(bench.clock() * 1000)
    for seconds, count in ((-1, 0), (0, 1), (1, 1), (2, 2), (4, 4), (5, 4), (7, 5), (99, 5)):
        since = newest - seconds * 1000
        assert unified(bench, bench.admin, since=since) == left[:count], seconds
    assert run(bench.store.surveys.number_at(0)) <= 1


def test_since_a_moment_without_any_mail(bench: Bench) -> None:
    assert unified(bench, bench.admin, since=5) == []


def test_what_is_unread(bench: Bench) -> None:
    ids = arrivals(bench, *["bob@example.com"] * 3)
    assert run(bench.store.surveys.count_unread(bench.admin)) == 3
    run(bench.store.mail.change(bench.admin, "bob@example.com", ids[0], flags=READ))
    assert run(bench.store.surveys.count_unread(bench.admin)) == 2
    assert run(bench.store.surveys.count_unread(bench.account("other"))) == 0


def test_what_is_starred_anywhere(bench: Bench) -> None:
    keeper, other = bench.account("keeper"), bench.account("other")
    ids = arrivals(bench, "a@example.com", "b@example.com", "c@example.com", "d@example.com")
    for message_id, inbox in ((ids[0], "d@example.com"), (ids[2], "b@example.com")):
        run(bench.store.mail.toggle_star(keeper, inbox, message_id))
    run(bench.store.mail.toggle_star(other, "a@example.com", ids[3]))

    def starred(who, limit: int = 1000) -> list[str]:
        return [one.id for one in run(bench.store.surveys.list_starred(who, limit=limit))]

    assert starred(keeper) == [ids[0], ids[2]]
    assert starred(keeper, limit=1) == [ids[0]]
    assert starred(other) == [ids[3]]
    assert starred(bench.admin) == []


def test_walking_through_a_unified_inbox(bench: Bench) -> None:
    ids = arrivals(bench, *["bob@example.com"] * 5)

    def walked(**more) -> list[Message]:
        found, below = [], 2**63 - 1
        while below is not None:
            asked = {"below": below, "most": 2} | more
            page, below = run(bench.store.surveys.walk_unified(bench.admin, **asked))
            found += page
        return found

    found = walked()
    assert walked(sieve=lambda text: ids[2] in text) == found[2:3]
    assert walked(sieve=lambda text: ids[2] not in text) == found[:2] + found[3:]
    assert [one.id for one in found] == ids
    assert found == run(bench.store.mail.list_inbox(bench.admin, "bob@example.com", limit=9))


@pytest.mark.parametrize("most", [1, 3, 100])
def test_public_mail_is_nobodys(bench: Bench, most: int) -> None:
    bench.account("owner")
    keeper = bench.account("keeper", capture_private=True)
    run(bench.store.accounts.reserve_address("owned@example.com", "owner"))
    run(bench.store.accounts.add_domain("owned.test", "owner"))
    ids = arrivals(bench, "a@x.test", "owned@example.com", "b@owned.test", "b@x.test", "c@x.test")
    bench.deliver("d@x.test", submitter=keeper)
    run(bench.store.mail.toggle_star(keeper, "b@x.test", ids[1]))
    found: list[str] = []
    below: int | None = 2**63 - 1
    while below is not None:
        page, below = run(bench.store.surveys.walk_public(first=0, below=below, most=most))
        found += [one.id for one in page]
    assert found == [ids[0], ids[4]]
    walk = bench.store.surveys.walk_public(
        first=0, below=2**63 - 1, most=100, sieve=lambda text: "c@x.test" in text
    )
    assert [one.id for one in run(walk)[0]] == [ids[0]]
