"""Every route with every kind of key: one table."""

import json

import pytest

from fakes import outcome
from mailcap.web.routing import Route

INBOX = "owned@x.test"

ADDRESS = "/api/addresses/{email}"
DOMAIN = "/api/domains/{domain}"
ADMIN = "/api/admin/accounts"
ACCOUNT = ADMIN + "/{account}"
OWN = "/api/account"

# The WebSocket refuses in its first frame, once it is one: see live/test_websocket.py.
# Route, then what it answers to: no key, a wrong key, another account's key, the owner's.
TABLE = [
    ("GET", "/api/me", 401, 401, 200, 200),
    ("GET", "/api/me/stats", 401, 401, 200, 200),
    ("POST", "/api/auth/logout", 401, 401, 200, 200),
    ("POST", "/api/outgoing-messages", 401, 401, 410, 410),
    ("GET", "/api/addresses", 401, 401, 200, 200),
    ("GET", ADDRESS, 401, 401, 401, 200),
    ("POST", ADDRESS, 401, 401, 401, 400),
    ("PUT", ADDRESS, 401, 401, 401, 200),
    ("PUT", "/api/private-address-forwarding/{email}", 401, 401, 401, 200),
    ("DELETE", ADDRESS, 401, 401, 401, 200),
    ("GET", f"{ADDRESS}/availability", 401, 401, 200, 200),
    ("POST", "/api/private-addresses-bulk", 401, 401, 401, 400),
    ("GET", "/api/domains", 401, 401, 200, 200),
    ("GET", DOMAIN, 401, 401, 404, 200),
    ("PUT", DOMAIN, 401, 401, 404, 200),
    ("PUT", f"{DOMAIN}/privacy/{{private}}", 401, 401, 404, 200),
    ("GET", f"{DOMAIN}/messages", 401, 401, 403, 200),
    ("POST", f"{DOMAIN}/delete-all-domain-mail", 401, 401, 401, 204),
    ("PUT", f"{DOMAIN}/delete-all-domain-mail", 401, 401, 401, 204),
    ("GET", "/api/validations/addresses/{text}", 401, 401, 200, 200),
    ("POST", "/api/validations/addresses", 401, 401, 200, 200),
    ("GET", OWN, 401, 401, 200, 200),
    ("PUT", OWN, 401, 401, 200, 200),
    ("GET", f"{OWN}/keys", 401, 401, 200, 200),
    ("POST", f"{OWN}/keys", 401, 401, 200, 200),
    ("DELETE", f"{OWN}/keys/{{label}}", 401, 401, 404, 200),
    ("GET", f"{OWN}/users", 401, 401, 200, 200),
    ("POST", f"{OWN}/users", 401, 401, 200, 200),
    ("DELETE", f"{OWN}/users/{{name}}", 401, 401, 404, 200),
    ("PUT", f"{OWN}/addresses/{{email}}", 401, 401, 404, 200),
    ("GET", f"{OWN}/domains", 401, 401, 200, 200),
    ("PUT", f"{OWN}/domains/{{domain}}", 401, 401, 404, 200),
    ("DELETE", f"{OWN}/domains/{{domain}}", 401, 401, 404, 200),
    ("GET", ADMIN, 401, 401, 403, 403),
    ("POST", ADMIN, 401, 401, 403, 403),
    ("GET", ACCOUNT, 401, 401, 403, 403),
    ("PUT", ACCOUNT, 401, 401, 403, 403),
    ("DELETE", ACCOUNT, 401, 401, 403, 403),
    ("GET", f"{ACCOUNT}/keys", 401, 401, 403, 403),
    ("POST", f"{ACCOUNT}/keys", 401, 401, 403, 403),
    ("DELETE", f"{ACCOUNT}/keys/{{label}}", 401, 401, 403, 403),
    ("GET", f"{ACCOUNT}/users", 401, 401, 403, 403),
    ("POST", f"{ACCOUNT}/users", 401, 401, 403, 403),
    ("DELETE", f"{ACCOUNT}/users/{{name}}", 401, 401, 403, 403),
    ("GET", f"{ACCOUNT}/domains", 401, 401, 403, 403),
    ("POST", f"{ACCOUNT}/domains", 401, 401, 403, 403),
    ("PUT", f"{ACCOUNT}/domains/{{domain}}", 401, 401, 403, 403),
    ("DELETE", f"{ACCOUNT}/domains/{{domain}}", 401, 401, 403, 403),
    ("GET", "/api/addresses/{email}/messages", 401, 401, 403, 200),
    ("GET", "/api/addresses/{email}/messages/wait", 401, 401, 403, 408),
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
    ("GET", "/incoming-messages", 426, 426, 426, 426),
    ("GET", "/api/openapi.json", 200, 200, 200, 200),
    ("GET", "/api/docs", 200, 200, 200, 200),
    ("PUT", "/api/addresses/{email}/messages/{message_id}/star", 401, 401, 404, 200),
    ("PUT", "/api/addresses/{email}/messages/{message_id}/labels/{label}", 401, 401, 404, 200),
    ("DELETE", "/api/addresses/{email}/messages/{message_id}/labels/{label}", 401, 401, 404, 200),
    ("PUT", "/api/addresses/{email}/messages/{message_id}/folder/{folder}", 401, 401, 404, 200),
    ("PUT", "/api/addresses/{email}/messages/{message_id}/read/{read}", 401, 401, 404, 200),
    ("GET", "/api/addresses/{email}/messages/{message_id}/attachments", 401, 401, 404, 200),
    (
        "GET",
        "/api/addresses/{email}/messages/{message_id}/attachments/{identifier}",
        401,
        401,
        404,
        404,
    ),
    ("GET", "/api/addresses/starred/messages", 401, 401, 200, 200),
    ("GET", "/api/addresses/{email}/messages/{message_id}/codes", 401, 401, 404, 200),
    ("GET", "/api/addresses/{email}/messages/{message_id}/links", 401, 401, 404, 200),
    ("GET", "/api/inbox", 401, 401, 200, 200),
    ("GET", "/api/inbox-filter", 401, 401, 400, 400),
    ("GET", "/api/inbox-search", 401, 401, 200, 200),
    ("GET", "/api/mailstats/common-attachments", 401, 401, 400, 400),
    ("GET", "/api/mailstats/common-attachments/{checksum}", 401, 401, 200, 200),
    ("GET", "/api/mailstats/common-attachments/{checksum}/count", 401, 401, 200, 200),
    ("GET", "/api/mailstats/common-attachments/{checksum}/download", 401, 401, 404, 404),
    ("GET", "/api/mailstats/top-addresses", 401, 401, 200, 200),
    ("GET", "/api/mailstats/top-senders", 401, 401, 200, 200),
    ("GET", "/api/mailstats/top-domains", 401, 401, 200, 200),
    ("GET", "/api/mailstats/blacklist", 401, 401, 200, 200),
    ("GET", "/api/mailstats/blacklist/{name}", 401, 401, 200, 200),
    ("GET", "/healthz", 200, 200, 200, 200),
    ("GET", "/readyz", 200, 200, 200, 200),
]
OTHER_PARTS = {
    "account": "alice",
    "private": "false",
    "text": INBOX,
    "label": "spare",
    "folder": "trash",
    "read": "true",
    "identifier": "photo.png",
    "checksum": "900150983cd24fb0d6963f7d28e17f72",
    "name": "tim",
}


