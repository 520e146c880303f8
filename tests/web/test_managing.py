"""One's own account, and all of them for ``admin``."""

import json

import pytest

from fakes import outcome
from mailcap.services.keys import digest, is_generated
from mailcap.services.passwords import verify_password

QA = "/api/admin/accounts/qa"


@pytest.fixture
def send(ask):
    def send(method, target, body=None, key="k_alice"):
        octets = b"" if body is None else json.dumps(body).encode()
        return ask(method, target, body=octets, key=key)

    return send


@pytest.fixture
def admin(send):
    return lambda method, target, body=None: send(method, target, body, "k_admin")


class TestOwn:
    def test_what_it_is(self, send):
        shown = send("GET", "/api/account").json
        assert (shown["_id"], shown["homeAddress"]) == ("alice", "alice@home.test")
        assert (shown["capturePrivate"], shown["messageLimit"]) == (True, None)

    def test_marks(self, send):
        assert send("PUT", "/api/account", {"capturePrivate": False}).json["capturePrivate"] is (
            False
        )
        assert send("GET", "/api/me").json["capturePrivate"] is False
        for body in ({}, None, {"seesPublic": True}, {"capturePrivate": "perhaps"}):
            assert send("PUT", "/api/account", body).status == 400
        assert send("GET", "/api/account").json["seesPublic"] is False

    def test_its_password(self, send, account_store):
        def password():
            found = outcome(account_store.password_hashes("alice"))
            return found and found[1]

        answer = send("PUT", "/api/account", {"password": "correct horse"})
        assert (answer.status, b"horse" in answer.body) == (200, False)
        assert verify_password("correct horse", password())
        assert send("PUT", "/api/account", {"password": "a\x00b"}).status == 400
        assert verify_password("correct horse", password())
        send("PUT", "/api/account", {"password": None})
        assert password() is None

    def test_keys(self, send, account_store):
        made = send("POST", "/api/account/keys", {"label": "build server"}).json
        secret = made.pop("key")
        assert is_generated(secret)
        assert (made["label"], made["user"]) == ("build server", None)
        assert outcome(account_store.key_holder(digest(secret))).account_name == "alice"
        listed = send("GET", "/api/account/keys")
        assert listed.json == [made]
        assert secret.encode() not in listed.body
        assert send("POST", "/api/account/keys", {"label": "build server"}).status == 400
        for body in ({}, {"label": ""}, {"label": "x" * 65}, {"label": 5}, {"label": "a	b"}):
            assert send("POST", "/api/account/keys", body).status == 400

    def test_the_last_key_stays(self, send):
        send("POST", "/api/account/keys", {"label": "one"})
        refused = send("DELETE", "/api/account/keys/one")
        assert (refused.status, "last key" in refused.message) == (403, True)
        send("POST", "/api/account/users", {"name": "tim"})
        assert send("DELETE", "/api/account/keys/one").status == 403
        send("POST", "/api/account/keys", {"label": "two / b"})
        assert send("DELETE", "/api/account/keys/one").json["label"] == "one"
        assert send("DELETE", "/api/account/keys/one").status == 404
        assert [one["label"] for one in send("GET", "/api/account/keys").json] == ["tim", "two / b"]
        send("POST", "/api/account/keys", {"label": "three"})
        assert send("DELETE", "/api/account/keys/two%20%2F%20b").status == 200

    def test_users(self, send, account_store):
        made = send("POST", "/api/account/users", {"name": "Tim"}).json
        holder = outcome(account_store.key_holder(digest(made.pop("key"))))
        assert (holder.account_name, holder.user) == ("alice", "tim")
        assert send("GET", "/api/account/users").json == [made]
        second = send("POST", "/api/account/keys", {"label": "laptop", "user": "tim"}).json
        assert second["user"] == "tim"
        assert send("POST", "/api/account/keys", {"label": "x", "user": "ann"}).status == 404
        assert send("POST", "/api/account/users", {"name": "tim"}).status == 400
        assert send("POST", "/api/account/users", {"name": "a b"}).status == 400
        assert send("DELETE", "/api/account/users/TIM").json == made
        assert outcome(account_store.key_holder(digest(second["key"]))) is None
        assert send("DELETE", "/api/account/users/tim").status == 404
        assert send("GET", "/api/account/keys").json == []

    def test_the_password_of_an_address(self, send, account_store):
        def password():
            found = outcome(account_store.password_hashes("alice@home.test"))
            return found and found[1]

        target = "/api/account/addresses/Alice+x@Home.test"
        answer = send("PUT", target, {"password": "correct horse"})
        assert (answer.json["_id"], answer.json["password"]) == ("alice@home.test", "set")
        assert verify_password("correct horse", password())
        for body in ({}, {"password": "a\x00b"}, {"password": 5}):
            assert send("PUT", target, body).status == 400
        assert verify_password("correct horse", password())
        assert send("PUT", target, {"password": None}).json["password"] is None
        assert password() is None
        public = "/api/account/addresses/public@x.test"
        assert send("PUT", public, {"password": "secret"}).status == 404
        assert send("PUT", "/api/account/addresses/nonsense", {"password": "x"}).status == 400

    def test_domains(self, send, accounts):
        made = outcome(accounts.add_domain("own.test", "alice"))
        (listed,) = send("GET", "/api/account/domains").json
        assert (listed["_id"], listed["owner"], listed["catchAll"]) == (made.name, "alice", False)
        own = "/api/account/domains/Own.test"
        changed = send("PUT", own, {"isPrivate": False, "catchAll": True}).json
        assert (changed["isPrivate"], changed["enablews"], changed["catchAll"]) == (
            False,
            False,
            True,
        )
        assert send("GET", "/api/account/domains").json == [changed]
        assert send("GET", "/api/addresses/*@own.test").json["catchAll"] == "own.test"
        assert send("PUT", own, {}).message == (
            "Nothing was said about what to change of own.test."
        )
        assert send("DELETE", own).json == changed
        assert send("GET", "/api/account/domains").json == []


