"""Each mailbox has one name in each mode, and that name means it."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailcap.domain.accounts import Identity
from mailcap.domain.errors import InvalidAddress, InvalidValue
from mailcap.domain.mailboxes import SYSTEM_NAMES, MailboxKey
from mailcap.services.mailbox_names import Naming

HOME = "alice@home.mailcap"
UNIFIED = "#7"
ACCOUNT = Naming(Identity(account=7, account_name="alice"), HOME)
INBOX = Naming(Identity(account=7, account_name="alice", inbox="bob@example.com"), HOME)
ODD = Naming(Identity(account=7, account_name="alice", inbox='"a /b%"@example.com'), HOME)

levels = st.one_of(
    st.sampled_from(["Work", "inbox", "Sent", "a@b", "bob@example.com", HOME, "50%", "@", "%2F"]),
    st.text(st.characters(exclude_characters="/", exclude_categories=["Cc", "Cs", "Zl", "Zp"])),
)
paths = st.lists(levels.filter(bool), min_size=1, max_size=4).map("/".join)
addresses = st.sampled_from(
    ["bob@example.com", HOME, "*@example.com", '"a /b%"@example.com', "a%2fb@example.com", "ö@x.de"]
)


def canonical(owner: str, path: str) -> MailboxKey:
    """The key of a mailbox as a store may have it: NFC, and INBOX spelt so."""
    return (
        Naming(Identity(account=0, account_name="x", inbox=owner), HOME)
        .resolve(f"INBOX/{path}")
        ._replace(owner=owner)
    )


keys = st.builds(
    lambda owner, path, below_inbox: (
        canonical(owner, path)
        if below_inbox or path.partition("/")[0].lower() == "inbox"
        else MailboxKey(owner, canonical(owner, path).name.removeprefix("INBOX/"))
    ),
    addresses,
    paths,
    st.booleans(),
)
system_keys = st.builds(MailboxKey, addresses, st.sampled_from(SYSTEM_NAMES))
unified_keys = st.builds(MailboxKey, st.just(UNIFIED), st.sampled_from(SYSTEM_NAMES))


@given(keys | system_keys | unified_keys)
def test_names_mean_what_they_show_in_account_mode(key: MailboxKey) -> None:
    assert ACCOUNT.resolve(ACCOUNT.show(key)) == key


@given(keys | system_keys)
@example(MailboxKey("bob@example.com", "Bob+x@example.com/INBOX"))
def test_names_mean_what_they_show_in_inbox_mode(key: MailboxKey) -> None:
    for naming in (INBOX, ODD):
        assert naming.inbox
        own = key._replace(owner=naming.inbox)
        assert naming.resolve(naming.show(own)) == own


@given(paths)
def test_any_name_is_shown_in_one_way(name: str) -> None:
    for naming in (ACCOUNT, INBOX, ODD):
        try:
            shown = naming.show(naming.resolve(name))
        except InvalidAddress:
            continue
        assert naming.show(naming.resolve(shown)) == shown


@given(st.text())
def test_no_text_breaks_anything(name: str) -> None:
    for naming in (ACCOUNT, INBOX):
        naming.owner_in(name)
        naming.alias(name)
        try:
            key = naming.resolve(name)
        except (InvalidAddress, InvalidValue):
            continue
        assert naming.resolve(naming.show(key)) == key


@pytest.mark.parametrize(
    ("name", "owner", "path"),
    [
        ("INBOX", UNIFIED, "INBOX"),
        ("inbox", UNIFIED, "INBOX"),
        ("Sent", UNIFIED, "Sent"),
        ("sent", HOME, "sent"),
        ("Work", HOME, "Work"),
        ("Sent/2024", HOME, "Sent/2024"),
        ("Inbox/new", HOME, "INBOX/new"),
        ("\u0131nbox", HOME, "\u0131nbox"),
        ("Cafe\u0301", HOME, "Caf\u00e9"),
        ("100%25", HOME, "100%25"),
        ("Bob+tag@EXAMPLE.com", "bob@example.com", "INBOX"),
        ("bob@example.com/inbox", "bob@example.com", "INBOX"),
        ("bob@example.com/Sent", "bob@example.com", "Sent"),
        ("bob@example.com/Inbox/a", "bob@example.com", "INBOX/a"),
        ("bob@example.com/a@b/c", "bob@example.com", "a@b/c"),
        ("*@example.com", "*@example.com", "INBOX"),
        ('"a %2Fb%25"@example.com', '"a /b%"@example.com', "INBOX"),
        ("a%2fb@example.com/Work", "a/b@example.com", "Work"),
        ("a%25b@example.com", "a%b@example.com", "INBOX"),
        ("a%252Fb@example.com", "a%2fb@example.com", "INBOX"),
        ("a%b@example.com", "a%b@example.com", "INBOX"),
        ("bob@b\u00fccher.example", "bob@xn--bcher-kva.example", "INBOX"),
        (f"{HOME}/Work", HOME, "Work"),
        (HOME, HOME, "INBOX"),
        (f"{HOME}/Sent", HOME, "Sent"),
    ],
)
def test_names_in_account_mode(name: str, owner: str, path: str) -> None:
    assert ACCOUNT.resolve(name) == MailboxKey(owner, path)


@pytest.mark.parametrize(
    ("key", "name"),
    [
        (MailboxKey(UNIFIED, "INBOX"), "INBOX"),
        (MailboxKey(UNIFIED, "Junk"), "Junk"),
        (MailboxKey(HOME, "Work"), "Work"),
        (MailboxKey(HOME, "Junk"), f"{HOME}/Junk"),
        (MailboxKey(HOME, "INBOX"), HOME),
        (MailboxKey(HOME, "a@b/c"), f"{HOME}/a@b/c"),
        (MailboxKey("bob@example.com", "INBOX"), "bob@example.com"),
        (MailboxKey("bob@example.com", "Work"), "bob@example.com/Work"),
        (MailboxKey('"a /b%"@example.com', "Sent"), '"a %2Fb%25"@example.com/Sent'),
    ],
)
def test_what_is_shown_in_account_mode(key: MailboxKey, name: str) -> None:
    assert ACCOUNT.show(key) == name


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("InBox", "INBOX"),
        ("Trash", "Trash"),
        ("Work/x", "Work/x"),
        ("bob@example.com", "INBOX"),
        ("BOB+tag@example.com", "INBOX"),
        ("bob@example.com/Sent", "Sent"),
        ("bob@example.com/inbox/x", "INBOX/x"),
        ("carol@example.com", "carol@example.com"),
        ("@/x", "@/x"),
    ],
)
def test_names_in_inbox_mode(name: str, path: str) -> None:
    assert INBOX.resolve(name) == MailboxKey("bob@example.com", path)


def test_the_address_is_another_name_for_inbox() -> None:
    assert INBOX.alias("Bob@example.com") == "bob@example.com"
    assert ODD.alias('"a %2Fb%"@example.com') == '"a %2Fb%25"@example.com'
    for name in ("INBOX", "bob@example.com/Sent", "carol@example.com", "@", "bob@example.com/"):
        assert INBOX.alias(name) is None
    assert ACCOUNT.alias("bob@example.com") is None


@pytest.mark.parametrize(
    "name", ["", "/", "/a", "a/", "a//b", "a\rb", "a\nb", "a\0", "\x7f", "\x85", "\u2028", "\ud800"]
)
def test_what_is_no_name(name: str) -> None:
    for naming in (ACCOUNT, INBOX):
        with pytest.raises(InvalidValue):
            naming.resolve(name)


def test_a_name_that_is_too_long() -> None:
    with pytest.raises(InvalidValue):
        ACCOUNT.resolve("a" * 4097)
    assert ACCOUNT.resolve("a" * 4096).name == "a" * 4096


@pytest.mark.parametrize("name", ["@", "a@", "@b", "a@b..c", "a b@example.com/Work", "a@[1]/x"])
def test_what_is_no_address(name: str) -> None:
    with pytest.raises(InvalidAddress):
        ACCOUNT.resolve(name)


def test_where_new_messages_go() -> None:
    assert ACCOUNT.inbox_of(ACCOUNT.resolve("Sent")) == HOME
    assert ACCOUNT.inbox_of(ACCOUNT.resolve("Work")) == HOME
    assert ACCOUNT.inbox_of(ACCOUNT.resolve("bob@example.com/Sent")) == "bob@example.com"
    assert INBOX.inbox_of(INBOX.resolve("Sent")) == "bob@example.com"


@pytest.mark.parametrize(
    ("prefix", "owner"),
    [
        ("", None),
        ("Work/", None),
        ("bob@example.com", None),
        ("Bob@example.com/", "bob@example.com"),
        ("a%2Fb@example.com/S", "a/b@example.com"),
        ("@/", None),
        ("a\n@x/", None),
    ],
)
def test_whose_names_begin_so(prefix: str, owner: str | None) -> None:
    assert ACCOUNT.owner_in(prefix) == owner
    assert INBOX.owner_in(prefix) == "bob@example.com"
