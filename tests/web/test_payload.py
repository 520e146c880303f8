"""Bodies of requests."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcap.domain.errors import InvalidValue
from mailcap.web.payload import Body, Field, read_fields, read_object

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


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b"", {}),
        (b'{"enablews": true}', {"enablews": True}),
        (b"webhook=https%3A%2F%2Fx.test%2F%3Fa%3Db&info=a+b", {
            "webhook": "https://x.test/?a=b", "info": "a b",
        }),
        (b"info=", {"info": ""}),
        (b"a=1&a=2", {"a": "2"}),
        (b"info=%C3%BC", {"info": "ü"}),
    ],
)  # fmt: skip
def test_json_and_forms(body, fields):
    assert read_fields(body) == fields


@pytest.mark.parametrize("body", [b"a=\xff", b"a=%ff", b"a=1&" * 2000, b"x", b'["a=b"]'])
def test_what_has_no_fields(body):
    with pytest.raises(InvalidValue, match=r"^The body is "):
        read_fields(body)


@given(st.binary() | st.text().map(str.encode))
def test_any_body(body):
    with suppress(InvalidValue):
        assert isinstance(read_fields(body), dict)


def _number(value):
    if not isinstance(value, int):
        raise InvalidValue("this is no number.")
    return value


BODY = Body((Field("n", _number, {"type": "integer"}, required=True), Field("s", str, {})))


def test_fields_of_a_body():
    assert BODY.value(b'{"n": 1, "other": 2}') == {"n": 1}
    assert BODY.value(b'{"n": 1, "s": 2}') == {"n": 1, "s": "2"}
    with pytest.raises(InvalidValue, match="lacks the field n"):
        BODY.value(b"{}")
    with pytest.raises(InvalidValue, match="n: this is no number"):
        BODY.value(b"n=1")
