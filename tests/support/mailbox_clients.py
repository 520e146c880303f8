"""A client of a mailbox that is away for a while and then catches up."""

from dataclasses import dataclass, field

from mailcap.domain.accounts import Identity
from mailcap.domain.errors import NotFound
from mailcap.domain.mailboxes import MailboxKey, MailboxStatus, Rows, State
from mailcap.store.mailboxes import FOLDERS
from support.stores import Bench, run


def states(rows: Rows) -> dict[int, State]:
    """Return the state of each message by its UID."""
    assert list(rows.uids) == sorted(set(rows.uids))
    return {uid: rows.table[place] for uid, place in zip(rows.uids, rows.states, strict=True)}


@dataclass
class Client:
    """What somebody knows of a mailbox, from nothing but changes."""

    bench: Bench
    who: Identity
    key: MailboxKey
    known: dict[int, State] = field(default_factory=dict)
    seen: dict[tuple[int, int], str] = field(default_factory=dict)  # for ever, by UIDVALIDITY
    validity: int | None = None
    mailbox: int | None = None
    uid_next: int = 1
    modseq: int = 0

    def catch_up(self) -> None:
        """Ask for changes; what is known then must be what is there."""
        snapshot = run(self.bench.store.mailboxes.snapshot(self.who.account, self.key))
        if snapshot.status.uid_validity != self.validity or snapshot.status.id is None:
            self._begin(snapshot.status)
        if snapshot.status.id is not None:
            self.mailbox = snapshot.status.id
            self._follow(states(snapshot.rows))
        assert self.known == states(snapshot.rows), (self.who.account_name, self.key)
        self._assert_counts(snapshot.status)
        self._remember()

    def _begin(self, status: MailboxStatus) -> None:
        """Start anew, as whoever finds another UIDVALIDITY."""
        if self.key.name in FOLDERS and self.seen:  # others may be renamed, there and back
            assert status.uid_validity >= self.validity
            assert all(validity != status.uid_validity for validity, _ in self.seen)
        self.validity = status.uid_validity
        self.known, self.uid_next, self.modseq = {}, 1, 0

    def _follow(self, present: dict[int, State]) -> None:
        changes = run(
            self.bench.store.mailboxes.changes(
                self.who.account, self.mailbox, since_modseq=self.modseq, since_uid=self.uid_next
            )
        )
        assert changes.highest_modseq >= self.modseq
        assert changes.uid_next >= self.uid_next
        for first, last in changes.vanished:
            for uid in [uid for uid in self.known if first <= uid <= last]:
                del self.known[uid]
        if not changes.complete:
            self.known = {uid: state for uid, state in self.known.items() if uid in present}
        for uid, state in states(changes.rows).items():
            assert uid in self.known or self.uid_next <= uid < changes.uid_next, "it came late"
            self.known[uid] = state
        assert all(modseq <= changes.highest_modseq for modseq in changes.rows.modseqs)
        self.uid_next, self.modseq = changes.uid_next, changes.highest_modseq

    def _assert_counts(self, status: MailboxStatus) -> None:
        (counted,) = run(self.bench.store.mailboxes.status(self.who.account, [self.key]))
        assert counted == status
        assert status.messages == len(self.known)

    def _remember(self) -> None:
        """No UID ever means another message."""
        for uid, message_id in self.bench.by_uid(self.who, *self.key).items():
            assert self.seen.setdefault((self.validity, uid), message_id) == message_id


def gone(bench: Bench, who: Identity, mailbox: int) -> bool:
    """Whether there is no such mailbox any more."""
    try:
        run(bench.store.mailboxes.changes(who.account, mailbox, since_modseq=0, since_uid=1))
    except NotFound:
        return True
    return False
