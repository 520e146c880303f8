"""Whether a text is an address, and one that lasts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcap.domain.addresses import parse_address
from mailcap.services.integrity import check


@given(st.text())
def test_any_text_is_an_address_or_none(text):
    found = check(text)
    assert found.email == text
    assert found.is_valid == bool(found.local) == bool(found.domain)
    if found.is_valid:
        assert parse_address(text).inbox == f"{found.local}@{found.domain}"


@pytest.mark.parametrize(
    ("text", "listed"),
    [
        ("a@mailinator.com", ("mailinator.com",)),
        ("a@MAILINATOR.com", ("mailinator.com",)),
        ("a@x.y.mailinator.com", ("mailinator.com",)),
        ("a@notmailinator.com.test", ()),
        ("a@com", ()),
        ("a@localhost", ()),
        ("a@[192.0.2.1]", ()),
        ('"a b"@gmail.com', ()),
    ],
)
def test_disposable_domains(text, listed):
    found = check(text)
    assert (found.is_valid, found.disposable_domains) == (True, listed)


def test_what_is_too_long_is_not_looked_at():
    """Letters that fold to nothing would make a valid address of any length."""
    assert check(f"a@x{chr(0xAD) * 100}.test").domain == "x.test"
    assert not check(f"a@x{chr(0xAD) * 10_000}.test").is_valid
