"""What public mail is like, over a real database; never a word of private mail."""

from datetime import UTC, datetime, timedelta
from hashlib import md5

import pytest

from support.stores import Bench
from web.test_over_a_store import OWNED, PUBLIC, Server, messages

ALWAYS = "startDate=2000-01-01&endDate=2100-01-01"
MD5 = md5(b"abc").hexdigest()
OTHER = md5(b"xyz").hexdigest()


def carrying(*contents: bytes, sender: bytes = b"Ann@Sender.test") -> dict[str, bytes]:
    """Return a message with attachments, as `Bench.deliver` takes it."""
    header = b"From: " + sender + b"\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    parts = [b"--b\r\n\r\ntext\r\n"]
    parts += [b"--b\r\nContent-Type: application/pdf\r\n\r\n" + one + b"\r\n" for one in contents]
    return {"header": header, "rest": b"".join(parts) + b"--b--\r\n"}


@pytest.fixture
def server(store_url, reactor, connect_to):
    bench = Bench(store_url)
    yield Server(bench, reactor, connect_to)
    bench.assert_sound()
    bench.close()


@pytest.fixture
def ids(server) -> list[str]:
    """Public mail, the newest first; alice has the same and more, which is nobody's business."""
    deliver, found = server.bench.deliver, []
    for inbox, message in (
        (PUBLIC, carrying(b"abc", b"abc")),
        (PUBLIC, carrying(b"abc", b"xyz", sender=b"ann@SENDER.test, bob@sender.test")),
        ("other@x.test", carrying(b"abc", sender=b"")),
        (OWNED, carrying(b"abc", b"secret", sender=b"secret@sender.test")),
        ("starred@x.test", carrying(b"abc", b"secret", sender=b"secret@sender.test")),
    ):
        server.bench.clock.seconds += 1
        found += deliver(inbox, **message)
    server.ask("PUT", messages("starred@x.test", f"/{found[4]}/star"))
    return found[2::-1]


def ask(server, path: str, who: str = "eve"):
    answer = server.ask("GET", f"/api/mailstats/{path}", who=who)
    assert answer.status == 200, answer.body
    return answer.json


@pytest.mark.parametrize("who", ["eve", "alice"])
def test_common_attachments(server, ids, who):
    counted = [{"_id": MD5, "n": 3}, {"_id": OTHER, "n": 1}]
    assert ask(server, f"common-attachments?{ALWAYS}", who) == counted
    assert ask(server, f"common-attachments?{ALWAYS}&limit=1", who) == counted[:1]
    assert ask(server, f"common-attachments?{ALWAYS}&skip=1", who) == counted[1:]
    assert ask(server, f"common-attachments/{MD5}/count", who) == {"n": 3}
    found = ask(server, f"common-attachments/{MD5.upper()}", who)
    assert [shown["_id"] for shown in found] == ids
    assert found[0] == server.ask("GET", messages("other@x.test")).json[0]


@pytest.mark.parametrize(
    ("query", "missing"),
    [
        ("", "startDate"),
        ("?startDate=2024-01-01", "endDate"),
        ("?endDate=2024-01-01", "startDate"),
    ],
)
def test_a_period_has_two_ends(server, query, missing):
    answer = server.ask("GET", f"/api/mailstats/common-attachments{query}")
    assert (answer.status, answer.message) == (400, f"{missing}: this has to be given.")


@pytest.mark.parametrize("checksum", [md5(b"secret").hexdigest(), "0" * 32, "x", "%27%20OR%201"])
@pytest.mark.usefixtures("ids")
def test_what_nobody_may_know(server, checksum):
    assert ask(server, f"common-attachments/{checksum}", "alice") == []
    assert ask(server, f"common-attachments/{checksum}/count", "alice") == {"n": 0}
    target = f"/api/mailstats/common-attachments/{checksum}/download"
    assert server.ask("GET", target).status == 404


@pytest.mark.usefixtures("ids")
def test_a_public_attachment_is_downloaded(server):
    answer = server.ask("GET", f"/api/mailstats/common-attachments/{MD5}/download", who="eve")
    assert (answer.status, answer.body) == (200, b"abc")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    assert "sandbox" in answer.headers["Content-Security-Policy"]


@pytest.mark.usefixtures("ids")
def test_rankings(server):
    assert ask(server, "top-addresses") == [
        {"_id": PUBLIC, "n": 2},
        {"_id": "other@x.test", "n": 1},
    ]
    assert ask(server, "top-senders") == [
        {"_id": "ann@sender.test", "n": 2},
        {"_id": "bob@sender.test", "n": 1},
        {"_id": "sender@example.org", "n": 1},
    ]
    assert ask(server, "top-domains?limit=1") == [{"_id": "public.test", "n": 2}]
    assert ask(server, "top-domains?skip=9") == []


@pytest.mark.usefixtures("ids")
def test_periods(server):
    now = datetime.fromtimestamp(server.bench.clock(), UTC)

    def count(start: float, end: float) -> int:
        times = [(now + timedelta(seconds=each)).isoformat()[:23] + "Z" for each in (start, end)]
        query = f"startDate={times[0]}&endDate={times[1]}"
        return sum(each["n"] for each in ask(server, f"top-addresses?{query}"))

    assert count(-9, 9) == 3
    assert count(-9, -2.001) == 2
    assert count(-3.001, -2) == 2
    assert count(-1, 9) == 0
    assert count(9, -9) == 0
    today = now.date().isoformat()
    assert len(ask(server, f"top-addresses?startDate={today}")) == 2
    assert ask(server, "top-addresses?endDate=2001-01-01") == []


def test_nobody_walks_for_ever(server, reactor, monkeypatch):
    for _ in range(30):
        server.bench.deliver(*[PUBLIC] * 10)
    walk = server.bench.store.surveys.walk_public

    def slowly(**asked):
        reactor.advance(11)
        return walk(**asked)

    monkeypatch.setattr(server.bench.store.surveys, "walk_public", slowly)
    assert ask(server, "top-addresses") == [{"_id": PUBLIC, "n": 200}]


def test_so_many_messages_are_looked_at(server, monkeypatch):
    monkeypatch.setattr("mailcap.services.statistics._MOST_LOOKED_AT", 400)
    for _ in range(50):
        server.bench.deliver(*[PUBLIC] * 10)
    assert ask(server, "top-addresses") == [{"_id": PUBLIC, "n": 400}]


@pytest.mark.parametrize(
    ("name", "listed"),
    [("spam.test", True), ("SPAM.test.", True), ("a.spam.test", True), ("192.0.2.77", True),
     ("192.0.3.1", False), ("2001:db8::5", True), ("203.0.113.9", True), ("x", False),
     ("192.0.2.0%2F24", True), ("%00", False), ("xspam.test", False)],
)  # fmt: skip
def test_the_deny_list(server, name, listed):
    server.denied[:] = ["spam.test", "192.0.2.0/24", "2001:db8::/32", "203.0.113.9"]
    assert ask(server, f"blacklist/{name}") == {"blacklisted": listed}
    assert ask(server, "blacklist") == server.denied


def test_nobody_is_denied_at_first(server):
    assert ask(server, "blacklist") == []
    assert ask(server, "blacklist/spam.test") == {"blacklisted": False}
