"""Addresses, domains and accounts over a real database."""

import json

import pytest

from mailcap.services.keys import digest
from support.stores import Bench, run
from web.test_over_a_store import OWNED, PUBLIC, Server, messages


@pytest.fixture
def server(store_url, reactor, connect_to):
    bench = Bench(store_url)
    yield Server(bench, reactor, connect_to)
    bench.assert_sound()
    bench.close()


def test_public_mail_becomes_private_and_public_again(server):
    server.bench.deliver(PUBLIC)
    assert server.ask("POST", f"/api/addresses/{PUBLIC}").json["owner"] == "alice"
    assert server.ask("GET", messages(PUBLIC), who="eve").status == 403
    assert len(server.ask("GET", messages(PUBLIC)).json) == 1
    server.ask("DELETE", f"/api/addresses/{PUBLIC}")
    assert len(server.ask("GET", messages(PUBLIC), who="eve").json) == 1


def test_released_with_its_mail(server):
    server.bench.deliver(OWNED, "other@owned.test")
    target = f"/api/addresses/{OWNED}?deleteAddressMessages=true"
    assert server.ask("DELETE", target, who="eve").status == 401
    assert server.ask("DELETE", target).json["_id"] == OWNED
    # Its domain is alice's still.
    assert server.ask("GET", messages(OWNED), who="eve").status == 403
    assert server.ask("GET", messages(OWNED)).json == []
    assert len(server.ask("GET", "/api/domains/owned.test/messages").json) == 1


def test_mail_to_an_alias_arrives(server):
    shown = server.ask("GET", f"/api/addresses/{OWNED}").json
    (message_id,) = server.bench.deliver(shown["encryptedInbox"])
    (message,) = server.ask("GET", messages(OWNED)).json
    assert (message["_id"], message["inbox"]) == (message_id, OWNED)
    assert message["originalInbox"] == shown["encryptedInbox"]
    through = server.ask("GET", messages(shown["encryptedInbox"])).json
    assert through == [message]
    refused = server.ask("GET", messages(shown["encryptedInbox"]), who="eve")
    assert (refused.status, OWNED.encode() in refused.body) == (403, False)


def test_each_inbox_has_another_alias_in_one_list(server):
    body = json.dumps({"addresses": [f"{n}@x.test" for n in range(100)]}).encode()
    made = server.ask("POST", "/api/private-addresses-bulk", body=body).json
    listed = server.ask("GET", "/api/addresses").json
    assert len({one["encryptedInbox"] for one in listed}) == len(made) + 2
    assert {one["_id"] for one in made} < {one["_id"] for one in listed}


def test_a_domain_from_public_to_empty(server):
    server.bench.deliver("any@owned.test", OWNED)
    assert server.ask("GET", "/api/domains/owned.test").json["totalMessages"] == 2
    server.ask("PUT", "/api/domains/owned.test/privacy/false")
    assert len(server.ask("GET", messages("any@owned.test"), who="eve").json) == 1
    assert server.ask("GET", messages(OWNED), who="eve").status == 403
    assert server.ask("POST", "/api/domains/owned.test/delete-all-domain-mail").status == 204
    assert server.ask("GET", "/api/domains/owned.test").json["totalMessages"] == 0


def test_what_one_has(server):
    server.bench.deliver("any@owned.test", PUBLIC)
    stats = server.ask("GET", "/api/me/stats").json
    assert (stats["domains"], stats["storedMessages"]) == (["owned.test"], 1)
    assert stats["addresses"] == ["alice@home.test", OWNED]
    (size,) = server.bench.sql("SELECT size FROM messages WHERE inbox = 'any@owned.test'")[0]
    assert stats["inboxBytes"] == size


def test_a_key_that_was_made_works_and_a_revoked_one_does_not(server):
    made = server.ask("POST", "/api/account/keys", body=b"label=new").json
    server.keys["new"] = made["key"]
    assert server.ask("GET", "/api/me", who="new").json["apiKeyName"] == "new"
    user = server.ask("POST", "/api/account/users", body=b"name=tim").json
    server.keys["tim"] = user["key"]
    assert len(server.ask("GET", "/api/addresses", who="tim").json) == 2
    assert server.ask("GET", "/api/account", who="tim").status == 403
    assert server.ask("DELETE", "/api/account/keys/new", who="new").status == 200
    server.ask("DELETE", "/api/account/users/tim")
    for who in ("new", "tim"):
        holder = run(server.bench.store.accounts.key_holder(digest(server.keys[who])))
        assert holder is None
