"""Lines of commands against a naive model: any octets, any split."""

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from mailcap.connection.lines import AUTH_LINE, LineReader

LIMIT = 16


class Lines(LineReader[str]):
    """Gives its lines as they are, and a word for one that is too long."""

    _too_long = "too long"

    def take_all(self) -> Iterator[bytes | str]:
        while (line := self._take_line(LIMIT)) is not None:
            yield line


def expected(octets: bytes) -> list[bytes | str]:
    whole = octets.split(b"\n")[:-1]
    return [line.removesuffix(b"\r") if fits(line) else "too long" for line in whole]


def fits(line: bytes) -> bool:
    return len(line) < (AUTH_LINE if line[:5].upper() == b"AUTH " else LIMIT)


pieces = st.one_of(
    st.binary(max_size=40),
    st.sampled_from([b"\n", b"\r\n", b"AUTH ", b"auth x", b"NOOP\r\n", b"x" * (LIMIT - 1)]),
    st.integers(AUTH_LINE - 7, AUTH_LINE - 4).map(lambda n: b"Auth " + b"A" * n + b"\n"),
)


@given(st.lists(pieces, max_size=12))
def test_lines_are_the_same_however_they_arrive(arriving: list[bytes]) -> None:
    lines = Lines()
    found = []
    for piece in arriving:
        lines.receive_data(piece)
        found += lines.take_all()
        assert lines.waiting < AUTH_LINE
    assert found == expected(b"".join(arriving))


def test_what_was_discarded_is_no_beginning_of_a_line() -> None:
    lines = Lines()
    lines.receive_data(b"x" * 2 * LIMIT)
    assert list(lines.take_all()) == []
    lines.discard()
    lines.receive_data(b"NOOP\r\n")
    assert list(lines.take_all()) == [b"NOOP"]