class TestAll:
    def test_accounts(self, admin):
        body = {"name": "QA", "seesPublic": True, "messageLimit": 5, "password": "secret"}
        made = admin("POST", "/api/admin/accounts", body).json
        assert (made["_id"], made["seesPublic"], made["messageLimit"]) == ("qa", True, 5)
        assert "password" not in made
        assert admin("POST", "/api/admin/accounts", body).status == 400
        assert [one["_id"] for one in admin("GET", "/api/admin/accounts").json] == [
            "admin",
            "alice",
            "bob",
            "qa",
        ]
        changed = admin("PUT", QA, {"messageLimit": None, "storageLimit": 1000}).json
        assert (changed["messageLimit"], changed["storageLimit"]) == (None, 1000)
        assert changed["seesPublic"] is True
        assert admin("GET", QA).json == changed
        assert admin("DELETE", QA).json == changed
        assert admin("GET", QA).status == 404
        assert admin("DELETE", QA).status == 404
        assert admin("DELETE", "/api/admin/accounts/admin").status == 403

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"name": "a@b"},
            {"name": "qa", "messageLimit": -1},
            {"name": "qa", "messageLimit": 1.5},
            {"name": "qa", "messageLimit": "many"},
            {"name": "qa", "messageLimit": True},
            {"name": "qa", "storageLimit": 2**60},
            {"name": 5},
        ],
    )
    def test_accounts_that_cannot_be(self, admin, body):
        assert admin("POST", "/api/admin/accounts", body).status == 400
        assert admin("GET", QA).status == 404

    def test_passwords(self, admin, account_store):
        admin("POST", "/api/admin/accounts", {"name": "qa", "password": "one"})
        assert verify_password("one", outcome(account_store.password_hashes("qa"))[1])
        admin("PUT", QA, {"password": "two"})
        assert verify_password("two", outcome(account_store.password_hashes("qa"))[1])
        admin("PUT", QA, {"password": ""})
        assert outcome(account_store.password_hashes("qa")) is None
        assert admin("PUT", QA, {}).status == 400
        assert admin("PUT", "/api/admin/accounts/none", {"password": "x"}).status == 404

    def test_keys(self, admin, account_store):
        admin("POST", "/api/admin/accounts", {"name": "qa"})
        made = admin("POST", f"{QA}/keys", {"label": "ci"}).json
        holder = outcome(account_store.key_holder(digest(made.pop("key"))))
        assert (holder.account_name, holder.key_label) == ("qa", "ci")
        assert admin("GET", f"{QA}/keys").json == [made]
        assert admin("DELETE", f"{QA}/keys/ci").json == made  # the last one, too
        assert admin("GET", f"{QA}/keys").json == []
        assert admin("GET", "/api/admin/accounts/none/keys").status == 404

    def test_users(self, admin, account_store):
        admin("POST", "/api/admin/accounts", {"name": "qa"})
        made = admin("POST", f"{QA}/users", {"name": "Tim"}).json
        holder = outcome(account_store.key_holder(digest(made.pop("key"))))
        assert (holder.account_name, holder.user) == ("qa", "tim")
        assert admin("GET", f"{QA}/users").json == [made]
        assert admin("GET", "/api/account/users").json == []
        laptop = admin("POST", f"{QA}/keys", {"label": "laptop", "user": "tim"}).json
        assert laptop["user"] == "tim"
        for body in ({"name": "tim"}, {"name": "laptop"}, {"name": "a b"}, {"name": ""}, {}):
            assert admin("POST", f"{QA}/users", body).status == 400
        assert admin("DELETE", f"{QA}/users/TIM").json == made
        assert admin("DELETE", f"{QA}/users/tim").status == 404
        assert admin("GET", f"{QA}/keys").json == []
        for method, path in (("GET", ""), ("POST", ""), ("DELETE", "/tim")):
            target = f"/api/admin/accounts/none/users{path}"
            assert admin(method, target, {"name": "tim"}).status == 404

    def test_domains(self, admin):
        admin("POST", "/api/admin/accounts", {"name": "qa"})
        made = admin("POST", f"{QA}/domains", {"domain": "Own.test"}).json
        assert (made["_id"], made["owner"]) == ("own.test", "qa")
        assert admin("POST", f"{QA}/domains", {"domain": "own.test"}).status == 400
        own = f"{QA}/domains/own.test"
        changed = admin("PUT", own, {"isPrivate": False, "enablews": True, "catchAll": True}).json
        assert (changed["isPrivate"], changed["enablews"]) == (False, True)
        assert changed["catchAll"] is True
        availability = admin("GET", "/api/addresses/*@own.test/availability").json
        assert availability["owned"] is True
        for wanted in (True, False, False):
            changed = admin("PUT", own, {"catchAll": wanted}).json
            assert changed["catchAll"] is wanted
        availability = admin("GET", "/api/addresses/*@own.test/availability").json
        assert availability["owned"] is False
        assert admin("PUT", own, {}).status == 400
        assert admin("PUT", f"{QA}/domains/none.test", {"isPrivate": True}).status == 404
        assert admin("GET", f"{QA}/domains").json == [changed]
        assert admin("DELETE", own).json == changed
        assert admin("GET", f"{QA}/domains").json == []
        assert admin("POST", f"{QA}/domains", {"domain": "home.test"}).status == 401
