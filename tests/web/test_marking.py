"""Stars, labels, folders and read marks, over a real database."""

from urllib.parse import quote

import pytest

from support.stores import Bench
from web.test_over_a_store import OWNED, PUBLIC, Server, messages


@pytest.fixture
def server(store_url, reactor, connect_to):
    bench = Bench(store_url)
    yield Server(bench, reactor, connect_to)
    bench.assert_sound()
    bench.close()


@pytest.fixture
def message_id(server) -> str:
    return server.bench.deliver(PUBLIC)[0]


def test_a_star_is_set_and_taken_back(server, message_id):
    starred = server.ask("PUT", messages(PUBLIC, f"/{message_id}/star"))
    assert (starred.status, starred.json["savedBy"]) == (200, "alice")
    assert [starred.json] == server.ask("GET", messages(PUBLIC)).json
    assert server.ask("GET", messages(PUBLIC), who="eve").json == []
    hidden = server.ask("PUT", messages(PUBLIC, f"/{message_id}/star"), who="eve")
    assert hidden.status == 404
    assert server.ask("GET", "/api/addresses/starred/messages").json == [starred.json]
    assert server.ask("GET", "/api//addresses/starred/messages/", who="eve").json == []
    back = server.ask("PUT", messages(PUBLIC, f"/{message_id}/star"))
    assert back.json["savedBy"] is None
    assert server.ask("GET", "/api/addresses/starred/messages").json == []
    assert len(server.ask("GET", messages(PUBLIC), who="eve").json) == 1


def test_starred_is_no_inbox(server):
    assert server.ask("DELETE", "/api/addresses/starred/messages").status == 400


def test_labels(server, message_id):
    def label(method: str, name: str) -> dict:
        target = messages(PUBLIC, f"/{message_id}/labels/{quote(name, safe='')}")
        answer = server.ask(method, target)
        assert answer.status == 200
        assert answer.json["_id"] == message_id
        return answer.json["labels"]

    assert label("PUT", "Red") == ["Red"]
    assert label("PUT", "rED") == ["Red"]
    assert label("PUT", "two words") == ["Red", "two words"]
    assert label("PUT", "a/b%c") == ["Red", "two words", "a/b%c"]
    assert label("PUT", "Grüße") == ["Red", "two words", "a/b%c", "Grüße"]
    assert server.ask("GET", messages(PUBLIC)).json[0]["labels"][-1] == "Grüße"
    assert label("DELETE", "nothing") == ["Red", "two words", "a/b%c", "Grüße"]
    for name in ("RED", "two words", "a/b%c", "grüße"):
        left = label("DELETE", name)
    assert left == []


@pytest.mark.parametrize("name", ["$Forwarded", "Junk", "NONJUNK", "x" * 65, "ü" * 33])
def test_what_is_no_label(server, message_id, name):
    target = messages(PUBLIC, f"/{message_id}/labels/{quote(name, safe='')}")
    answer = server.ask("PUT", target)
    assert (answer.status, bool(answer.message)) == (400, True)
    assert server.ask("GET", messages(PUBLIC)).json[0]["labels"] == []


def test_what_mail_clients_note_for_themselves_is_neither_shown_nor_taken_away(server, message_id):
    keywords = '["$Forwarded","NonJunk","mine"]'
    server.bench.sql("UPDATE messages SET labels = :labels", labels=keywords)
    assert server.ask("GET", messages(PUBLIC)).json[0]["labels"] == ["mine"]
    answer = server.ask("DELETE", messages(PUBLIC, f"/{message_id}/labels/NonJunk"))
    assert answer.json["labels"] == ["mine"]
    assert server.bench.sql("SELECT labels FROM messages") == [(keywords,)]


@pytest.mark.parametrize("folder", ["all", "sent", "spam", "trash", "drafts", "inbox"])
def test_folders(server, message_id, folder):
    answer = server.ask("PUT", messages(PUBLIC, f"/{message_id}/folder/{folder}"))
    assert answer.json == {"_id": message_id, "folder": folder}
    assert server.ask("GET", messages(PUBLIC)).json[0]["folder"] == folder


@pytest.mark.parametrize("part", ["folder/INBOX", "folder/archive", "read/yes", "read/%20"])
def test_bad_values(server, message_id, part):
    answer = server.ask("PUT", messages(PUBLIC, f"/{message_id}/{part}"))
    assert answer.status == 400
    assert answer.message.startswith(part.partition("/")[0] + ": ")


def test_read_and_unread(server, message_id):
    for text, read in (("true", True), ("false", False), ("TRUE", True)):
        answer = server.ask("PUT", messages(PUBLIC, f"/{message_id}/read/{text}"))
        assert answer.json == {"_id": message_id, "read": read, "folder": read}
        assert server.ask("GET", messages(PUBLIC)).json[0]["read"] is read


def test_nobody_else_changes_mail_of_an_owned_inbox(server):
    (message_id,) = server.bench.deliver(OWNED)
    before = server.ask("GET", messages(OWNED)).json
    for part in ("star", "labels/x", "folder/trash", "read/true"):
        answer = server.ask("PUT", messages(OWNED, f"/{message_id}/{part}"), who="eve")
        assert answer.status == 404
        assert answer.message == f"Message not found by id {message_id} and inbox {OWNED}"
    assert server.ask("GET", messages(OWNED)).json == before
