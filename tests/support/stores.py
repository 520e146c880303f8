"""A store without a reactor, and messages to put into it."""

import json
import time
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text

from mailcap.domain.access import audience
from mailcap.domain.accounts import Account, Identity
from mailcap.domain.addresses import parse_address
from mailcap.domain.envelope import Connection, Envelope, Recipient, Submitter
from mailcap.domain.identifiers import new_base
from mailcap.domain.mailboxes import MailboxKey, Mark, Want
from mailcap.domain.messages import Incoming
from mailcap.store import Store
from mailcap.store.jobs import Tell
from mailcap.store.mailboxes import FOLDERS
from mailcap.store.states import MOST_LABELS


def run(awaitable: Awaitable[Any]) -> Any:
    """Return the result of something that has it already."""

    async def wait() -> Any:
        return await awaitable

    try:
        wait().send(None)
    except StopIteration as done:
        return done.value
    raise AssertionError("the store without a reactor did not answer at once")


@dataclass
class Time:
    """A clock for stores that moves only when told."""

    seconds: float = field(default_factory=time.time)

    def __call__(self) -> float:
        return self.seconds


def incoming(
    *recipients: str,
    header: bytes = b"Subject: test\r\n\r\n",
    rest: bytes = b"Hello\r\n",
    submitter: Identity | None = None,
    mail_from: str = "sender@example.org",
    received: float | None = None,
    **envelope: Any,
) -> Incoming:
    """Return a message on its way into the store."""
    now = time.time() if received is None else received
    return Incoming(
        base=new_base(now),
        envelope=Envelope(
            connection=Connection(peer="192.0.2.1", local="192.0.2.2", tls=None),
            helo="client.example.org",
            protocol="ESMTP",
            mail_from=mail_from,
            recipients=tuple(Recipient(parse_address(name)) for name in recipients),
            submitter=submitter
            and Submitter(
                account=submitter.account,
                account_name=submitter.account_name,
                capture_private=submitter.capture_private,
            ),
            **envelope,
        ),
        received=int(now * 1000),
        header=header,
        rest=rest,
        traces=[f"X-Trace: {name}\r\n".encode() for name in recipients],
    )


