"""Domains, their switches, and all mail that they have."""

import pytest

from fakes import outcome

OWN = "/api/domains/own.test"


@pytest.fixture(autouse=True)
def own(accounts, mail):
    mail.domains["own.test"] = 1
    outcome(accounts.add_domain("own.test", "alice"))


def test_what_a_domain_is(ask):
    (listed,) = ask("GET", "/api/domains").json
    shown = ask("GET", "/api/domains/Own.Test").json
    assert shown == {"domain": listed, "totalMessages": 0, "catchAllAddress": None}
    assert (listed["_id"], listed["owner"]) == ("own.test", "alice")
    flags = ("isPrivate", "verified", "verifiedMx", "enablews", "hosted", "isDefault")
    assert [listed[name] for name in flags] == [True, True, True, False, False, False]
    assert (listed["verificationTxt"], listed["lastVerificationErrors"]) == ("", "")
    assert listed["created"].endswith("Z")
    assert ask("GET", "/api/domains", key="k_bob").json == []


def test_its_catch_all_and_how_much_it_has(ask, mail):
    ask("POST", "/api/addresses/*@own.test")
    mail.add("*@own.test")
    mail.add("a@own.test")
    shown = ask("GET", OWN).json
    assert shown["totalMessages"] == 2
    catch_all = shown["catchAllAddress"]
    assert (catch_all["_id"], catch_all["catchAll"]) == ("*@own.test", "own.test")
    assert catch_all["encryptedInbox"].endswith("@own.test")


def test_privacy(ask):
    assert ask("PUT", f"{OWN}/privacy/false").json["isPrivate"] is False
    assert ask("GET", "/api/addresses/any@own.test", key="k_bob").status == 200
    assert ask("POST", "/api/addresses/any@own.test", key="k_bob").status == 401
    assert ask("PUT", f"{OWN}/privacy/true").json["isPrivate"] is True
    assert ask("GET", "/api/addresses/any@own.test", key="k_bob").status == 401
    for word in ("TRUE", "1", "maybe"):
        assert ask("PUT", f"{OWN}/privacy/{word}").status == 400


@pytest.mark.parametrize("body", [b'{"enablews": true}', b"enablews=true"])
def test_the_switch_for_websockets(ask, body):
    assert ask("PUT", OWN, body=body).json["enablews"] is True
    assert ask("GET", "/api/domains").json[0]["enablews"] is True
    assert ask("PUT", OWN, body=b'{"enablews": false}').json["enablews"] is False
    assert ask("PUT", OWN).status == 400


def test_messages_of_all_inboxes(ask, mail):
    ids = [mail.add(f"{name}@own.test") for name in "abc"]
    mail.add("elsewhere@x.test")
    shown = ask("GET", f"{OWN}/messages").json
    assert [one["_id"] for one in shown] == ids[::-1]
    assert shown[0]["inbox"] == "c@own.test"
    ask("GET", f"{OWN}/messages?limit=2&until=2023-11-14T00:00:00Z&before={ids[1]}")
    assert mail.queries[-1] == {
        "domain": "own.test",
        "until": 1_699_920_000_000,
        "before": ids[1],
        "limit": 2,
    }
    assert ask("GET", f"{OWN}/messages?limit=1001").status == 400


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_all_mail_is_deleted(ask, mail, method):
    mail.add("a@own.test", saved_by="alice")
    kept = mail.add("a@x.test")
    answer = ask(method, f"{OWN}/delete-all-domain-mail")
    assert (answer.status, answer.body) == (204, b"")
    assert [message.id for message, _ in mail._stored] == [kept]


@pytest.mark.parametrize("name", ["no%20domain", "-", "a..b", "%00"])
def test_what_is_no_domain(ask, name):
    for path in ("", "/messages"):
        assert ask("GET", f"/api/domains/{name}{path}").status == 400
