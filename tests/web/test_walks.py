"""What looks at much of the store is done in turns."""

import pytest
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from fakes import outcomes
from mailcap.domain.errors import Busy
from mailcap.web.api.walks import Walks
from web.conftest import ALICE, BOB

INBOX = "/api/addresses/bob@x.test"


@pytest.mark.parametrize(
    "target",
    [
        *("/api/addresses", "/api/me/stats", "/api/inbox", "/api/inbox-search?query=x"),
        *("/api/domains/x.test", f"{INBOX}/message-count", f"{INBOX}/messages/wait"),
    ],
)
def test_what_may_take_long(build, connect_to, waiting, monkeypatch, target):
    walked = []
    walk = Walks.of

    async def of(self, who, work):
        walked.append((self, who))
        return await walk(self, who, work)

    monkeypatch.setattr(Walks, "of", of)
    waiting.outcome.callback([])
    client = connect_to(build())
    client.request("GET", target, headers={"Mailsac-Key": "k_alice"})
    assert {who for _, who in walked} == {ALICE}
    assert len({walks for walks, _ in walked}) == 1


def test_searches_hold_up_no_walks(build, connect_to, monkeypatch):
    walked = []

    async def of(self, _who, work):
        walked.append(self)
        return await work()

    monkeypatch.setattr(Walks, "of", of)
    site = build()
    for target in ("/api/inbox-search?query=x", "/api/inbox", "/api/addresses"):
        connect_to(site).request("GET", target, headers={"Mailsac-Key": "k_alice"})
    search, *walks = walked
    assert set(walks) == {walks[0]} != {search}


def test_accounts_take_turns():
    walks, begun, ends = Walks(), [], []

    def ask(who):
        async def work():
            begun.append(who)
            ends.append(Deferred())
            return await ends[-1]

        return outcomes(walks.of(who, work))

    answers = [ask(ALICE) for _ in range(1002)]
    assert begun == [ALICE] * 2
    (refused,) = ask(ALICE)
    assert isinstance(refused, Failure)
    assert refused.check(Busy)
    ask(BOB)
    ends[0].callback("done")
    ends[1].callback("done")
    assert begun == [ALICE, ALICE, ALICE, BOB]
    for end in ends:  # which grows meanwhile
        if not end.called:
            end.callback("done")
    assert answers == [["done"]] * 1002
