import pytest

from mailcap.dracula.places import Place, parse_place, parse_places, parse_port


@pytest.mark.parametrize("text", ["127.0.0.1:3509", "[::1]:3509", "0.0.0.0:0"])
def test_a_place_is_read_as_it_is_shown(text):
    assert str(parse_place(text)) == text


def test_lists_have_each_place_once():
    places = parse_places(" 10.0.0.1:1, 10.0.0.2:2,,10.0.0.1:1 ")
    assert places == (Place("10.0.0.1", 1), Place("10.0.0.2", 2))
    assert parse_places("") == ()


@pytest.mark.parametrize(
    "text",
    ["", "127.0.0.1", ":3509", "localhost:3509", "::1:3509", "[::1]", "1.2.3.4:x", "1.2.3.4:65536"],
)
def test_what_is_none(text):
    with pytest.raises(ValueError, match=r"no literal address and port|no port"):
        parse_place(text)


@pytest.mark.parametrize("text", ["-1", "1e3", "²", "", "65536", "9" * 5000])
def test_what_is_no_port(text):
    with pytest.raises(ValueError, match=r"is no port"):
        parse_port(text)
