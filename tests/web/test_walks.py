"""What looks at much of the store is done in turns."""

import pytest

from mailcap.web.api.walks import Walks
from web.conftest import ALICE

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
