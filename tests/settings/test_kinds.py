"""Values of settings: what is understood, what is refused, what is shown."""

import tomllib
from collections.abc import Sequence
from ipaddress import ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcap.settings.kinds import (
    DATABASE,
    DOMAIN,
    FILE,
    NETWORKS,
    OPTIONAL_DOMAIN,
    ORIGINS,
    PARTIES,
    SERVERS,
    BadValue,
    DatabaseURL,
    choice,
    count,
    duration,
    items,
    size,
    table,
)
from mailcap.settings.throttling import PublicCounts

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
KINDS = {
    "count": count(),
    "size": size(),
    "duration": duration(),
    "choice": choice("a", "b"),
    "domain": DOMAIN,
    "optional domain": OPTIONAL_DOMAIN,
    "file": FILE,
    "database": DATABASE,
    "networks": NETWORKS,
    "list of counts": items(count()),
    "parties": PARTIES,
    "servers": SERVERS,
    "table": table(PublicCounts()),
}


def problems(kind, value) -> list[tuple[str, str]]:
    with pytest.raises(BadValue) as caught:
        kind.read(value)
    return list(caught.value.problems)


def found_wrong(kind, value) -> Sequence[tuple[str, str]]:
    try:
        kind.read(value)
    except BadValue as error:
        return error.problems
    return ()


@pytest.mark.parametrize(
    ("text", "octets"),
    [
        ("25 MiB", 25 * 2**20),
        ("25MiB", 25 * 2**20),
        (" 1 kib ", 1024),
        ("2 GiB", 2**31),
        ("5 MB", 5_000_000),
        ("3 kB", 3000),
        ("12 B", 12),
        ("17", 17),
        (17, 17),
    ],
)
def test_sizes_have_units(text, octets):
    assert size().read(text) == octets


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30 days", 30 * 86400),
        ("1 day", 86400),
        ("2w", 14 * 86400),
        ("5 min", 300),
        ("5 minutes", 300),
        ("36 hours", 129_600),
        ("90 s", 90),
        ("300", 300),
        (300, 300),
    ],
)
def test_times_have_units(text, seconds):
    assert duration().read(text) == seconds


@pytest.mark.parametrize(
    "value", ["", "MiB", "-1", "1.5 MiB", "1 MiB 2", "25 MiBs", "1e3", "٣", True, 2.0, None, [], {}]
)
@pytest.mark.parametrize("kind", [size(), duration(), count()])
def test_what_is_no_quantity_is_refused(kind, value):
    assert [where for where, _ in problems(kind, value)] == [""]


@pytest.mark.parametrize("kind", [count(least=2, most=5), size(least=2, most=5)])
def test_the_bounds_themselves_are_allowed_and_nothing_beyond(kind):
    assert [kind.read(number) for number in (2, 5)] == [2, 5]
    assert problems(kind, 1) == [("", "1 is less than 2")]
    assert problems(kind, "6") == [("", "6 is more than 5")]


def test_no_time_is_too_long_to_be_counted_in_milliseconds_from_now():
    assert duration().read("5000 weeks") * 1000 < 2**62
    assert problems(duration(), "99999999 weeks")


def test_a_choice_is_one_of_its_words():
    kind = choice("loopback", "never")
    assert kind.read("never") == "never"
    assert problems(kind, "sometimes") == [("", "'sometimes' is none of loopback, never")]
    assert problems(kind, ["never"])


def test_names_are_folded():
    assert DOMAIN.read("Mail.EXAMPLE.com") == "mail.example.com"
    assert DOMAIN.read("bücher.example") == "xn--bcher-kva.example"


@pytest.mark.parametrize("value", ["", "two words", "[127.0.0.1]", "a..b", 'a"b', "a\nb", 3])
def test_what_is_no_name_is_refused(value):
    assert problems(DOMAIN, value)


def test_a_name_may_be_left_out_where_that_means_something():
    assert OPTIONAL_DOMAIN.read("") == ""
    assert problems(OPTIONAL_DOMAIN, " ")


