"""The routes over a real database, with real accounts and keys."""

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from mailcap.authentication.authenticator import make_authenticator
from mailcap.connection.registry import Registry
from mailcap.mime import headers
from mailcap.services.accounts import Accounts
from mailcap.services.delivery import Delivery
from mailcap.services.statistics import Statistics
from mailcap.services.unified_inbox import UnifiedInbox
from mailcap.web.backend import Backend
from mailcap.web.site import make_site
from mime.corpus import BROKEN
from support.arriving import Arriving, at_once
from support.stores import Bench, incoming, run

OWNED = "bob@owned.test"
PUBLIC = "anyone@public.test"


class Server:
    """A site over a store, and two accounts: alice owns `OWNED` and owned.test, eve nothing."""

    def __init__(self, bench: Bench, reactor, client) -> None:
        self.bench = bench
        self.accounts = Accounts(bench.store.accounts, home_domain="home.test")
        self.keys = {}
        for name in ("alice", "eve"):
            run(self.accounts.add_account(name))
            self.keys[name] = run(self.accounts.add_key(name, "test")).secret
        run(self.accounts.add_domain("owned.test", "alice"))
        run(self.accounts.reserve_address(OWNED, "alice"))
        self._connect = client
        self.arriving = Arriving(bench, reactor)
        walking = {
            "summaries": self.arriving.summaries,
            "elsewhere": at_once,
            "clock": reactor.seconds,
        }
        self.denied: list[str] = []
        backend = Backend(
            mail=self.arriving.mail,
            authenticator=make_authenticator(bench.store.accounts, reactor),
            unified=UnifiedInbox(bench.store.surveys, **walking),
            statistics=Statistics(bench.store.surveys, **walking),
            denied=lambda: self.denied,
            accounts=self.accounts,
            ready=bench.store.ping,
            reactor=reactor,
            waiting=self.arriving.waiting,
            arrivals=self.arriving.arrivals,
            arrival_store=self.arriving.port,
        )
        self._site = make_site(backend, registry=Registry(reactor))

    def ask(self, method: str, path: str, *, who: str = "alice", body: bytes = b""):
        client = self._connect(self._site)
        return client.request(method, path, headers={"Mailsac-Key": self.keys[who]}, body=body)

    def begin(self, method: str, path: str, *, who: str = "alice"):
        """Send a request and return the client, which may wait for its answer."""
        client = self._connect(self._site)
        head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nMailsac-Key: {self.keys[who]}\r\n\r\n"
        client.send(head.encode())
        return client


@pytest.fixture
def server(store_url, reactor, connect_to):
    bench = Bench(store_url)
    yield Server(bench, reactor, connect_to)
    bench.assert_sound()
    bench.close()


def messages(inbox: str, rest: str = "") -> str:
    return f"/api/addresses/{inbox}/messages{rest}"


def test_a_message_from_list_to_deletion(server):
    (message_id,) = server.bench.deliver(
        "Bob+tag@Owned.test", header=b"Subject: hi\r\n\r\n", rest=b"<https://example.com>\r\n"
    )
    (shown,) = server.ask("GET", messages(OWNED)).json
    assert (shown["_id"], shown["subject"]) == (message_id, "hi")
    assert (shown["inbox"], shown["originalInbox"]) == (OWNED, "Bob+tag@Owned.test")
    assert shown["to"] == [{"address": "Bob+tag@Owned.test", "name": ""}]
    assert shown["links"] == ["https://example.com"]
    one = server.ask("GET", messages(OWNED, f"/{message_id}")).json
    assert one.pop("envelope")["rcptTo"] == "Bob+tag@Owned.test"
    assert one == shown
    raw = server.ask("GET", f"/api/raw/{OWNED}/{message_id}").body
    assert raw.endswith(b"Subject: hi\r\n\r\n<https://example.com>\r\n")
    assert len(raw) == shown["size"]
    assert server.ask("GET", f"/api/addresses/{OWNED}/message-count").json["count"] == 1
    assert server.ask("DELETE", messages(OWNED, f"/{message_id}")).json["_id"] == message_id
    assert server.ask("GET", messages(OWNED)).json == []
    assert server.ask("GET", f"/api/raw/{OWNED}/{message_id}").status == 404


