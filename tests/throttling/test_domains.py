"""What a sender cannot vary."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcap.throttling.domains import registrable


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("example.com", "example.com"),
        ("a.b.c.d.e.f.example.com", "example.com"),
        ("MX.Example.COM.", "example.com"),
        ("deep.example.co.uk", "example.co.uk"),
        ("host.company.internal", "company.internal"),  # of no known suffix: the last two
        ("me.github.io", "me.github.io"),  # people share that suffix
        ("post.bücher.example", "xn--bcher-kva.example"),
    ],
)
def test_names_below_a_registrable_domain(name, expected):
    assert registrable(name) == expected


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "com",
        "co.uk",
        "localhost",
        "[192.0.2.1]",
        "[IPv6:::1]",
        "192.0.2.1",
        "a b.c",
        "-..",
    ],
)
def test_what_has_none(name):
    assert registrable(name) is None


@given(st.text(max_size=300))
def test_any_text_has_one_or_none(name):
    found = registrable(name)
    assert found is None or registrable(f"x.{found}") == found


def test_what_is_remembered_is_bounded():
    for number in range(20_000):
        registrable(f"{number}.example.com")
    assert registrable.cache_info().currsize <= 8192