class Bench:
    """A store under test, with what tests say to it in a word."""

    def __init__(self, url: str, *, tell: Tell = lambda _mailboxes: None, **settings: Any) -> None:
        self.url = url
        self.clock = Time()
        self.tell = tell
        self.store = Store(url, clock=self.clock, tell=self._tell, **settings)
        self.store.open()
        self.admin = self.account("admin", sees_public=True)

    def close(self) -> None:
        self.store.close()

    def _tell(self, mailboxes: Any) -> None:
        self.tell(mailboxes)

    def account(self, name: str, **settings: Any) -> Identity:
        made = run(
            self.store.accounts.add_account(
                Account(number=0, name=name, home_address=f"{name}@home.mailcap", **settings)
            )
        )
        return Identity(
            account=made.number, account_name=name, capture_private=made.capture_private
        )

    def deliver(self, *recipients: str, **more: Any) -> list[str]:
        """Store one message; return the ids of its copies."""
        more.setdefault("received", self.clock())
        item = incoming(*recipients, **more)
        run(self.store.intake.store_batch([item]))
        return [f"{item.base}-{index}" for index in range(len(recipients))]

    def ids(self, viewer: Identity, inbox: str, **more: Any) -> list[str]:
        """Return the ids that *viewer* sees in *inbox*, newest first."""
        more.setdefault("limit", 1000)
        return [one.id for one in run(self.store.mail.list_inbox(viewer, inbox, **more))]

    def sql(self, query: str, **values: Any) -> list[Any]:
        """Return rows behind the store's back."""
        with self.store._database.writer.begin() as connection:
            found = connection.execute(text(query), values)
            return [tuple(row) for row in found] if found.returns_rows else []

    def unified(self, who: Identity, name: str = "INBOX") -> dict[str, int]:
        """Return the messages of a unified mailbox with their UIDs."""
        return dict(
            self.sql(
                "SELECT m.id, e.uid FROM entries e JOIN mailboxes b ON b.id = e.mailbox "
                "JOIN messages m ON m.number = e.message "
                "WHERE b.account_id = :account AND b.name = :name",
                account=who.account,
                name=name,
            )
        )

    def mailbox(self, who: Identity, owner: str, name: str = "INBOX") -> int:
        """Return the id of a mailbox that has a row."""
        (status,) = run(self.store.mailboxes.status(who.account, [MailboxKey(owner, name)]))
        assert status.id is not None, f"{owner}/{name} has no row"
        return status.id

    def shown(
        self, who: Identity, owner: str, name: str = "INBOX"
    ) -> dict[int, tuple[Mark, tuple[str, ...]]]:
        """Return what *who* finds in a mailbox: the state of each message, by UID."""
        rows = run(self.store.mailboxes.snapshot(who.account, MailboxKey(owner, name))).rows
        return {
            uid: tuple(rows.table[state]) for uid, state in zip(rows.uids, rows.states, strict=True)
        }

    def by_uid(self, who: Identity, owner: str, name: str = "INBOX") -> dict[int, str]:
        """Return the ids of the messages that *who* finds in a mailbox, by UID."""
        uids = list(self.shown(who, owner, name))
        if not uids:
            return {}
        mailbox = self.mailbox(who, owner, name)
        rows = run(self.store.mailboxes.rows(who.account, mailbox, uids, Want.EMAIL_ID))
        return {row.uid: row.email_id for row in rows}

    def assert_sound(self) -> None:
        """Assert what holds of every store at any time."""
        self._assert_entries()
        self._assert_unified()
        self._assert_uids()
        self._assert_mailboxes()
        self._assert_labels()
        orphans = "SELECT number FROM bodies WHERE number NOT IN (SELECT body FROM messages)"
        assert self.sql(orphans) == []

    def _assert_entries(self) -> None:
        """Each message is shown in its own mailbox exactly once."""
        assert sorted(self.sql("SELECT number, mailbox FROM messages")) == sorted(
            self.sql(
                "SELECT e.message, e.mailbox FROM entries e JOIN mailboxes b ON b.id = e.mailbox "
                "WHERE b.account_id IS NULL"
            )
        )
        elsewhere = (
            "SELECT m.number FROM messages m JOIN mailboxes b ON b.id = m.mailbox "
            "WHERE m.inbox <> b.owner"
        )
        assert self.sql(elsewhere) == []

    def _assert_unified(self) -> None:
        """Each message is in the unified mailboxes of those who are to see it there."""
        watchers = {row[0] for row in self.sql("SELECT id FROM accounts WHERE sees_public")}
        hosts = dict(self.sql("SELECT name, account_id FROM domains"))
        wanted = set()
        for number, inbox, saved_by, submitter, folder in self.sql(
            "SELECT m.number, m.inbox, m.saved_by, a.id, b.name FROM messages m "
            "JOIN mailboxes b ON b.id = m.mailbox LEFT JOIN accounts a ON a.id = m.submitter "
            "WHERE b.folder IS NOT NULL"  # user-made mailboxes have no unified twin
        ):
            owner = run(self.store.accounts.owner_of(inbox))
            host = hosts.get(inbox.rpartition("@")[2])
            for account in audience(
                owner=owner,
                saved_by=saved_by,
                submitter=submitter,
                watchers=watchers if host is None else {*watchers, host},
            ):
                wanted.add((number, account, folder))
        found = self.sql(
            "SELECT e.message, b.account_id, b.name FROM entries e "
            "JOIN mailboxes b ON b.id = e.mailbox WHERE b.account_id IS NOT NULL"
        )
        assert len(found) == len(set(found))
        assert set(found) == wanted

    def _assert_uids(self) -> None:
        """UIDs lie below UIDNEXT, and none is both there and expunged."""
        assert (
            self.sql(
                "SELECT e.uid FROM entries e JOIN mailboxes b ON b.id = e.mailbox "
                "WHERE e.uid >= b.uid_next OR e.modseq > b.highest_modseq"
            )
            == []
        )
        assert (
            self.sql(
                "SELECT e.uid FROM entries e JOIN expunged x ON x.mailbox = e.mailbox "
                "WHERE e.uid BETWEEN x.first_uid AND x.last_uid"
            )
            == []
        )
        overlaps = (
            "SELECT x.first_uid FROM expunged x JOIN expunged y ON y.mailbox = x.mailbox "
            "AND y.first_uid > x.first_uid AND y.first_uid <= x.last_uid"
        )
        assert self.sql(overlaps) == []
        # New mail costs no index: whatever did not change has its place by its UID.
        unordered = (
            "SELECT uid FROM (SELECT uid, modseq, LAG(modseq) OVER "
            "(PARTITION BY mailbox ORDER BY uid) AS before FROM entries WHERE touched IS NULL) q "
            "WHERE before > modseq"
        )
        assert self.sql(unordered) == []

    def _assert_mailboxes(self) -> None:
        """Rows are of folders, or made by users; their counters are in order."""
        folders = dict(self.sql("SELECT DISTINCT name, folder FROM mailboxes"))
        assert {name: FOLDERS.get(name) for name in folders} == folders
        wrong = (
            "SELECT id FROM mailboxes WHERE forgotten_modseq > highest_modseq "
            "OR first_recent_uid > uid_next OR (folder IS NULL AND uid_validity <> id)"
        )
        assert self.sql(wrong) == []
        notes = (
            "SELECT x.mailbox FROM expunged x JOIN mailboxes b ON b.id = x.mailbox WHERE "
            "x.last_uid >= b.uid_next OR x.modseq > b.highest_modseq OR x.last_uid < x.first_uid"
        )
        assert self.sql(notes) == []

    def _assert_labels(self) -> None:
        """Labels are a JSON array of different texts, or NULL."""
        for (text_,) in self.sql("SELECT DISTINCT labels FROM messages WHERE labels IS NOT NULL"):
            labels = [label.casefold() for label in json.loads(text_)]
            assert 1 <= len(set(labels)) == len(labels) <= MOST_LABELS