def test_what_is_listed_can_be_read_at_once(server):
    ids = [server.bench.deliver(PUBLIC, rest=b"%d" % number)[0] for number in range(25)]
    for place, shown in enumerate(server.ask("GET", messages(PUBLIC, "?limit=25")).json):
        assert shown["_id"] == ids[24 - place]
        for path in ("raw", "text", "dirty", "body", "headers"):
            assert server.ask("GET", f"/api/{path}/{PUBLIC}/{shown['_id']}").status == 200


def test_paging_by_before_finds_each_message_once(server):
    ids = [server.bench.deliver(PUBLIC)[0] for _ in range(7)]
    found, query = [], "?limit=3"
    while page := server.ask("GET", messages(PUBLIC, query)).json:
        found += [shown["_id"] for shown in page]
        query = f"?limit=3&before={found[-1]}"
    assert found == ids[::-1]
    assert server.ask("GET", messages(PUBLIC, "?before=0Ab_1-0")).status == 404


def test_until_is_inclusive(server):
    server.bench.clock.seconds = 1_700_000_000.125
    (old,) = server.bench.deliver(PUBLIC)
    server.bench.clock.seconds += 0.125
    server.bench.deliver(PUBLIC)
    listed = server.ask("GET", messages(PUBLIC, "?until=2023-11-14T22:13:20.125Z")).json
    assert [shown["_id"] for shown in listed] == [old]
    assert len(server.ask("GET", messages(PUBLIC, "?until=2023-11-14")).json) == 2
    assert server.ask("GET", messages(PUBLIC, "?until=2023-11-13")).json == []
    assert server.ask("GET", messages(PUBLIC, "?limit=0")).json == []


def test_nobody_else_gets_at_an_owned_inbox(server):
    for inbox in (OWNED, "unreserved@owned.test"):
        (message_id,) = server.bench.deliver(inbox)
        assert server.ask("GET", messages(inbox), who="eve").status == 403
        assert server.ask("GET", messages(inbox, "?limit=0"), who="eve").status == 403
        assert server.ask("GET", f"/api/addresses/{inbox}/message-count", who="eve").status == 403
        assert server.ask("DELETE", messages(inbox), who="eve").status == 401
        target = messages(inbox, f"/{message_id}")
        hidden = server.ask("GET", target, who="eve")
        invented_id = message_id[:-1] + "9"
        invented = server.ask("GET", messages(inbox, f"/{invented_id}"), who="eve")
        assert hidden.status == 404
        assert hidden.message == invented.message.replace(invented_id, message_id)
        assert server.ask("DELETE", target, who="eve").status == 404
        assert server.ask("GET", target).status == 200
        assert server.ask("DELETE", messages(inbox)).status == 204
        assert server.ask("GET", target).status == 404


def test_a_public_inbox(server):
    (message_id,) = server.bench.deliver(PUBLIC)
    assert len(server.ask("GET", messages(PUBLIC), who="eve").json) == 1
    assert server.ask("DELETE", messages(PUBLIC), who="eve").status == 401
    assert server.ask("DELETE", messages(PUBLIC, f"/{message_id}"), who="eve").status == 200


def test_captured_mail_is_starred_and_only_the_senders(server):
    keeper = server.bench.account("keeper", capture_private=True)
    server.keys["keeper"] = run(server.accounts.add_key("keeper", "test")).secret
    (message_id,) = server.bench.deliver(PUBLIC, submitter=keeper)
    assert server.ask("GET", "/api/me", who="keeper").json["capturePrivate"] is True
    shown = server.ask("GET", messages(PUBLIC, f"/{message_id}"), who="keeper").json
    assert (shown["savedBy"], shown["envelope"]["user"]) == ("keeper", "keeper")
    assert server.ask("GET", messages(PUBLIC), who="eve").json == []
    assert server.ask("GET", messages(PUBLIC, f"/{message_id}"), who="eve").status == 404


