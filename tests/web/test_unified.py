"""The unified inbox, over a real database: listed, filtered, searched."""

import pytest

from support.stores import Bench, run
from web.test_over_a_store import OWNED, PUBLIC, Server, messages

HEADER = b"From: Ann Lee <Ann@Sender.test>\r\nTo: Team <team@list.test>\r\nSubject: %b\r\n\r\n"


@pytest.fixture
def server(store_url, reactor, connect_to):
    bench = Bench(store_url)
    yield Server(bench, reactor, connect_to)
    bench.assert_sound()
    bench.close()


@pytest.fixture
def ids(server) -> dict[str, str]:
    """The messages of alice, and one that is none of hers."""
    deliver = server.bench.deliver
    found = {}
    for name, inbox, subject in (
        ("first", OWNED, "Welcome aboard"),
        ("second", "any@owned.test", "Your Invoice 100%"),
        ("third", OWNED, "=?utf-8?q?Gr=C3=BC=C3=9Fe_=28a+b=29*?="),
        ("public", PUBLIC, "Welcome aboard"),
    ):
        (found[name],) = deliver(
            inbox, header=HEADER % subject.encode(), mail_from="Bounce@mta.test"
        )
    return found


def asked(server, path: str, who: str = "alice") -> list[str]:
    answer = server.ask("GET", f"/api/{path}", who=who)
    assert answer.status == 200, answer.body
    return [shown["_id"] for shown in answer.json["messages"]]


def test_the_list(server, ids):
    answer = server.ask("GET", "/api/inbox").json
    assert [one["_id"] for one in answer["messages"]] == [
        ids["third"], ids["second"], ids["first"]
    ]  # fmt: skip
    assert {key: answer[key] for key in ("unread", "limit", "skip")} == {
        "unread": 3, "limit": 20, "skip": 0
    }  # fmt: skip
    assert answer["messages"][2] == server.ask("GET", messages(OWNED)).json[1]
    assert asked(server, "inbox", "eve") == []


def test_pages(server, ids):
    assert asked(server, "inbox?limit=1&skip=1") == [ids["second"]]
    assert asked(server, "inbox?skip=3") == []
    assert asked(server, "inbox?limit=0") == []
    server.ask("PUT", messages(OWNED, f"/{ids['first']}/read/true"))
    answer = server.ask("GET", "/api/inbox?limit=1&skip=2").json
    assert (answer["unread"], answer["limit"], answer["skip"]) == (2, 1, 2)
    assert asked(server, "inbox?since=2999-01-01") == []
    assert len(asked(server, "inbox?since=1999-01-01T00:00:00.000Z")) == 3


@pytest.mark.parametrize(
    "query", ["limit=1001", "limit=x", "skip=-1", "skip=1.5", "skip=9999999999", "since=x"]
)
def test_bad_values(server, query):
    answer = server.ask("GET", f"/api/inbox?{query}")
    assert answer.status == 400
    assert answer.message.startswith(query.partition("=")[0] + ": ")


def test_what_is_moved_away_is_not_in_it(server, ids):
    server.ask("PUT", messages(OWNED, f"/{ids['first']}/folder/trash"))
    server.ask("PUT", messages(PUBLIC, f"/{ids['public']}/star"))
    assert asked(server, "inbox") == [ids["public"], ids["third"], ids["second"]]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("andSubjectIncludes=welcome", ["first"]),
        ("andSubjectIncludes=INVOICE+100%25", ["second"]),
        ("andSubjectIncludes=gr%C3%BCsse", ["third"]),
        ("andSubjectIncludes=%28a%2Bb%29*", ["third"]),
        ("andSubjectIncludes=.*", []),
        ("andSubjectIncludes=%25", ["second"]),
        ("andSubjectIncludes=_", []),
        ("andFrom=ann@sender.TEST", ["third", "second", "first"]),
        ("andFrom=bounce", ["third", "second", "first"]),
        ("andFrom=lee", []),
        ("andTo=team@", ["third", "second", "first"]),
        ("andTo=any%2Btag@OWNED.test", ["second"]),
        ("andTo=bob@owned.test", ["third", "first"]),
        ("andTo=owned", []),
        ("andTo=bob@owned.test&andSubjectIncludes=a", ["third", "first"]),
        ("andTo=bob@owned.test&andRead=true", ["first"]),
        ("andRead=false", ["third", "second"]),
        ("andSubjectIncludes=&andRead=true", ["first"]),
    ],
)
def test_filtering(server, ids, query, wanted):
    server.ask("PUT", messages(OWNED, f"/{ids['first']}/read/true"))
    assert asked(server, f"inbox-filter?{query}") == [ids[name] for name in wanted]


