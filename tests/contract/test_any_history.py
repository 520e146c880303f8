"""Whatever happens in whatever order, the store stays sound and agrees with a model."""

from itertools import product
from tempfile import TemporaryDirectory

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from mailcap.domain.access import may_see
from mailcap.domain.accounts import Identity
from mailcap.domain.errors import AlreadyExists, Failure, NotFound
from mailcap.domain.mailboxes import Appended, FlagChange, How, MailboxKey, Mark, Placed
from support.mailbox_clients import Client
from support.postgres import PostgresServer
from support.stores import Bench, run

INBOXES = ("a@one.test", "b@one.test", "a@two.test")
ACCOUNTS = ("first", "second")
EVERYBODY = ("admin", *ACCOUNTS)
NAMES = ("INBOX", "Trash", "Work")  # the last one is made by users, sometimes
EFFORT = {"stateful_step_count": 30, "deadline": None}

everybody = st.sampled_from(EVERYBODY)
inboxes = st.sampled_from(INBOXES)
names = st.sampled_from(NAMES)
marks = st.sampled_from((Mark.SEEN, Mark.FLAGGED, Mark.DELETED, Mark.FLAGGED | Mark.ANSWERED))
changes = st.builds(
    FlagChange, st.sampled_from(How), marks, st.sampled_from(((), ("Foo",), ("foo", "$Bar")))
)


