"""A client that believes what it is told knows its mailbox, whatever others do to it."""

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from imap.modelled import CHANGES, STATES, Client, Mailbox, changed, same
from mailcap.domain.mailboxes import FlagChange, State
from mailcap.imap.updates import Flagged, OwnChange
from mailcap.imap.view import MailboxView
from mailcap.imap.wire.sequence_set import STAR

states = st.sampled_from(STATES)
changes = st.sampled_from(CHANGES)


class Sessions(RuleBasedStateMachine):
    """Several clients on one mailbox, which others change too."""

    clients = Bundle("clients")

    @initialize(states=st.lists(states, max_size=6))
    def begin(self, states: list[State]) -> None:
        self.mailbox = Mailbox(*states)
        self.all: list[Client] = []

    @rule(target=clients, rev1=st.booleans(), condstore=st.booleans(), qresync=st.booleans())
    def select(self, rev1: bool, condstore: bool, qresync: bool) -> Client:
        client = Client(self.mailbox, rev1=rev1, condstore=condstore, qresync=qresync)
        self.all.append(client)
        return client

    # What others do

    @rule(state=states)
    def arrive(self, state: State) -> None:
        self.mailbox.add(state)

    @rule(data=st.data(), change=changes)
    def others_store(self, data: st.DataObject, change: FlagChange) -> None:
        self.mailbox.store(self.some(data, sorted(self.mailbox.messages)), change)

    @rule(data=st.data())
    def others_expunge(self, data: st.DataObject) -> None:
        self.mailbox.expunge(*self.some(data, sorted(self.mailbox.messages)))

    # What a client does

    @rule(client=clients, data=st.data(), change=changes)
    def store_silently(self, client: Client, data: st.DataObject, change: FlagChange) -> None:
        """STORE.SILENT, though others may have changed the same messages just now."""
        uids = {uid for uid in self.some(data, client.uids) if uid in client.heard}
        for uid in uids:
            client.states[uid] = changed(client.states[uid], change)
        self.mailbox.store(uids, change)
        client.hear(own=OwnChange(uids, change))

    @rule(client=clients, data=st.data(), change=changes)
    def store(self, client: Client, data: st.DataObject, change: FlagChange) -> None:
        """STORE: the client is told of each of these messages, changed or not."""
        numbers = self.some(data, range(1, len(client.uids) + 1))
        found = client.view.by_number([(number, number) for number in numbers])
        uids = client.view.uids(found.spans)
        self.mailbox.store(uids, change)
        client.hear()
        client.view.tell(found.spans)
        told = [one.uid for one in client.told(expunges=False) if isinstance(one, Flagged)]
        assert {uid for uid in uids if uid in self.mailbox.messages} <= set(told)
        assert len(told) == len(set(told))

    @rule(client=clients, data=st.data())
    def fetch(self, client: Client, data: st.DataObject) -> None:
        """FETCH tells along what has changed, and then there is nothing more to tell."""
        client.take_keywords(client.view.take_keywords())
        for number in self.some(data, range(1, len(client.uids) + 1)):
            uid = client.uids[number - 1]
            if update := client.view.take(number - 1):
                client.take(update)
            if uid in client.heard:
                assert same(client.states[uid], client.heard[uid][0])
            assert client.view.take(number - 1) is None

    @rule(client=clients, data=st.data())
    def search_and_save(self, client: Client, data: st.DataObject) -> None:
        uids = self.some(data, client.uids)
        client.view.save(client.view.by_uid([(uid, uid) for uid in uids]).spans)
        self.saved = client, set(uids)

    @rule(client=clients)
    def hear(self, client: Client) -> None:
        client.hear()

    @rule(client=clients)
    def hear_again(self, client: Client) -> None:
        """What was heard before is nothing new, even if it comes late."""
        client.view.absorb(client.changes)

    @rule(client=clients)
    def hear_all(self, client: Client) -> None:
        client.hear_all()

    @rule(client=clients, expunges=st.booleans())
    def told(self, client: Client, expunges: bool) -> None:
        client.told(expunges=expunges)
        if expunges:
            assert not client.view.is_behind
            assert client.view.synced_modseq == client.view.highest_modseq
            assert client.recent_count == len(client.recent & set(client.uids))

    @rule(client=clients)
    def catch_up(self, client: Client) -> None:
        client.hear()
        client.told(expunges=True)
        assert client.uids == sorted(self.mailbox.messages)
        client.assert_up_to_date(self.mailbox.modseq)
        assert client.told(expunges=True) == []

    @rule(client=clients, complete=st.booleans(), precise=st.booleans())
    def come_back(self, client: Client, complete: bool, precise: bool) -> None:
        """SELECT with QRESYNC, and what the client knew turns into what there is."""
        modseq = client.view.synced_modseq
        back = MailboxView(self.mailbox.snapshot(), qresync=True)
        known = [(uid, uid) for uid in client.uids] if precise else None
        since = self.mailbox.changes(modseq, complete=complete)
        gone = back.vanished_earlier(since, known)
        assert all(first <= last for first, last in gone)
        left = [uid for uid in client.uids if not any(first <= uid <= last for first, last in gone)]
        candidates = back.candidates()
        changed_uids = candidates.uids(candidates.changed_since(modseq + 1))
        assert sorted({*left, *changed_uids}) == sorted(self.mailbox.messages)

    def some(self, data: st.DataObject, numbers: range | list[int]) -> list[int]:
        if not numbers:
            return []
        return sorted(data.draw(st.sets(st.sampled_from(numbers), min_size=1, max_size=4)))

    # What is true at any moment

    @invariant()
    def nobody_lost_count(self) -> None:
        for client in getattr(self, "all", ()):
            view = client.view
            assert len(view) == len(client.uids)
            there = [uid for uid in client.uids if uid in client.heard]
            if client.uids:
                found = view.by_number([(1, STAR)])
                assert view.uids(found.spans).tolist() == there
                assert found.lost == (len(there) < len(client.uids))
            assert view.uids(view.by_uid([(1, STAR)]).spans).tolist() == there
            assert [view.number_of(uid) for uid in client.uids] == [
                number for number, _ in enumerate(client.uids, 1)
            ]

    @invariant()
    def nobody_misses_anything_by_coming_back(self) -> None:
        for client in getattr(self, "all", ()):
            client.assert_up_to_date(client.view.synced_modseq)

    @invariant()
    def searches_find_what_is_there(self) -> None:
        for client in getattr(self, "all", ()):
            candidates = client.view.candidates()
            there = {uid: client.heard[uid] for uid in client.uids if uid in client.heard}
            work = candidates.where(lambda state: "Work" in state.keywords)
            for mask, expected in (
                (candidates.everything, there),
                (work, [uid for uid in there if "Work" in there[uid][0].keywords]),
                (
                    candidates.everything ^ work,
                    [uid for uid in there if "Work" not in there[uid][0].keywords],
                ),
                (candidates.changed_since(4), [uid for uid in there if there[uid][1] >= 4]),
                (candidates.recent(), [uid for uid in there if uid in client.recent]),
            ):
                assert candidates.uids(mask).tolist() == list(expected)
                numbers = [client.uids.index(uid) + 1 for uid in expected]
                assert candidates.numbers(mask).tolist() == numbers

    @invariant()
    def a_saved_result_follows_expunges(self) -> None:
        if hasattr(self, "saved"):
            client, uids = self.saved
            found = client.view.uids(client.view.by_uid(client.view.saved).spans)
            assert found.tolist() == [
                uid for uid in client.uids if uid in uids and uid in client.heard
            ]

    @invariant()
    def nobody_shares_recent_messages(self) -> None:
        claimed = [uid for client in getattr(self, "all", ()) for uid in client.recent]
        assert len(claimed) == len(set(claimed))


TestSessions = Sessions.TestCase
