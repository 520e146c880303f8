"""Bodies of requests."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcap.domain.errors import InvalidValue
from mailcap.web.payload import read_object

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@pytest.mark.parametrize("body", [b"", b" ", b"\r\n", b"{}", b" {} \n", b"\xef\xbb\xbf{}"])
def test_nothing_is_an_empty_object(body):
    assert read_object(body) == {}


@given(st.dictionaries(st.text(), VALUES))
def test_objects_come_back(value):
    assert read_object(json.dumps(value).encode()) == value


@given(st.binary())
def test_anything_else_is_refused(body):
    with suppress(InvalidValue):
        assert isinstance(read_object(body), dict)


@pytest.mark.parametrize(
    "body",
    [b"[]", b"1", b'"x"', b"null", b"{", b"}", b"{'a': 1}", b'{"a": 1} x', b"a=b", b"\xff",
     b"[" * 100_000, b'{"a":' * 100_000, b'{"a": ' + b"1" * 5000 + b"}", b'{"a": "\n"}'],
)  # fmt: skip
def test_what_is_no_object(body):
    with pytest.raises(InvalidValue, match=r"^The body is "):
        read_object(body)
