"""What REST changes in a message, every mailbox that shows it hears of."""

import pytest

from mailcap.domain.errors import InvalidValue, NotFound
from mailcap.domain.mailboxes import FlagChange, How, MailboxKey, Mark
from mailcap.domain.messages import Folder
from support.stores import Bench, run

INBOX = "bob@example.com"
READ = FlagChange(How.ADD, Mark.SEEN)


def label(name: str, how: How = How.ADD) -> FlagChange:
    return FlagChange(how, keywords=(name,))


@pytest.fixture
def told(bench: Bench) -> list[frozenset[int]]:
    """The mailboxes that were told of, commit by commit."""
    commits: list[frozenset[int]] = []
    bench.tell = lambda mailboxes: commits.append(mailboxes) if mailboxes else None
    return commits


def modseqs(bench: Bench) -> dict[int, int]:
    return dict(bench.sql("SELECT mailbox, modseq FROM entries"))


def test_reading_reaches_every_mailbox_that_shows_the_message(bench: Bench, told: list) -> None:
    (message_id,) = bench.deliver(INBOX)
    before = modseqs(bench)
    told.clear()
    changed = run(bench.store.mail.change(bench.admin, INBOX, message_id, flags=READ))
    assert changed.seen is True
    assert len(before) == 2
    assert all(modseq > before[mailbox] for mailbox, modseq in modseqs(bench).items())
    assert told == [frozenset(before)]
    assert bench.shown(bench.admin, INBOX)[1][0] is Mark.SEEN
    changed = run(
        bench.store.mail.change(
            bench.admin, INBOX, message_id, flags=FlagChange(How.REMOVE, Mark.SEEN)
        )
    )
    assert changed.seen is False


def test_a_change_that_changes_nothing_is_none(bench: Bench, told: list) -> None:
    (message_id,) = bench.deliver(INBOX)
    for _ in range(2):
        run(bench.store.mail.change(bench.admin, INBOX, message_id, flags=READ))
    run(bench.store.mail.refile(bench.admin, INBOX, message_id, folder=Folder.INBOX))
    assert len(told) == 2  # its arrival, and the first


def test_labels_keep_their_first_spelling(bench: Bench) -> None:
    (message_id,) = bench.deliver(INBOX)
    change = bench.store.mail.change
    for name in ("Red", "red", "two words", "a/b"):
        changed = run(change(bench.admin, INBOX, message_id, flags=label(name)))
    assert changed.labels == ("Red", "two words", "a/b")
    assert bench.shown(bench.admin, INBOX)[1] == (Mark(0), ("Red", "a/b"))
    changed = run(change(bench.admin, INBOX, message_id, flags=label("RED", How.REMOVE)))
    assert changed.labels == ("two words", "a/b")


def test_labels_are_counted(bench: Bench) -> None:
    (message_id,) = bench.deliver(INBOX)
    for number in range(100):
        run(bench.store.mail.change(bench.admin, INBOX, message_id, flags=label(f"l{number}")))
    with pytest.raises(InvalidValue):
        run(bench.store.mail.change(bench.admin, INBOX, message_id, flags=label("l100")))
    run(bench.store.mail.change(bench.admin, INBOX, message_id, flags=label("L99")))


def test_labels_that_imap_cannot_say_survive_its_store(bench: Bench) -> None:
    (message_id,) = bench.deliver(INBOX)
    run(bench.store.mail.change(bench.admin, INBOX, message_id, flags=label("two words")))
    run(bench.store.mail.change(bench.admin, INBOX, message_id, flags=label("atom")))
    mailbox = bench.mailbox(bench.admin, INBOX)
    change = FlagChange(How.REPLACE, Mark.SEEN, ("other",))
    run(bench.store.mailboxes.change_flags(bench.admin.account, mailbox, [1], change))
    assert run(bench.store.mail.find(bench.admin, INBOX, message_id)).labels == (
        "two words",
        "other",
    )