@pytest.mark.parametrize("query", ["", "?andFrom=", "?other=x", "?andRead=", "?andRead=yes"])
def test_a_filter_without_a_condition(server, query):
    answer = server.ask("GET", f"/api/inbox-filter{query}")
    assert (answer.status, bool(answer.message)) == (400, True)


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("WELCOME", ["first"]),
        ("ann@", ["third", "second", "first"]),
        ("list.test", ["third", "second", "first"]),
        ("mta.test", []),
        ("100%25", ["second"]),
        ("%00", []),
        ("", []),
    ],
)
def test_searching(server, ids, query, wanted):
    answer = server.ask("GET", f"/api/inbox-search?query={query}").json
    assert answer["query"] == {"100%25": "100%", "%00": "\0"}.get(query, query)
    assert [shown["_id"] for shown in answer["messages"]] == [ids[name] for name in wanted]


def test_the_shown_recipient_is_found(server):
    (message_id,) = server.bench.deliver("Bob+tag@Owned.test")
    assert asked(server, "inbox-search?query=bob%2Btag") == [message_id]


def test_a_search_finds_a_hundred_at_most(server):
    wanted = {"header": b"Subject: needle\r\n\r\n"}
    ids = [one for _ in range(12) for one in server.bench.deliver(*[OWNED] * 10, **wanted)]
    server.bench.deliver(OWNED)
    assert asked(server, "inbox-search?query=needle") == ids[:19:-1]


def test_a_search_that_takes_too_long_ends(server, reactor, monkeypatch):
    ids = [one for _ in range(25) for one in server.bench.deliver(*[OWNED] * 10)]
    server.bench.deliver(*[OWNED] * 10, header=b"Subject: needle\r\n\r\n")
    walk = server.bench.store.surveys.walk_unified

    def slowly(*args, **kwargs):
        reactor.advance(6)
        return walk(*args, **kwargs)

    monkeypatch.setattr(server.bench.store.surveys, "walk_unified", slowly)
    assert len(asked(server, "inbox-search?query=needle")) == 10
    assert run(walk(server.bench.admin, below=None, most=1)) == ([], None)
    assert len(ids) == 250


def test_huge_summaries_do_not_stop_a_search(server, monkeypatch):
    monkeypatch.setattr("mailcap.services.summaries._MOST_AT_ONCE", 2**20)
    subject = b"Subject: needle\r\n"
    links = b"".join(b"https://example.com/%d/%0240d " % (n, n) for n in range(1000))
    crowd = b", ".join(b"somebody-%0200d@example.com" % n for n in range(1000))
    for _ in range(9):  # each summary has some 700,000 octets
        header = subject + b"".join(b"%b: %b\r\n" % (name, crowd) for name in (b"To", b"Cc"))
        server.bench.deliver(OWNED, header=header + b"\r\n", rest=links)
    for _ in range(2):
        assert server.ask("GET", "/api/inbox-search?query=nothing").json["messages"] == []
    assert server.bench.sql("SELECT count(*) FROM views WHERE length(summary) > 500000")[0][0] > 5