def filled(path: str, message_id: str, *, email: str = INBOX, domain: str = "owned.test") -> str:
    """Return *path* with something for each of its variable parts."""
    return path.format(email=email, message_id=message_id, domain=domain, **OTHER_PARTS)


KEYS = (None, "wrong", "k_bob", "k_alice")
CASES = [
    pytest.param((method, path, key, status), id=f"{method} {path} {key}")
    for method, path, *statuses in TABLE
    for key, status in zip(KEYS, statuses, strict=True)
]


BODIES = {
    "/api/private-addresses-bulk": {"addresses": [INBOX]},
    "/api/validations/addresses": {"emails": [INBOX]},
    DOMAIN: {"enablews": True},
    OWN: {"capturePrivate": False},
    f"{OWN}/keys": {"label": "new"},
    f"{OWN}/users": {"name": "new"},
    f"{OWN}/addresses/{{email}}": {"password": "secret"},
    f"{OWN}/domains/{{domain}}": {"isPrivate": False},
    ADMIN: {"name": "new"},
    ACCOUNT: {"messageLimit": 5},
    f"{ACCOUNT}/keys": {"label": "new"},
    f"{ACCOUNT}/users": {"name": "new"},
    f"{ACCOUNT}/domains": {"domain": "new.test"},
    f"{ACCOUNT}/domains/{{domain}}": {"isPrivate": False},
}


@pytest.fixture
def message_id(mail, accounts) -> str:
    """What everything in the table is about: all of it is alice's."""
    mail.owners[INBOX] = 1
    mail.domains["owned.test"] = 1
    outcome(accounts.reserve_address(INBOX, "alice"))
    outcome(accounts.add_domain("owned.test", "alice"))
    outcome(accounts.add_key("alice", "spare"))
    outcome(accounts.add_key("alice", "ci"))
    outcome(accounts.add_user("alice", "tim"))
    return mail.add(INBOX)


