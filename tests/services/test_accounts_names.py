import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcap.domain.errors import InvalidValue
from mailcap.services.names import check_label, fold_account_name


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("admin", "admin"),
        ("Admin", "admin"),
        ("QA-Team_7.eu", "qa-team_7.eu"),
        ("7", "7"),
        ("a..b", "a..b"),
        ("x" * 64, "x" * 64),
    ],
)
def test_account_names_are_compared_without_case(written, name):
    assert fold_account_name(written) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        " admin",
        "admin\n",
        "admin ",
        ".admin",
        "-rf",
        "_a",
        "bob@example.com",
        "a/b",
        "b\u00f6b",
        "\u212aelvin",  # the Kelvin sign, whose lower case is an ASCII k
        "\u0660",  # a digit, though not of ASCII
        "a\x00b",
        "x" * 65,
        "\udc80",
    ],
)
def test_anything_else_is_no_account_name(name):
    with pytest.raises(InvalidValue, match="account name"):
        fold_account_name(name)


@given(st.text(max_size=80))
def test_folding_refuses_or_gives_a_name_that_folds_to_itself(text):
    try:
        folded = fold_account_name(text)
    except InvalidValue:
        return
    assert fold_account_name(folded) == folded
    assert "@" not in folded


@pytest.mark.parametrize(
    ("written", "label"),
    [("ci", "ci"), (" build server ", "build server"), ("Schlüssel 鍵", "Schlüssel 鍵")],
)
def test_labels_are_printable_text(written, label):
    assert check_label(written) == label


@pytest.mark.parametrize("label", ["", "   ", "a\nb", "\x1b[31m", "\u202eevil", "x" * 65, "\udc80"])
def test_labels_that_would_upset_a_terminal_are_refused(label):
    with pytest.raises(InvalidValue, match="label"):
        check_label(label)