class History(RuleBasedStateMachine):
    """What people, clients and owners do, and what should be there."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.bench = Bench(url)
        self.boxes = self.bench.store.mailboxes
        self.who = {
            "first": self.bench.account("first"),
            "second": self.bench.account("second", capture_private=True),
            "admin": self.bench.admin,
        }
        self.addresses: dict[str, str] = {f"{name}@home.mailcap": name for name in EVERYBODY}
        self.domains: dict[str, str] = {}
        self.private = True  # the domain that somebody owns, if any
        self.mail: dict[str, tuple[str, int | None]] = {}  # id: inbox, saved by
        self.uids: dict[tuple[int, int], int] = {}  # (mailbox, uid): message, for ever
        self.clients = {
            name: [
                Client(self.bench, who, MailboxKey(owner, folder))
                for owner, folder in (*product(INBOXES, NAMES), (self.unified(name), "INBOX"))
            ]
            for name, who in self.who.items()
        }

    def owner(self, inbox: str) -> int | None:
        host = self.domains.get(inbox.partition("@")[2]) if self.private else None
        name = self.addresses.get(inbox) or host
        return self.who[name].account if name else None

    def may_open(self, viewer: Identity, inbox: str) -> bool:
        return self.owner(inbox) in (None, viewer.account)

    def unified(self, viewer: str) -> str:
        return f"#{self.who[viewer].account}"

    # What there is to choose from

    def draw_mailbox(self, data: st.DataObject, viewer: str) -> MailboxKey:
        """Return a mailbox that *viewer* may open, perhaps one without a row."""
        owners = [name for name in INBOXES if self.may_open(self.who[viewer], name)]
        key = MailboxKey(
            data.draw(st.sampled_from([self.unified(viewer), *owners])), data.draw(names)
        )
        return key._replace(name="INBOX") if key.owner.startswith("#") else key

    def draw_messages(self, data: st.DataObject, viewer: str) -> tuple[int, dict[int, str]] | None:
        """Return a mailbox and some messages of it, by UID."""
        key = self.draw_mailbox(data, viewer)
        try:
            found = self.bench.by_uid(self.who[viewer], *key)
        except NotFound:
            assert key.name == "Work"
            return None
        if not found:
            return None
        chosen = data.draw(st.sets(st.sampled_from(sorted(found)), min_size=1))
        mailbox = self.bench.mailbox(self.who[viewer], *key)
        return mailbox, {uid: found[uid] for uid in sorted(chosen)}

    def note_placed(self, viewer: str, target: MailboxKey, placed: Placed, saved: list[int | None]):
        """Take new messages into the model; they have to be in *target*."""
        by_uid = self.bench.by_uid(self.who[viewer], *target)
        for uid, saved_by in zip(placed.uids, saved, strict=True):
            ((inbox,),) = self.bench.sql(
                "SELECT inbox FROM messages WHERE id = :id", id=by_uid[uid]
            )
            assert target.owner in (inbox, self.unified(viewer))
            self.mail[by_uid[uid]] = (inbox, saved_by)

    # Mail comes and goes

    @rule(
        to=st.lists(inboxes, min_size=1, max_size=3),
        sender=st.sampled_from((None, *ACCOUNTS)),
    )
    def deliver(self, to: list[str], sender: str | None) -> None:
        submitter = self.who[sender] if sender else None
        ids = self.bench.deliver(*to, submitter=submitter)
        for message_id, inbox in zip(ids, to, strict=True):
            keeps = submitter and submitter.capture_private
            mine = submitter and self.owner(inbox) in (None, submitter.account)
            self.mail[message_id] = (inbox, submitter.account if keeps and mine else None)

    @precondition(lambda self: self.mail)
    @rule(data=st.data(), viewer=everybody)
    def delete(self, data: st.DataObject, viewer: str) -> None:
        message_id = data.draw(st.sampled_from(list(self.mail)))
        inbox, saved_by = self.mail[message_id]
        allowed = may_see(self.who[viewer].account, owner=self.owner(inbox), saved_by=saved_by)
        try:
            run(self.bench.store.mail.delete(self.who[viewer], inbox, message_id))
        except Failure:
            assert not allowed
        else:
            assert allowed
            del self.mail[message_id]

    @rule(inbox=inboxes, account=st.sampled_from(ACCOUNTS))
    def purge(self, inbox: str, account: str) -> None:
        if self.owner(inbox) == self.who[account].account:
            run(self.bench.store.mail.purge(self.who[account], inbox))
            self.mail = {
                key: (where, saved)
                for key, (where, saved) in self.mail.items()
                if where != inbox or saved is not None
            }

    @rule()
    def drop_empty(self) -> None:
        run(self.bench.store.retention.drop_empty(behind=0, most=100, keep=()))

    @rule()
    def forget_expunged(self) -> None:
        run(self.bench.store.retention.forget_expunged(expunged_before=2**53, most=2))

    # Owners come and go

    @rule(inbox=inboxes, account=st.sampled_from(ACCOUNTS))
    def reserve(self, inbox: str, account: str) -> None:
        try:
            run(self.bench.store.accounts.reserve_address(inbox, account))
        except Failure:
            assert inbox in self.addresses or self.domains.get(inbox.partition("@")[2])
        else:
            self.addresses[inbox] = account

    @rule(inbox=inboxes)
    def release(self, inbox: str) -> None:
        if inbox in self.addresses:
            run(self.bench.store.accounts.release_address(inbox, self.addresses.pop(inbox)))

    @rule(account=st.sampled_from(ACCOUNTS))
    def take_domain(self, account: str) -> None:
        if "one.test" not in self.domains:
            run(self.bench.store.accounts.add_domain("one.test", account))
            self.domains["one.test"] = account
            self.private = True

    @precondition(lambda self: self.domains)
    @rule(private=st.booleans())
    def open_domain(self, private: bool) -> None:
        ((name, account),) = self.domains.items()
        run(self.bench.store.accounts.change_domain(name, account, is_private=private))
        self.private = private

    @precondition(lambda self: self.domains)
    @rule()
    def give_domain(self) -> None:
        name, account = self.domains.popitem()
        run(self.bench.store.accounts.remove_domain(name, account))

    @rule(account=everybody, sees_public=st.booleans())
    def watch(self, account: str, sees_public: bool) -> None:
        run(self.bench.store.accounts.change_account(account, sees_public=sees_public))

    # What mail clients do

    @rule(data=st.data(), viewer=everybody, change=changes)
    def store_flags(self, data: st.DataObject, viewer: str, change: FlagChange) -> None:
        if found := self.draw_messages(data, viewer):
            mailbox, chosen = found
            account = self.who[viewer].account
            assert run(self.boxes.change_flags(account, mailbox, list(chosen), change)) == []
            starred = change.how is not How.REMOVE and change.marks & Mark.FLAGGED
            if change.how is How.REPLACE or change.marks & Mark.FLAGGED:
                for message_id in chosen.values():
                    inbox, _ = self.mail[message_id]
                    self.mail[message_id] = (inbox, account if starred else None)

    @rule(data=st.data(), viewer=everybody)
    def expunge(self, data: st.DataObject, viewer: str) -> None:
        if found := self.draw_messages(data, viewer):
            mailbox, chosen = found
            uids = data.draw(st.sampled_from((None, list(chosen))))
            before = {
                one for (one,) in self.bench.sql("SELECT id FROM messages WHERE flags & 2 > 0")
            }
            run(self.boxes.expunge(self.who[viewer].account, mailbox, uids))
            after = {one for (one,) in self.bench.sql("SELECT id FROM messages")}
            lost = self.mail.keys() - after
            assert lost <= before
            if uids is not None:
                assert lost == before & set(chosen.values())
            for message_id in lost:
                del self.mail[message_id]

    @rule(data=st.data(), viewer=everybody)
    def copy(self, data: st.DataObject, viewer: str) -> None:
        target = self.draw_mailbox(data, viewer)
        if found := self.draw_messages(data, viewer):
            mailbox, chosen = found
            account = self.who[viewer].account
            try:
                placed = run(self.boxes.copy(account, mailbox, list(chosen), target))
            except NotFound:
                assert target.name == "Work"
                return
            assert placed.sources == list(chosen)
            saved = [self.mail[one][1] for one in chosen.values()]
            self.note_placed(viewer, target, placed, saved)

    @rule(data=st.data(), viewer=everybody)
    def move(self, data: st.DataObject, viewer: str) -> None:
        target = self.draw_mailbox(data, viewer)
        if found := self.draw_messages(data, viewer):
            mailbox, chosen = found
            account = self.who[viewer].account
            try:
                placed = run(self.boxes.move(account, mailbox, list(chosen), target))
            except NotFound:
                assert target.name == "Work"
                return
            assert placed.sources == list(chosen)
            moved = [(one, *self.mail.pop(one)) for one in chosen.values()]
            self.note_placed(viewer, target, placed, [saved for _, _, saved in moved])
            for message_id, inbox, _ in moved:
                stayed = self.mail.get(message_id)
                assert stayed is None or stayed[0] == inbox

    @rule(data=st.data(), viewer=everybody, starred=st.booleans())
    def append(self, data: st.DataObject, viewer: str, starred: bool) -> None:
        target, account = self.draw_mailbox(data, viewer), self.who[viewer].account
        mark = Mark.FLAGGED if starred else Mark(0)
        message = Appended(header=b"Subject: x\r\n\r\n", rest=b"x\r\n", marks=mark)
        try:
            placed = run(self.boxes.append(account, target, [message]))
        except NotFound:
            assert target.name == "Work"
        else:
            self.note_placed(viewer, target, placed, [account if starred else None])

    @rule(inbox=inboxes, viewer=everybody)
    def create(self, inbox: str, viewer: str) -> None:
        key = MailboxKey(inbox, "Work")
        try:
            run(self.boxes.create(self.who[viewer].account, key))
        except AlreadyExists:
            assert key in run(self.boxes.names(self.who[viewer].account, inbox))

    @rule(inbox=inboxes, viewer=everybody)
    def rename(self, inbox: str, viewer: str) -> None:
        """Away and back, so that a mailbox that was renamed has the old name too."""
        account = self.who[viewer].account
        try:
            run(self.boxes.rename(account, MailboxKey(inbox, "Work"), "Play"))
            run(self.boxes.create(account, MailboxKey(inbox, "Work")))
        except AlreadyExists:
            run(self.boxes.delete_mailbox(account, MailboxKey(inbox, "Work")))
            run(self.boxes.rename(account, MailboxKey(inbox, "Play"), "Work"))
            self.forget_deleted()
        except NotFound:
            pass

    @rule(inbox=inboxes, viewer=everybody)
    def delete_mailbox(self, inbox: str, viewer: str) -> None:
        account = self.who[viewer].account
        try:
            run(self.boxes.delete_mailbox(account, MailboxKey(inbox, "Work")))
        except NotFound:
            assert MailboxKey(inbox, "Work") not in run(self.boxes.names(account, inbox))
        self.forget_deleted(by=account)

    def forget_deleted(self, by: int | None = None) -> None:
        """Forget what went with its mailbox: only what was *by*'s to delete."""
        left = {one for (one,) in self.bench.sql("SELECT id FROM messages")}
        for message_id in self.mail.keys() - left:
            assert by is None or self.mail[message_id][1] in (None, by)
            del self.mail[message_id]

    @rule(viewer=everybody)
    def catch_up(self, viewer: str) -> None:
        for client in self.clients[viewer]:
            if client.key.owner.startswith("#") or self.may_open(client.who, client.key.owner):
                try:
                    client.catch_up()
                except NotFound:
                    assert client.key.name == "Work"

    # What holds at any time

    @invariant()
    def is_sound(self) -> None:
        self.bench.assert_sound()

    @invariant()
    def lists_what_the_model_lists(self) -> None:
        for viewer in self.who.values():
            for inbox in INBOXES:
                owner = self.owner(inbox)
                if owner not in (None, viewer.account):
                    continue
                assert set(self.bench.ids(viewer, inbox)) == {
                    key
                    for key, (where, saved) in self.mail.items()
                    if where == inbox and may_see(viewer.account, owner=owner, saved_by=saved)
                }

    @invariant()
    def uids_are_never_used_again(self) -> None:
        for mailbox, uid, message in self.bench.sql("SELECT mailbox, uid, message FROM entries"):
            assert self.uids.setdefault((mailbox, uid), message) == message

    def teardown(self) -> None:
        for viewer in EVERYBODY:
            self.catch_up(viewer)
        self.bench.close()


class SqliteHistory(History):
    def __init__(self) -> None:
        self.folder = TemporaryDirectory()
        super().__init__(f"sqlite:///{self.folder.name}/mailcap.db")

    def teardown(self) -> None:
        super().teardown()
        self.folder.cleanup()


def test_any_history_on_sqlite() -> None:
    run_state_machine_as_test(SqliteHistory, settings=settings(**EFFORT, max_examples=25))


def test_any_history_on_postgresql(postgres_server: PostgresServer) -> None:
    class PostgresHistory(History):
        def __init__(self) -> None:
            self.url = postgres_server.create_database()
            super().__init__(self.url)

        def teardown(self) -> None:
            super().teardown()
            postgres_server.drop_database(self.url)

    run_state_machine_as_test(PostgresHistory, settings=settings(**EFFORT, max_examples=10))