def request(ask, method: str, path: str, message_id: str, *, domain="owned.test", **key):
    """Send the request that a row of the table is about."""
    target = filled(path, message_id, domain=domain)
    body = json.dumps(BODIES[path]).encode() if path in BODIES and method != "GET" else b""
    return ask(method, target, body=body, **key)


def test_the_table_has_every_route(build):
    rules = build().resource._app.url_map.iter_rules()
    routes = {(rule.endpoint.split(" ", 1)[0], rule.endpoint.split(" ", 1)[1]) for rule in rules}
    assert routes == {(method, path) for method, path, *_ in TABLE}
    assert str(Route("GET", "/x", print)) == "GET /x"  # what the endpoints are named by


@pytest.mark.parametrize("case", CASES)
def test_who_gets_what(ask, waiting, message_id, case):
    waiting.outcome.callback([])
    method, path, key, status = case
    assert request(ask, method, path, message_id, key=key).status == status


@pytest.mark.parametrize(("method", "path"), [row[:2] for row in TABLE if ADMIN in row[1]])
@pytest.mark.parametrize("key", ["k_admin", "k_tim"])
def test_who_manages_accounts(ask, message_id, method, path, key):
    expected = 200 if key == "k_admin" else 403
    assert request(ask, method, path, message_id, key=key).status == expected


@pytest.mark.parametrize(("method", "path"), [row[:2] for row in TABLE if row[1][:12] == OWN])
def test_users_do_not_manage_their_account(ask, message_id, method, path):
    answer = request(ask, method, path, message_id, key="k_tim")
    assert (answer.status, answer.message) == (403, "The users of an account do not manage it.")


def test_nobody_takes_a_domain_by_themselves(ask):
    """It would take the mail of everybody who uses that domain's public inboxes."""
    answer = ask("POST", f"{OWN}/domains", body=b'{"domain": "new.test"}')
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")
    assert ask("GET", f"{OWN}/domains").json == []


@pytest.mark.parametrize(("method", "path"), [row[:2] for row in TABLE if row[1][:12] == OWN])
def test_an_ill_formed_body_tells_strangers_nothing(ask, message_id, method, path):
    assert message_id
    for key, status in (("k_tim", 403), ("wrong", 401)):
        assert ask(method, path, key=key, body=b"{").status in {status, 405}


@pytest.mark.parametrize(
    ("method", "path"), [row[:2] for row in TABLE if row[1][: len(DOMAIN)] == DOMAIN]
)
def test_another_domain_looks_like_an_invented_one_but_for_its_mail(ask, message_id, method, path):
    theirs = request(ask, method, path, message_id, key="k_bob")
    none = request(ask, method, path, message_id, domain="other.test", key="k_bob")
    if path.endswith("/messages"):
        assert (theirs.status, none.status) == (403, 404)
    else:
        assert theirs.status == none.status
        assert theirs.message.replace("owned", "other") == none.message


@pytest.mark.usefixtures("message_id")
def test_admin_reads_what_anybody_does(ask):
    assert ask("GET", f"/api/addresses/{INBOX}", key="k_admin").status == 401
    assert ask("GET", f"/api/addresses/{INBOX}/messages", key="k_admin").status == 403
    assert ask("GET", "/api/domains/owned.test", key="k_admin").status == 404


@pytest.mark.parametrize(("method", "path"), [row[:2] for row in TABLE if "{message_id}" in row[1]])
def test_a_hidden_message_looks_like_an_invented_one(ask, message_id, method, path):
    invented = "0Ab_9999999999999999999999-0"
    real = ask(method, filled(path, message_id), key="k_bob")
    none = ask(method, filled(path, invented), key="k_bob")
    public = ask(method, filled(path, invented, email="public@x.test"), key="k_bob")
    assert real.status == none.status == public.status == 404
    assert real.body == none.body.replace(invented.encode(), message_id.encode())
    assert real.message == f"Message not found by id {message_id} and inbox {INBOX}"
    assert real.headers.keys() == none.headers.keys()
    assert ask("GET", f"/api/raw/{INBOX}/{message_id}").status == 200  # nothing was deleted


@pytest.mark.parametrize(("method", "path"), [row[:2] for row in TABLE if "{message_id}" in row[1]])
@pytest.mark.parametrize("bad", ["x%00y", "%27%20OR%201=1--", "a%2Fb", "%E2%82%AC", "x" * 65, ".."])
def test_what_cannot_be_an_id_never_reaches_the_store(ask, mail, method, path, bad):
    mail.failure = AssertionError("asked")
    assert ask(method, filled(path, bad)).status == 404


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
