"""What may be set of accounts and addresses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcap.domain.errors import InvalidValue
from mailcap.services.changes import check_account_changes, check_address_changes

GOOD = [
    "http://x.test",
    "https://hooks.test:8443/a/b?c=d&e=%40#f",
    "HTTPS://Hooks.Test/",
    "http://192.0.2.1/",
    "http://[2001:db8::1]:80/",
    "https://hooks.slack.com/services/T000/B000/XXXX",
    "http://x.test/" + "a" * (2048 - 14),
]
BAD = [
    "",
    "x.test",
    "//x.test/",
    "http:",
    "http://",
    "http:///path",
    "http://:80/",
    "http://x.test:0/",
    "http://x.test:99999/",
    "http://x.test:port/",
    "http://[::1",
    "ftp://x.test/",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "http://user@x.test/",
    "http://user:password@x.test/",
    "http://@x.test/",
    "http://good.test\\@evil.test/",
    "http://x.test/a b",
    " http://x.test/",
    "http://x.test/\r\nHost: evil",
    "http://x.test/\x00",
    "http://bücher.test/",
    "http://x.test/" + "a" * 2048,
]


@pytest.mark.parametrize("field", ["webhook", "webhook_slack"])
@pytest.mark.parametrize("url", GOOD)
def test_urls_that_will_do(field, url):
    assert check_address_changes({field: url}) == {field: url}


@pytest.mark.parametrize("field", ["webhook", "webhook_slack"])
@pytest.mark.parametrize("url", BAD)
def test_urls_that_will_not(field, url):
    with pytest.raises(InvalidValue, match=r"^webhook(Slack)?: "):
        check_address_changes({field: url})


@given(st.text())
def test_any_text_is_a_url_or_refused(text):
    for url in (text, f"http://{text}"):
        try:
            check_address_changes({"webhook": url})
        except InvalidValue:
            continue
        assert url.isascii()
        assert url.lower().startswith(("http://", "https://"))


def test_what_is_switched_off_needs_no_form():
    off = {"webhook": None, "webhook_slack": None, "forward": None, "info": ""}
    assert check_address_changes(off) == off


def test_an_address_to_forward_to_is_folded():
    assert check_address_changes({"forward": "Bob+x@X.test"}) == {"forward": "bob@x.test"}
    with pytest.raises(InvalidValue, match=r"^forward: "):
        check_address_changes({"forward": "nobody"})


@pytest.mark.parametrize("info", ["x" * 1025, "a\x1b[0m", "a\x00"])
def test_notes_are_short_and_printable(info):
    with pytest.raises(InvalidValue, match=r"^info: "):
        check_address_changes({"info": info})
    assert check_address_changes({"info": "two\nlines, ünicode"})


@pytest.mark.parametrize("limit", ["message_limit", "storage_limit"])
def test_limits_are_whole_and_fit_everywhere(limit):
    for good in (0, 5, 2**53 - 1, None):
        assert check_account_changes({limit: good}) == {limit: good}
    for bad in (-1, 2**53, 2**80):
        with pytest.raises(InvalidValue):
            check_account_changes({limit: bad})