def test_a_path_knows_the_home_folder(monkeypatch):
    monkeypatch.setenv("HOME", "/home/jane")
    assert FILE.read("~/cert.pem") == Path("/home/jane/cert.pem")
    assert FILE.read("") is None


@pytest.mark.parametrize("path", ['a"b', "a$(b)", "a`b`", "a\\b", "a\nb", "a\0b", "a?b"])
def test_a_path_that_a_shell_or_a_url_would_read_otherwise_is_refused(path):
    assert problems(FILE, path)
    assert problems(DATABASE, f"sqlite:///{path}")


def test_an_unknown_home_folder_is_a_mistake_like_any_other():
    assert problems(FILE, "~nobody-of-that-name/x")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:p@h:5432/d?sslmode=require",
        "postgresql:///d?host=/run/x",
        "postgresql://u:@/d?host=/run/x",
        "postgresql://u:p/w@[::1]:5432/d",
        "postgresql://u@h/d?password=a@b",
        "postgresql://one,two/d",
    ],
)
def test_a_database_server_is_taken_as_it_is(url):
    database = DATABASE.read(url)
    assert database.text == url
    assert database.file is None


def test_a_database_file_has_a_path():
    assert DATABASE.read("sqlite:////srv/mail.db").file == Path("/srv/mail.db")
    assert DATABASE.read("sqlite:///mail.db").file == Path("mail.db")
    assert DATABASE.read("") is None


@pytest.mark.parametrize(
    "url",
    [
        "mysql://u:geheim@h/d",
        "postgresql+psycopg://u:geheim@h/d",
        "postgresql://",
        "postgresql://u:geheim@h/d x",
        "postgresql://u:geheim@h:54x/d",
        "postgresql://u:geheim@h:/d",
        "postgresql://u:geheim@[::1/d",
        "postgresql://u:pass@geheim@h/d",
        "postgresql://u:geheim@h/d\n",
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "geheim",
        5,
    ],
)
def test_another_database_is_refused_without_repeating_what_may_be_secret(url):
    assert "geheim" not in repr(problems(DATABASE, url))


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://jane:geheim@db.example/mail",
        "postgresql://jane:ge@heim@db.example/mail",
        "postgresql://jane:ge/he:im@db.example/mail",
        "postgresql://jane:ge?heim@db.example/mail",
        "postgresql://jane@db.example/mail?password=geheim",
        "postgresql://jane@db.example/mail?password=ge@heim",
        "postgresql://:geheim@/mail",
    ],
)
def test_a_shown_url_has_no_secret(url):
    for shown in (str(DatabaseURL(url)), repr(DatabaseURL(url)), DATABASE.show(DatabaseURL(url))):
        assert "ge" not in shown
        assert "heim" not in shown


def test_a_shown_url_says_where_the_database_is():
    shown = str(DatabaseURL("postgresql://jane:x@db.example:5433/mail?a=b"))
    assert shown == "postgresql://jane:***@db.example:5433/mail?***"
    assert str(DatabaseURL("postgresql://db.example/mail")) == "postgresql://db.example/mail"
    assert str(DatabaseURL("sqlite:////a:b@c/d")) == "sqlite:////a:b@c/d"


def test_networks_may_be_single_addresses():
    expected = (ip_network("10.0.0.0/8"), ip_network("::1/128"))
    assert NETWORKS.read(["10.0.0.0/8", "::1"]) == expected
    assert NETWORKS.read("10.0.0.0/8  ::1") == expected


def test_each_wrong_item_of_a_list_is_named_by_its_place():
    found = problems(NETWORKS, ["10.0.0.1/8", "::1", 7])
    assert [where for where, _ in found] == ["[0]", "[2]"]
    assert "host bits" in found[0][1]


def test_a_list_is_a_list():
    assert items(count()).read([]) == ()
    assert items(count()).read(" ") == ()
    assert problems(items(count()), 5) == [("", "5 is not a list")]


