"""A mailbox as anybody would write it down, and a client that believes what it is told."""

from array import array
from collections.abc import Iterable

from mailcap.domain.mailboxes import (
    Changes,
    FlagChange,
    How,
    MailboxKey,
    MailboxStatus,
    Mark,
    Rows,
    Snapshot,
    State,
)
from mailcap.imap.columns import ranges_of
from mailcap.imap.updates import (
    Exists,
    Expunge,
    Flagged,
    Keywords,
    OwnChange,
    Recent,
    Update,
    Vanished,
)
from mailcap.imap.view import MailboxView

NEW = State()
SEEN = State(Mark.SEEN)
STATES = [NEW, SEEN, State(Mark.FLAGGED, ("Work",)), State(Mark(0), ("Work", "home"))]
CHANGES = [
    FlagChange(How.ADD, Mark.SEEN),
    FlagChange(How.REMOVE, Mark.SEEN | Mark.FLAGGED),
    FlagChange(How.REPLACE, Mark.DELETED, ("home",)),
    FlagChange(How.ADD, keywords=("WORK",)),
    FlagChange(How.REMOVE, keywords=("work",)),
]


def changed(state: State, change: FlagChange) -> State:
    """Return what the store makes of *state*: the first spelling of a keyword stays."""
    words = {word.lower(): word for word in state.keywords}
    given = {word.lower(): word for word in change.keywords}
    if change.how is How.ADD:
        return State(state.marks | change.marks, tuple((given | words).values()))
    if change.how is How.REMOVE:
        kept = {word: spelt for word, spelt in words.items() if word not in given}
        return State(state.marks & ~change.marks, tuple(kept.values()))
    return State(change.marks, tuple(words.get(word, spelt) for word, spelt in given.items()))


def same(one: State, other: State) -> bool:
    """Whether a client would call them the same: keywords have no case and no order."""
    return one.marks == other.marks and {word.lower() for word in one.keywords} == {
        word.lower() for word in other.keywords
    }


def rows_of(messages: dict[int, tuple[State, int]]) -> Rows:
    uids = sorted(messages)
    table = sorted({messages[uid][0] for uid in uids})
    return Rows(
        array("I", uids),
        array("I", [table.index(messages[uid][0]) for uid in uids]),
        array("Q", [messages[uid][1] for uid in uids]),
        table,
    )


class Mailbox:
    """A state and a modification sequence for each UID, and what has vanished when."""

    def __init__(self, *states: State) -> None:
        self.messages: dict[int, tuple[State, int]] = {}
        self.vanished: dict[int, int] = {}
        self.uid_next = 1
        self.modseq = 1
        self.first_recent = 1
        for state in states:
            self.add(state)

    def add(self, state: State = NEW) -> int:
        self.modseq += 1
        uid, self.uid_next = self.uid_next, self.uid_next + 1
        self.messages[uid] = (state, self.modseq)
        return uid

    def store(self, uids: Iterable[int], change: FlagChange) -> None:
        """Change flags; what stays as it was keeps its modification sequence."""
        self.modseq += 1
        for uid in self.messages.keys() & uids:
            state = changed(self.messages[uid][0], change)
            if state != self.messages[uid][0]:
                self.messages[uid] = (state, self.modseq)

    def flag(self, uid: int, state: State) -> None:
        self.store([uid], FlagChange(How.REPLACE, *state))

    def expunge(self, *uids: int) -> None:
        self.modseq += 1
        for uid in uids:
            del self.messages[uid]
            self.vanished[uid] = self.modseq

    def claim(self, below: int) -> int:
        first, self.first_recent = self.first_recent, max(below, self.first_recent)
        return first

    def snapshot(self) -> Snapshot:
        status = MailboxStatus(
            id=1,
            key=MailboxKey("a@b.test", "INBOX"),
            uid_validity=1,
            uid_next=self.uid_next,
            highest_modseq=self.modseq,
        )
        return Snapshot(status=status, rows=rows_of(self.messages))

    def changes(
        self, modseq: int, *, since_uid: int | None = None, complete: bool = True
    ) -> Changes:
        new = {
            uid: one
            for uid, one in self.messages.items()
            if one[1] > modseq or (since_uid is not None and uid >= since_uid)
        }
        gone = sorted(uid for uid, when in self.vanished.items() if when > modseq and complete)
        return Changes(
            rows=rows_of(new),
            vanished=ranges_of(gone),
            uid_next=self.uid_next,
            highest_modseq=self.modseq,
            complete=complete,
        )

    def news(self, view: MailboxView) -> Changes:
        """Return what a session asks the store for."""
        return self.changes(view.highest_modseq, since_uid=view.uid_next)


