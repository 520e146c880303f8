"""What may stand in the fields of a body."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcap.domain.errors import InvalidValue
from mailcap.web.api import fields

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
KINDS = {
    fields.read_text: str,
    fields.read_text_or_nothing: str | None,
    fields.read_flag: bool,
    fields.read_flag_or_nothing: bool | None,
    fields.read_limit_or_nothing: int | None,
    fields.texts("some", most=3).read: list,
}


@pytest.mark.parametrize("read", KINDS, ids=lambda read: read.__qualname__)
def test_anything_is_read_or_refused(read):
    @given(VALUES)
    def try_any(value):
        try:
            found = read(value)
        except InvalidValue:
            return
        assert isinstance(found, KINDS[read])

    try_any()


@pytest.mark.parametrize(
    ("value", "flag"),
    [(True, True), ("true", True), (1, True), ("1", True), (False, False), ("false", False),
     (0, False), ("0", False), ("", False), (None, False), ("True", True), ("FALSE", False)],
)  # fmt: skip
def test_flags_in_json_and_in_forms(value, flag):
    assert fields.read_flag(value) is flag
    assert fields.read_flag_or_nothing(value) is (None if value in ("", None) else flag)


@pytest.mark.parametrize("value", ["yes", "truE ", 2, -1, 1.0, 0.0, [], {}, [True]])
def test_what_is_no_flag(value):
    with pytest.raises(InvalidValue):
        fields.read_flag(value)


@pytest.mark.parametrize(
    ("value", "number"), [(5, 5), ("5", 5), (0, 0), ("0", 0), (-5, -5), ("", None), (None, None)]
)
def test_limits(value, number):
    assert fields.read_limit_or_nothing(value) == number


@pytest.mark.parametrize("value", [True, 1.0, "5.0", "-5", "5 ", chr(0x665), "1" * 17, [5]])
def test_what_is_no_limit(value):
    with pytest.raises(InvalidValue):
        fields.read_limit_or_nothing(value)


def test_arrays_of_texts():
    read = fields.texts("some", most=3).read
    assert read(["a", ""]) == ["a", ""]
    for value in ([], ["a"] * 4, "a", [1], [None], {"a": 1}, None):
        with pytest.raises(InvalidValue):
            read(value)