def test_who_one_is(server):
    shown = server.ask("GET", "/api/me").json
    assert (shown["_id"], shown["email"]) == ("alice", "alice@home.test")
    assert shown["apiKeyName"] == "test"


def test_readiness(server):
    assert server.ask("GET", "/readyz").status == 200


def test_a_message_with_all_its_recipients_shows_each_its_own(server):
    first, second = server.bench.deliver(PUBLIC, "hidden@public.test")
    body = server.ask("GET", messages(PUBLIC, f"/{first}")).body
    body += server.ask("GET", messages(PUBLIC)).body
    for path in ("raw", "headers", "text", "dirty", "body"):
        body += server.ask("GET", f"/api/{path}/{PUBLIC}/{first}").body
    assert b"hidden" not in body
    assert server.ask("GET", f"/api/raw/{PUBLIC}/{second}").status == 404


def test_broken_mail_is_listed_and_served_in_every_form(server):
    sent = {}
    for name, body in BROKEN.items():
        cut = headers.split(body)
        (message_id,) = server.bench.deliver(PUBLIC, header=body[:cut], rest=body[cut:])
        sent[message_id] = name, body
    listed = server.ask("GET", messages(PUBLIC, "?limit=1000")).json
    assert [shown["_id"] for shown in listed] == list(sent)[::-1]
    for message_id, (name, body) in sent.items():
        assert server.ask("GET", messages(PUBLIC, f"/{message_id}")).status == 200, name
        assert server.ask("GET", f"/api/raw/{PUBLIC}/{message_id}").body.endswith(body), name
        for path in ("text", "dirty", "body", "headers"):
            answer = server.ask("GET", f"/api/{path}/{PUBLIC}/{message_id}")
            assert answer.status == 200, f"{path}: {name}"
            assert answer.body.decode() is not None


def test_delivered_by_the_intake(server):
    """What the intake stores comes back to the byte, and is there when it says so."""
    delivery = Delivery(server.bench.store.intake, host_name="mx.test", clock=Clock())
    body = b"Subject: x\r\n\r\n" + bytes(range(256)) + b"\r\n.\r\n"
    envelope = incoming("Bob@Owned.test", ret="FULL", envid="e 1").envelope
    bases = []
    delivered = delivery.deliver(envelope, body)
    assert isinstance(delivered, Deferred)
    delivered.addCallback(bases.append)
    (shown,) = server.ask("GET", messages(OWNED)).json
    assert shown["_id"] == f"{bases[0]}-0"
    raw = server.ask("GET", f"/api/raw/{OWNED}/{shown['_id']}").body
    assert raw.endswith(body)
    assert raw.startswith(b"Return-Path: <sender@example.org>\r\nReceived: from client.example.org")
    assert b"for <bob@owned.test>; " in raw
    dsn = server.ask("GET", messages(OWNED, f"/{shown['_id']}")).json["envelope"]["dsn"]
    assert dsn == {"ret": "FULL", "envid": "e 1", "notify": None, "orcpt": None}


WAIT = "/wait?timeout=30&count=2"


def test_waiting(server):
    server.bench.deliver(PUBLIC)
    client = server.begin("GET", messages(PUBLIC, WAIT))
    server.arriving.turn()
    assert client.answers() == []
    server.arriving.deliver(PUBLIC, received=server.bench.clock() + 1)
    (answer,) = client.answers()
    assert len(answer.json) == 2
    assert server.ask("GET", messages(PUBLIC)).json == answer.json
    assert not server.arriving.hub.watched()


def test_waiting_for_another_ones_mail(server):
    for inbox in (OWNED, "unreserved@owned.test"):
        assert server.ask("GET", messages(inbox, WAIT), who="eve").status == 403
    assert server.ask("GET", messages("nobody", WAIT), who="eve").status == 400
