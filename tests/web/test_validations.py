"""Validations, and routes that have nothing to do."""

import json
import subprocess
import sys

import pytest

VALIDATIONS = "/api/validations/addresses"


def test_an_address(ask):
    assert ask("GET", f"{VALIDATIONS}/Bob+tag@Example.com").json == {
        "email": "Bob+tag@Example.com",
        "validFormat": True,
        "isValidFormat": True,
        "local": "bob",
        "domain": "example.com",
        "isDisposable": False,
        "disposableDomains": [],
        "aliases": [],
    }


@pytest.mark.parametrize("domain", ["mailinator.com", "some.sub.Mailinator.com"])
def test_a_disposable_one(ask, domain):
    found = ask("GET", f"{VALIDATIONS}/x@{domain}").json
    assert (found["isDisposable"], found["disposableDomains"]) == (True, ["mailinator.com"])


@pytest.mark.parametrize(
    "text", ["nonsense", "a@", "@b", "a%20b@c.d", "a%2Fb", "a@b@c", "%00@x.test", "com", "x" * 5000]
)
def test_what_is_none(ask, text):
    found = ask("GET", f"{VALIDATIONS}/{text}").json
    assert (found["validFormat"], found["isValidFormat"]) == (False, False)
    assert (found["local"], found["domain"], found["isDisposable"]) == ("", "", False)


def test_several(ask):
    body = json.dumps({"emails": ["a@x.test", "nonsense", "a@mailinator.com", ""]}).encode()
    found = ask("POST", VALIDATIONS, body=body).json
    assert [one["validFormat"] for one in found] == [True, False, True, False]
    assert [one["isDisposable"] for one in found] == [False, False, True, False]
    assert [one["email"] for one in found] == ["a@x.test", "nonsense", "a@mailinator.com", ""]


@pytest.mark.parametrize("emails", [[], ["a@x.test"] * 51, "a@x.test", None, [5], {}])
def test_not_more_than_50(ask, emails):
    assert ask("POST", VALIDATIONS, body=json.dumps({"emails": emails}).encode()).status == 400
    assert ask("POST", VALIDATIONS).status == 400


def test_fifty_long_ones(ask):
    body = json.dumps({"emails": ["ü" * 1000 + "@" + "ü" * 1000] * 50}).encode()
    assert len(ask("POST", VALIDATIONS, body=body).json) == 50


def test_the_list_is_not_loaded_before_it_is_needed():
    program = "import sys, mailcap.web.api.validations\nprint(*sys.modules)"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert b"mailcap.services.integrity" in ended.stdout
    assert b"disposable" not in ended.stdout


def test_logging_out(ask):
    assert ask("POST", "/api/auth/logout").json == {"ok": True}


def test_nothing_is_sent(ask):
    answer = ask("POST", "/api/outgoing-messages", body=b'{"to": "a@x.test"}')
    assert (answer.status, answer.message) == (410, "mailcap captures mail and never sends any.")