def test_a_star_makes_a_public_message_private(bench: Bench) -> None:
    keeper, other = bench.account("keeper"), bench.account("other")
    (message_id,) = bench.deliver(INBOX)
    starred = run(bench.store.mail.toggle_star(keeper, INBOX, message_id))
    assert starred.saved_by == "keeper"
    assert bench.ids(other, INBOX) == []
    assert list(bench.unified(keeper)) == [message_id]
    for operation in (bench.store.mail.toggle_star, bench.store.mail.find):
        with pytest.raises(NotFound):
            run(operation(other, INBOX, message_id))
    back = run(bench.store.mail.toggle_star(keeper, INBOX, message_id))
    assert back.saved_by is None
    assert bench.ids(other, INBOX) == [message_id]
    assert list(bench.unified(keeper)) == []
    assert list(bench.shown(other, INBOX)) == [2]  # nobody finds it under a UID passed over


def test_a_star_is_given_up_where_the_inbox_is_anothers_by_now(bench: Bench) -> None:
    keeper, owner = bench.account("keeper"), bench.account("owner")
    (message_id,) = bench.deliver(INBOX)
    run(bench.store.mail.toggle_star(keeper, INBOX, message_id))
    run(bench.store.accounts.reserve_address(INBOX, "owner"))
    assert run(bench.store.mail.toggle_star(keeper, INBOX, message_id)).saved_by is None
    assert bench.ids(owner, INBOX) == [message_id]
    with pytest.raises(NotFound):
        run(bench.store.mail.find(keeper, INBOX, message_id))


def test_a_folder_is_another_mailbox_of_the_same_message(bench: Bench) -> None:
    (message_id,) = bench.deliver(INBOX)
    before = run(bench.store.mail.find(bench.admin, INBOX, message_id))
    for folder, name in ((Folder.SPAM, "Junk"), (Folder.TRASH, "Trash"), (Folder.INBOX, "INBOX")):
        moved = run(bench.store.mail.refile(bench.admin, INBOX, message_id, folder=folder))
        assert moved.folder is folder
        assert list(bench.by_uid(bench.admin, INBOX, name).values()) == [message_id]
        assert list(bench.unified(bench.admin, name)) == [message_id]
    assert run(bench.store.mail.find(bench.admin, INBOX, message_id)) == before
    assert list(bench.by_uid(bench.admin, INBOX)) == [2]


def test_from_a_mailbox_that_a_user_made(bench: Bench) -> None:
    owner = bench.account("owner")
    run(bench.store.accounts.reserve_address(INBOX, "owner"))
    (message_id,) = bench.deliver(INBOX)
    made = MailboxKey(INBOX, "Work")
    run(bench.store.mailboxes.create(owner.account, made))
    run(bench.store.mailboxes.move(owner.account, bench.mailbox(owner, INBOX), [1], made))
    assert run(bench.store.mail.find(owner, INBOX, message_id)).folder is Folder.ALL
    run(bench.store.mail.refile(owner, INBOX, message_id, folder=Folder.ALL))
    assert list(bench.by_uid(owner, INBOX, "Work").values()) == [message_id]
    run(bench.store.mail.change(owner, INBOX, message_id, flags=READ))
    run(bench.store.mail.refile(owner, INBOX, message_id, folder=Folder.TRASH))
    assert list(bench.by_uid(owner, INBOX, "Trash").values()) == [message_id]


def test_nobody_else_changes_a_message_of_an_owned_inbox(bench: Bench) -> None:
    bench.account("owner")
    nosy = bench.account("nosy")
    run(bench.store.accounts.reserve_address(INBOX, "owner"))
    (message_id,) = bench.deliver(INBOX)
    mail = bench.store.mail
    for work in (
        lambda: mail.toggle_star(nosy, INBOX, message_id),
        lambda: mail.change(nosy, INBOX, message_id, flags=READ),
        lambda: mail.refile(nosy, INBOX, message_id, folder=Folder.TRASH),
    ):
        with pytest.raises(NotFound):
            run(work())