@pytest.mark.parametrize("name", KINDS)
@given(value=anything)
def test_no_value_raises_anything_else_or_breaks_the_line(name, value):
    for where, what in found_wrong(KINDS[name], value):
        assert what.isprintable()
        assert len(f"{where}{what}") < 250


@given(number=st.integers(min_value=1, max_value=10**9))
@pytest.mark.parametrize("kind", [size(), duration(), count()])
def test_what_is_shown_means_the_same(kind, number):
    shown = tomllib.loads(f"x = {kind.show(number)}")["x"]
    assert kind.read(shown) == number


@given(text=st.text(alphabet=st.characters(exclude_categories=["C"])))
def test_a_shown_path_means_the_same(text):
    try:
        path = FILE.read(text)
    except BadValue:
        return
    assert FILE.read(tomllib.loads(f"x = {FILE.show(path)}")["x"]) == path


def test_shown_quantities_are_good_to_read():
    shown = [size().show(number) for number in (25 * 2**20, 2**30, 1536, 1000)]
    assert shown == ['"25 MiB"', '"1 GiB"', "1536", "1000"]
    shown = [duration().show(number) for number in (0, 1, 90, 300, 3600, 86400, 30 * 86400)]
    assert shown == [
        "0",
        '"1 second"',
        '"90 seconds"',
        '"5 minutes"',
        '"1 hour"',
        '"1 day"',
        '"30 days"',
    ]


def test_origins() -> None:
    expected = ("https://app.example:8443", "http://[::1]")
    assert ORIGINS.read("https://App.example:8443 http://[::1]") == expected
    wrong = ["https://app.example/", "app.example", "ftp://app.example", "null", "https://", 7]
    assert len(problems(ORIGINS, wrong)) == len(wrong)


@pytest.mark.parametrize(
    "value", [{"inbox": 5, "block": "0"}, "inbox=5 block=0", " block=0\n inbox=5 "]
)
def test_a_table_keeps_what_is_not_named(value):
    kind = table(PublicCounts())
    assert kind.read(value) == PublicCounts(inbox=5, block=0)
    shown = tomllib.loads(f"x = {kind.show(kind.read(value))}")["x"]
    assert kind.read(shown) == kind.read(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (7, [("", "7 is not a table")]),
        ("inbox", [(".inbox", "'' is not a whole number")]),
        (
            {"inbox": -1, "sender": 5, "block": "many"},
            [
                (".inbox", "-1 is not a whole number"),
                (
                    ".sender",
                    "there is no such name, only address, block, domain, inbox, recipient_domain",
                ),
                (".block", "'many' is not a whole number"),
            ],
        ),
    ],
)
def test_all_mistakes_in_a_table_are_named(value, expected):
    kind = table(PublicCounts())
    assert problems(kind, value) == expected


def test_parties_are_folded_addresses_and_domains():
    read = PARTIES.read(["Boss+tag@Shop.EXAMPLE", "B\u00fccher.example"])
    assert read == ("boss@shop.example", "xn--bcher-kva.example")
    wrong = "is neither an address nor a domain"
    assert problems(PARTIES, ["a@", "ok.example", "a..b"]) == [
        ("[0]", f"'a@' {wrong}: the domain is empty"),
        ("[2]", f"'a..b' {wrong}: domain is not made of letters, digits and hyphens"),
    ]


@pytest.mark.parametrize("text", ["127.0.0.1:3509", "10.0.0.5:1", "[::1]:65535"])
def test_servers(text):
    assert SERVERS.read(text) == (text,)


@pytest.mark.parametrize(
    "text", ["127.0.0.1", "dracula:3509", "1.2.3:1", "127.0.0.1:0", "127.0.0.1:65536", "::1:3509"]
)
def test_what_is_no_server(text):
    expected = f"'{text}' is no IP address and port such as 127.0.0.1:3509"
    assert problems(SERVERS, text) == [("[0]", expected)]
