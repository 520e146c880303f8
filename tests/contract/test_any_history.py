"""Whatever happens in whatever order, the store stays sound and agrees with a model."""

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
from mailcap.domain.errors import Failure
from support.postgres import PostgresServer
from support.stores import Bench, run

INBOXES = ("a@one.test", "b@one.test", "a@two.test")
ACCOUNTS = ("first", "second")
EFFORT = {"stateful_step_count": 20, "deadline": None}


class History(RuleBasedStateMachine):
    """Deliveries, deletions and changes of ownership, and what should be there."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.bench = Bench(url)
        self.who = {
            "first": self.bench.account("first"),
            "second": self.bench.account("second", capture_private=True),
            "admin": self.bench.admin,
        }
        self.addresses: dict[str, str] = {}
        self.domains: dict[str, str] = {}
        self.mail: dict[str, tuple[str, int | None]] = {}  # id: inbox, saved by
        self.uids: dict[tuple[int, int], int] = {}  # (mailbox, uid): message, for ever

    def owner(self, inbox: str) -> int | None:
        name = self.addresses.get(inbox) or self.domains.get(inbox.partition("@")[2])
        return self.who[name].account if name else None

    @rule(
        names=st.lists(st.sampled_from(INBOXES), min_size=1, max_size=3),
        sender=st.sampled_from((None, *ACCOUNTS)),
    )
    def deliver(self, names: list[str], sender: str | None) -> None:
        submitter = self.who[sender] if sender else None
        ids = self.bench.deliver(*names, submitter=submitter)
        for message_id, inbox in zip(ids, names, strict=True):
            keeps = submitter and submitter.capture_private
            mine = submitter and self.owner(inbox) in (None, submitter.account)
            self.mail[message_id] = (inbox, submitter.account if keeps and mine else None)

    @precondition(lambda self: self.mail)
    @rule(data=st.data(), viewer=st.sampled_from(("admin", *ACCOUNTS)))
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

    @rule(inbox=st.sampled_from(INBOXES), account=st.sampled_from(ACCOUNTS))
    def reserve(self, inbox: str, account: str) -> None:
        try:
            run(self.bench.store.accounts.reserve_address(inbox, account))
        except Failure:
            assert inbox in self.addresses or self.domains.get(inbox.partition("@")[2])
        else:
            self.addresses[inbox] = account

    @precondition(lambda self: self.addresses)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        inbox = data.draw(st.sampled_from(sorted(self.addresses)))
        run(self.bench.store.accounts.release_address(inbox, self.addresses.pop(inbox)))

    @rule(account=st.sampled_from(ACCOUNTS))
    def take_domain(self, account: str) -> None:
        if "one.test" not in self.domains:
            run(self.bench.store.accounts.add_domain("one.test", account))
            self.domains["one.test"] = account

    @precondition(lambda self: self.domains)
    @rule()
    def give_domain(self) -> None:
        name, account = self.domains.popitem()
        run(self.bench.store.accounts.remove_domain(name, account))

    @rule(account=st.sampled_from(("admin", *ACCOUNTS)), sees_public=st.booleans())
    def watch(self, account: str, sees_public: bool) -> None:
        run(self.bench.store.accounts.change_account(account, sees_public=sees_public))

    @rule(inbox=st.sampled_from(INBOXES), account=st.sampled_from(ACCOUNTS))
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
        run(self.bench.store.retention.drop_empty(behind=0, most=100))

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