class Client:
    """Keeps what it was told, a message after the other, and nothing else.

    *heard* is what the server has heard of the mailbox by now, and not told perhaps.
    """

    def __init__(
        self,
        mailbox: Mailbox,
        *,
        rev1: bool = False,
        condstore: bool = False,
        qresync: bool = False,
    ) -> None:
        self.mailbox = mailbox
        self.rev1, self.condstore, self.qresync = rev1, condstore or qresync, qresync
        snapshot = mailbox.snapshot()
        first = mailbox.claim(snapshot.status.uid_next) if rev1 else None
        self.recent = set(range(first, snapshot.status.uid_next)) if first else set[int]()
        self.view = MailboxView(snapshot, recent_from=first, condstore=condstore, qresync=qresync)
        self.heard = dict(mailbox.messages)
        self.changes = mailbox.changes(0)
        self.uids: list[int] = []
        self.states: dict[int, State] = {}
        self.modseqs: dict[int, int] = {}
        self.words: set[str] = set(self.view.keywords())
        self.recent_count = self.view.count_recent()
        self.learn(0)

    def hear(self, *, own: OwnChange | None = None) -> None:
        self.changes = self.mailbox.news(self.view)
        self.view.absorb(self.changes, own=own)
        self.hear_done()

    def hear_all(self) -> None:
        self.view.replace(self.mailbox.snapshot())
        self.hear_done()

    def hear_done(self) -> None:
        self.heard = dict(self.mailbox.messages)
        if self.rev1:
            end = self.view.uid_next
            first = self.mailbox.claim(end)
            self.view.claim(first, end)
            self.recent |= set(range(first, end))

    def learn(self, start: int) -> None:
        """FETCH what is new."""
        for number, uid, place, modseq in self.view.messages([range(start, len(self.view))]):
            self.uids.append(uid)
            assert number == len(self.uids)
            self.states[uid], self.modseqs[uid] = self.view.table[place], modseq

    def told(self, *, expunges: bool) -> list[Update]:
        updates = []
        for update in self.view.updates(expunges=expunges):
            updates.append(update)
            match update:
                case Keywords():
                    self.take_keywords(update)
                case Expunge(numbers):
                    assert expunges
                    assert not self.qresync
                    self.forget(self.uids[number - 1] for span in numbers for number in span)
                case Vanished(uids):
                    assert expunges
                    assert self.qresync
                    vanished = [uid for first, last in uids for uid in range(first, last + 1)]
                    assert set(vanished) <= set(self.uids)
                    self.forget(vanished)
                case Exists(count):
                    assert count > len(self.uids)
                    self.learn(len(self.uids))
                    assert count == len(self.uids)
                case Recent(count):
                    assert self.rev1
                    self.recent_count = count
                case Flagged():
                    self.take(update)
        return updates

    def forget(self, uids: Iterable[int]) -> None:
        # Number by number, so that each is what it was when it was told.
        for uid in uids:
            self.uids.remove(uid)

    def take_keywords(self, update: Keywords | None) -> None:
        if update is not None:
            assert self.words < set(update.words)
            self.words = set(update.words)

    def take(self, update: Flagged) -> None:
        uid = self.uids[update.number - 1]
        assert update.uid == uid
        assert update.recent == (uid in self.recent)
        assert (update.modseq is not None) == self.condstore
        if update.modseq is not None:
            self.modseqs[uid] = update.modseq
        if update.state is not None:
            assert {word.lower() for word in update.state.keywords} <= {
                word.lower() for word in self.words
            }
            self.states[uid] = update.state
        else:
            assert self.condstore

    def assert_up_to_date(self, modseq: int) -> None:
        """All that happened up to *modseq* is known."""
        for uid, when in self.mailbox.vanished.items():
            assert uid not in self.uids or when > modseq
        for uid, (state, when) in self.mailbox.messages.items():
            if when <= modseq:
                assert uid in self.uids
                assert same(self.states[uid], state)
                assert not self.condstore or self.modseqs[uid] == when
