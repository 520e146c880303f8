"""A store without a reactor, and messages to put into it."""

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
from mailcap.domain.messages import Incoming
from mailcap.store import Store


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

    def __init__(self, url: str, **settings: Any) -> None:
        self.url = url
        self.clock = Time()
        self.store = Store(url, clock=self.clock, **settings)
        self.store.open()
        self.admin = self.account("admin", sees_public=True)

    def close(self) -> None:
        self.store.close()

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

    def assert_sound(self) -> None:
        """Assert what holds of every store at any time."""
        self._assert_entries()
        self._assert_unified()
        self._assert_uids()
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

    def _assert_unified(self) -> None:
        """Each message is in the unified mailboxes of those who are to see it there."""
        watchers = {row[0] for row in self.sql("SELECT id FROM accounts WHERE sees_public")}
        wanted = set()
        for number, inbox, saved_by, submitter, folder in self.sql(
            "SELECT m.number, m.inbox, m.saved_by, m.submitter, b.name "
            "FROM messages m JOIN mailboxes b ON b.id = m.mailbox"
        ):
            owner = run(self.store.accounts.owner_of(inbox))
            for account in audience(
                owner=owner, saved_by=saved_by, submitter=submitter, watchers=watchers
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
