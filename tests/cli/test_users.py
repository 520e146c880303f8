"""``mailcap user``, and the limits of an account."""

import pytest

from mailcap.services.keys import is_generated


def test_a_user_is_added_listed_and_removed(mailcap):
    key = mailcap("user", "add", "Tim").out.strip()
    assert is_generated(key)
    added = mailcap("user", "add", "ann", "--json").json
    assert is_generated(added.pop("key"))
    assert added.pop("created")
    assert added == {"name": "ann", "account": "admin"}
    assert [each["name"] for each in mailcap("user", "list", "--json").json] == ["ann", "tim"]
    assert key not in mailcap("user", "list").out
    mailcap("key", "add", "laptop", "--user", "tim")
    keys = {each["label"]: each["user"] for each in mailcap("key", "list", "--json").json}
    assert keys == {"ann": "ann", "first": None, "laptop": "tim", "tim": "tim"}
    ended = mailcap("user", "remove", "TIM")
    assert (ended.status, ended.out, ended.err) == (0, "", "")
    assert len(mailcap("key", "list", "--json").json) == 2
    assert mailcap("user", "remove", "ann", "--json").json["name"] == "ann"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("add", "tim"), "has a user tim already"),
        (("add", "first"), "has a key first already"),
        (("add", "a b"), "A user's name begins"),
        (("remove", "nobody"), "has no user nobody"),
        (("list", "--account", "nobody"), "There is no account nobody."),
    ],
)
def test_what_cannot_be_done(mailcap, words, complaint):
    mailcap("user", "add", "tim")
    ended = mailcap("user", *words)
    assert (ended.status, ended.out) == (1, "")
    assert complaint in ended.err


def test_limits(mailcap):
    added = mailcap("account", "add", "qa", "--message-limit", "5", "--json").json
    assert (added["messageLimit"], added["storageLimit"]) == (5, None)
    changed = mailcap(
        "account", "set", "qa", "--message-limit", "none", "--storage-limit", "1000", "--json"
    ).json
    assert (changed["messageLimit"], changed["storageLimit"]) == (None, 1000)
    assert mailcap("account", "set", "qa", "--storage-limit", "-1").status == 1
