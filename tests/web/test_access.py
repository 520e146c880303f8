"""Every route with every kind of key: one table."""

import pytest

from mailcap.web.routing import Route

INBOX = "owned@x.test"

# Route, then what it answers to: no key, a wrong key, another account's key, the owner's.
TABLE = [
    ("GET", "/api/me", 401, 401, 200, 200),
    ("GET", "/api/addresses/{email}/messages", 401, 401, 403, 200),
    ("GET", "/api/addresses/{email}/message-count", 401, 401, 403, 200),
    ("GET", "/api/addresses/{email}/messages/{message_id}", 401, 401, 404, 200),
    ("GET", "/api/addresses/{email}/messages/{message_id}/headers", 401, 401, 404, 200),
    ("GET", "/api/headers/{email}/{message_id}", 401, 401, 404, 200),
    ("GET", "/api/raw/{email}/{message_id}", 401, 401, 404, 200),
    ("GET", "/api/text/{email}/{message_id}", 401, 401, 404, 200),
    ("GET", "/api/dirty/{email}/{message_id}", 401, 401, 404, 200),
    ("GET", "/api/body/{email}/{message_id}", 401, 401, 404, 200),
    ("DELETE", "/api/addresses/{email}/messages/{message_id}", 401, 401, 404, 200),
    ("DELETE", "/api/addresses/{email}/messages", 401, 401, 401, 204),
    ("GET", "/healthz", 200, 200, 200, 200),
    ("GET", "/readyz", 200, 200, 200, 200),
]
KEYS = (None, "wrong", "k_bob", "k_alice")
CASES = [
    pytest.param((method, path, key, status), id=f"{method} {path} {key}")
    for method, path, *statuses in TABLE
    for key, status in zip(KEYS, statuses, strict=True)
]


@pytest.fixture
def message_id(mail) -> str:
    mail.owners[INBOX] = 1
    return mail.add(INBOX)


def test_the_table_has_every_route(build):
    rules = build().resource._app.url_map.iter_rules()
    routes = {(rule.endpoint.split(" ", 1)[0], rule.endpoint.split(" ", 1)[1]) for rule in rules}
    assert routes == {(method, path) for method, path, *_ in TABLE}
    assert str(Route("GET", "/x", print)) == "GET /x"  # what the endpoints are named by


@pytest.mark.parametrize("case", CASES)
def test_who_gets_what(ask, message_id, case):
    method, path, key, status = case
    target = path.format(email=INBOX, message_id=message_id)
    assert ask(method, target, key=key).status == status


@pytest.mark.parametrize(("method", "path"), [row[:2] for row in TABLE if "{message_id}" in row[1]])
def test_a_hidden_message_looks_like_an_invented_one(ask, message_id, method, path):
    invented = "0Ab_9999999999999999999999-0"
    real = ask(method, path.format(email=INBOX, message_id=message_id), key="k_bob")
    none = ask(method, path.format(email=INBOX, message_id=invented), key="k_bob")
    public = ask(method, path.format(email="public@x.test", message_id=invented), key="k_bob")
    assert real.status == none.status == public.status == 404
    assert real.body == none.body.replace(invented.encode(), message_id.encode())
    assert real.message == f"Message not found by id {message_id} and inbox {INBOX}"
    assert real.headers.keys() == none.headers.keys()
    assert ask("GET", f"/api/raw/{INBOX}/{message_id}").status == 200  # nothing was deleted


@pytest.mark.parametrize(("method", "path"), [row[:2] for row in TABLE if "{message_id}" in row[1]])
@pytest.mark.parametrize("bad", ["x%00y", "%27%20OR%201=1--", "a%2Fb", "%E2%82%AC", "x" * 65, ".."])
def test_what_cannot_be_an_id_never_reaches_the_store(ask, mail, method, path, bad):
    mail.failure = AssertionError("asked")
    assert ask(method, path.format(email=INBOX, message_id=bad)).status == 404


@pytest.mark.parametrize(
    "address", ["nobody", "a@", "@b", "a%20b@c.d", "a@b..c", "a%00@b.c", "%0A@b.c"]
)
def test_what_is_no_address(ask, message_id, address):
    listed = ask("GET", f"/api/addresses/{address}/messages")
    assert (listed.status, bool(listed.message)) == (400, True)
    assert ask("GET", f"/api/addresses/{address}/message-count").status == 400
    assert ask("DELETE", f"/api/addresses/{address}/messages").status == 400
    for path in ("raw", "text", "dirty", "body", "headers"):
        assert ask("GET", f"/api/{path}/{address}/{message_id}").status == 404
    assert ask("GET", f"/api/addresses/{address}/messages/{message_id}").status == 404
    assert ask("DELETE", f"/api/addresses/{address}/messages/{message_id}").status == 404


def test_a_public_inbox_is_everybodys_but_cannot_be_purged(ask, mail):
    message_id = mail.add("public@x.test")
    for key in ("k_alice", "k_bob"):
        assert len(ask("GET", "/api/addresses/public@x.test/messages", key=key).json) == 1
    answer = ask("DELETE", "/api/addresses/public@x.test/messages")
    assert answer.status == 401
    assert answer.message.startswith("Cannot delete messages")
    assert ask("DELETE", f"/api/addresses/public@x.test/messages/{message_id}").status == 200


@pytest.mark.usefixtures("message_id")
def test_the_owner_of_a_refused_inbox_is_not_named(ask):
    answer = ask("GET", f"/api/addresses/{INBOX}/messages", key="k_bob")
    assert answer.message == f"{INBOX} is owned by another account."
