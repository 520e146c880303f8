"""Addresses: what is shown of them, what may be set, in every shape of body."""

import json

import pytest

from fakes import outcome
from mailcap.domain.addresses import may_be_alias

BOB = "/api/addresses/bob@x.test"
UNSET = (
    "forward", "enablews", "enabledws", "webhook", "webhookSlack", "webhookSlackToFrom",
    "catchAll", "password",
)  # fmt: skip


def put(ask, body, target=BOB, **more):
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return ask("PUT", target, body=text, **more)


def test_a_fresh_reservation(ask):
    shown = ask("POST", BOB, Content_Type="application/json", Content_Length="0")
    assert shown.status == 200
    found = shown.json
    assert (found["_id"], found["owner"], found["info"]) == ("bob@x.test", "alice", "")
    assert [found[name] for name in UNSET] == [None] * len(UNSET)
    assert (found["implicit"], may_be_alias(found["encryptedInbox"])) == (False, True)
    assert found["created"].endswith("Z")
    assert ask("GET", BOB).json == found
    assert found in ask("GET", "/api/addresses").json


def test_an_address_of_nobody(ask):
    found = ask("GET", "/api/addresses/Any+tag@X.test").json
    assert found["_id"] == "any@x.test"
    assert found.keys() & {"owner", "created", "updated"} == set()
    assert found["encryptedInbox"].startswith("inbox-")
    assert found["encryptedInbox"].endswith("@x.test")
    assert [found[name] for name in UNSET] == [None] * len(UNSET)


def test_an_address_of_an_own_domain(ask, accounts):
    outcome(accounts.add_domain("own.test", "alice"))
    found = ask("GET", "/api/addresses/any@own.test").json
    assert (found["owner"], found["implicit"]) == ("alice", True)
    assert put(ask, {}, "/api/addresses/any@own.test").status == 404
    assert ask("DELETE", "/api/addresses/any@own.test").status == 400
    assert ask("GET", "/api/addresses/any@own.test", key="k_bob").status == 401


@pytest.mark.parametrize(
    ("body", "more"),
    [
        (b'{"webhook": "https://hooks.test/a?b=c", "enablews": true}', {}),
        (b"webhook=https%3A%2F%2Fhooks.test%2Fa%3Fb%3Dc&enablews=true", {}),
        (
            b'{"webhook": "https://hooks.test/a?b=c", "enablews": true}',
            {"Content_Type": "application/x-www-form-urlencoded"},
        ),
        (b'{"webhook": "https://hooks.test/a?b=c", "enablews": 1, "odd": {}}', {}),
    ],
)
@pytest.mark.parametrize("path", [BOB, "/api/private-address-forwarding/bob@x.test"])
def test_bodies_of_all_shapes(ask, path, body, more):
    ask("POST", BOB)
    shown = put(ask, body, path, **more).json
    assert shown["webhook"] == "https://hooks.test/a?b=c"
    assert shown["enablews"] is shown["enabledws"] is True


def test_what_is_left_out_stays_and_what_is_empty_goes(ask):
    ask("POST", BOB, body=b'{"info": "for sign-ups", "webhookSlackToFrom": true}')
    shown = put(ask, {"webhook": "http://x.test/"}).json
    assert (shown["enablews"], shown["info"]) == (False, "for sign-ups")
    assert shown["webhookSlackToFrom"] is True
    for nothing in ("", None):
        assert put(ask, {"webhook": "http://x.test/"}).json["webhook"] == "http://x.test/"
        shown = put(ask, {"webhook": nothing, "webhookSlackToFrom": nothing}).json
        assert (shown["webhook"], shown["webhookSlackToFrom"]) == (None, None)
    assert put(ask, {"enablews": True}).json["enablews"] is True
    assert put(ask, b"").json["enablews"] is True
    assert put(ask, {"enablews": None, "info": None}).json["enablews"] is False
    assert ask("GET", BOB).json["info"] == ""


@pytest.mark.parametrize(
    "body",
    [
        {"webhook": "ftp://x.test/"},
        {"webhook": "http://user:pass@x.test/"},
        {"webhookSlack": "x" * 2049},
        {"webhook": 5},
        {"enablews": "perhaps"},
        {"enablews": []},
        {"enablews": 1.5},
        {"info": {}},
        {"forward": "nobody"},
        {"forward": "public@x.test"},
        {"forward": "bob@x.test"},
        {"forward": "bob@home.test"},
        [],
        b"{",
        b"a=b&\xff=",
    ],
)
def test_what_cannot_be_set(ask, body):
    ask("POST", BOB)
    before = ask("GET", BOB).json
    answer = put(ask, body)
    assert (answer.status, bool(answer.message)) == (400, True)
    assert ask("GET", BOB).json == before


def test_mail_is_forwarded_to_own_addresses_only(ask):
    ask("POST", BOB)
    assert put(ask, {"forward": "Alice+x@Home.test"}).json["forward"] == "alice@home.test"
    assert put(ask, {"forward": ""}).json["forward"] is None


def test_an_own_password_is_never_shown(ask, accounts):
    ask("POST", BOB)
    outcome(accounts.set_address_password("bob@x.test", "alice", "secret"))
    assert ask("GET", BOB).json["password"] == "set"


