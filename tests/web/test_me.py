"""``/api/me``."""

from fakes import outcome
from mailcap.web.api.me import UNLIMITED

FIELDS = {
    "_id": str, "email": str, "invoiceEmail": str, "company": str, "address": str, "stripeId": str,
    "apiKeyName": str, "lastLogin": str, "capturePrivate": bool, "disableSpam": bool,
    "messageLimit": int, "privateDomain": int, "privateAddressCredits": int, "userLimit": int,
    "apiMonthlyLimit": int, "moAPICount": int, "moAPIDisabled": int, "moAPILimitWarningEmail": int,
    "firehose": int, "whitelistAccess": int, "allowPublicDomains": int, "viewAnalytics": int,
    "apiAccess": int, "wsDomain": int, "manyKeys": int, "internalUnlimited": int,
    "allowMultipleUsers": int, "recents": list, "labels": list,
}  # fmt: skip


def test_every_field_of_mailsac_and_its_type(ask):
    shown = ask("GET", "/api/me").json
    assert {name: type(value) for name, value in shown.items()} == FIELDS


def test_whose_key_it_is(ask, reactor):
    reactor.advance(1_700_000_000)
    shown = ask("GET", "/api/me", key="k_alice").json
    assert (shown["_id"], shown["email"]) == ("alice", "alice@home.test")
    assert (shown["apiKeyName"], shown["capturePrivate"]) == ("ci", True)
    assert shown["lastLogin"] == "2023-11-14T22:13:20.000Z"
    other = ask("GET", "/api/me", key="k_bob").json
    assert (other["_id"], other["capturePrivate"]) == ("bob", False)


def test_limits_are_a_million_where_there_are_none(ask):
    assert ask("GET", "/api/me", key="k_alice").json["messageLimit"] == UNLIMITED == 1_000_000
    assert ask("GET", "/api/me", key="k_bob").json["messageLimit"] == 50


def test_what_one_has(ask, accounts):
    outcome(accounts.add_domain("own.test", "alice"))
    assert ask("GET", "/api/me/stats").json == {
        "addresses": ["alice@home.test"],
        "domains": ["own.test"],
        "nonOwnedInboxes": [],
        "starredMessages": 0,
        "storedMessages": 0,
        "inboxBytes": 0,
        "lastMonthOps": 0,
        "defaultDomain": "",
    }


def test_what_others_have_only_admin_learns(ask):
    theirs = "/api/me/stats?overrideAccountId=alice"
    assert ask("GET", theirs, key="k_admin").json["addresses"] == ["alice@home.test"]
    assert ask("GET", theirs, key="k_alice").status == 200
    assert ask("GET", theirs, key="k_bob").status == 403
    for nobody in ("nobody", "k_x"):
        nobodys = f"/api/me/stats?overrideAccountId={nobody}"
        assert ask("GET", nobodys, key="k_admin").status == 404
        refused = ask("GET", nobodys, key="k_bob")
        assert (refused.status, refused.message) == (403, ask("GET", theirs, key="k_bob").message)