def test_released_with_mail_or_without(ask, mail):
    ask("POST", BOB)
    mail.owners["bob@x.test"] = 1
    mail.add("bob@x.test")
    shown = ask("GET", BOB).json
    assert ask("DELETE", f"{BOB}?deleteAddressMessages=false").json == shown
    assert ask("GET", f"{BOB}/message-count").json["count"] == 1
    for word in ("1", "TRUE", "yes", ""):
        ask("POST", BOB)
        assert ask("DELETE", f"{BOB}?deleteAddressMessages={word}").status == 200
        assert ask("GET", f"{BOB}/message-count").json["count"] == 1
    ask("POST", BOB)
    assert ask("DELETE", f"{BOB}?deleteAddressMessages=true").status == 200
    assert ask("GET", f"{BOB}/message-count").json["count"] == 0
    again = ask("DELETE", BOB)
    assert (again.status, again.message) == (
        400,
        "That address is not valid. Make sure it is one you own.",
    )


def test_the_home_address_stays(ask):
    answer = ask("DELETE", "/api/addresses/alice@home.test?deleteAddressMessages=true")
    assert answer.status == 403
    assert "stays with" in answer.message


def test_put_where_there_is_nothing(ask):
    answer = put(ask, {"enablews": True})
    assert (answer.status, answer.message) == (
        404,
        "The private address was not found for this user.",
    )


class TestAvailability:
    def of(self, ask, address, key="k_alice"):
        return ask("GET", f"/api/addresses/{address}/availability", key=key).json

    def test_of_each_kind(self, ask, accounts):
        outcome(accounts.add_domain("own.test", "alice"))
        outcome(accounts.reserve_address("bob@x.test", "bob"))
        assert self.of(ask, "Free+x@X.test") == {
            "available": True,
            "email": "free@x.test",
            "owned": False,
        }
        for address, key, available, owned in (
            ("bob@x.test", "k_alice", False, True),
            ("bob@x.test", "k_bob", False, True),
            ("any@own.test", "k_alice", True, True),
            ("any@own.test", "k_bob", False, True),
            ("*@own.test", "k_alice", True, True),
            ("*@x.test", "k_alice", False, False),
            ("future@home.test", "k_alice", False, False),
            (f"inbox-{'0' * 32}@x.test", "k_alice", False, False),
            (f"inbox-{'0' * 32}@own.test", "k_alice", False, True),
        ):
            found = self.of(ask, address, key)
            assert (found["available"], found["owned"]) == (available, owned), address
            reserved = ask("POST", f"/api/addresses/{address}", key=key).status
            assert (reserved == 200) == available


class TestMany:
    def reserve(self, ask, addresses, key="k_alice"):
        body = json.dumps({"addresses": addresses}).encode()
        return ask("POST", "/api/private-addresses-bulk", body=body, key=key)

    def test_all_are_reserved(self, ask):
        made = self.reserve(ask, ["a@x.test", "B@x.test", "a+1@x.test"]).json
        assert [one["_id"] for one in made] == ["a@x.test", "b@x.test"]
        assert all(one["owner"] == "alice" and one["encryptedInbox"] for one in made)

    @pytest.mark.parametrize(
        ("addresses", "status"),
        [
            (["new@x.test", "bob@x.test"], 401),
            (["new@x.test", "mine@x.test"], 400),
            (["new@x.test", "x@theirs.test"], 401),
            (["new@x.test", "x@home.test"], 401),
            (["new@x.test", "nonsense"], 400),
            (["new@x.test", 5], 400),
            ([], 400),
            ([f"{n}@x.test" for n in range(101)], 400),
            ("new@x.test", 400),
            (None, 400),
        ],
    )
    def test_or_none(self, ask, accounts, addresses, status):
        outcome(accounts.reserve_address("bob@x.test", "bob"))
        outcome(accounts.reserve_address("mine@x.test", "alice"))
        outcome(accounts.add_domain("theirs.test", "bob"))
        assert self.reserve(ask, addresses).status == status
        assert outcome(accounts.look_up("new@x.test")).reserved is None

    def test_a_hundred_at_once(self, ask):
        assert len(self.reserve(ask, [f"{n}@x.test" for n in range(100)]).json) == 100

    def test_the_body_must_say_which(self, ask):
        assert ask("POST", "/api/private-addresses-bulk").status == 400


def test_an_alias_in_a_path_is_its_owners_inbox_and_nobody_elses(ask, mail):
    ask("POST", BOB)
    mail.owners["bob@x.test"] = 1
    message_id = mail.add("bob@x.test")
    alias = ask("GET", BOB).json["encryptedInbox"]
    assert ask("GET", f"/api/addresses/{alias.upper()}").json["_id"] == "bob@x.test"
    assert len(ask("GET", f"/api/addresses/{alias}/messages").json) == 1
    assert ask("GET", f"/api/raw/{alias}/{message_id}").status == 200
    # To others it is a public inbox without mail, and tells nothing.
    shown = ask("GET", f"/api/addresses/{alias}", key="k_bob")
    assert (shown.status, shown.json["_id"]) == (200, alias)
    assert b"bob@x.test" not in shown.body
    assert ask("GET", f"/api/addresses/{alias}/messages", key="k_bob").json == []
    hidden = ask("GET", f"/api/raw/{alias}/{message_id}", key="k_bob")
    assert hidden.message == f"Message not found by id {message_id} and inbox {alias}"
