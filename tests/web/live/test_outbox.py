"""What is written to a slow reader: whole frames, in order, never too many."""

from hypothesis import given
from hypothesis import strategies as st

from mailcap.web.live.outbox import MOST_FRAMES, MOST_OCTETS, Outbox

MOVES = st.lists(
    st.one_of(st.binary(min_size=1, max_size=200_000), st.sampled_from(["pause", "resume"])),
    max_size=12,
)


@given(MOVES)
def test_all_is_written_in_order(moves):
    written: list[bytes] = []
    outbox = Outbox(written.append)
    for move in moves:
        if isinstance(move, bytes):
            outbox.add(move)
        else:
            getattr(outbox, move)()
    outbox.resume()
    assert b"".join(written) == b"".join(move for move in moves if isinstance(move, bytes))
    assert outbox.is_empty
    assert outbox._octets == 0


def test_nothing_is_written_while_it_is_paused():
    written: list[bytes] = []
    outbox = Outbox(lambda piece: (written.append(piece), outbox.pause()))
    outbox.add(b"x" * 200_000)
    outbox.add(b"y")
    assert len(written) == 1
    outbox.resume()
    assert len(written) == 2


def test_it_is_full_of_frames_or_of_octets():
    outbox = Outbox(print)
    outbox.pause()
    for _ in range(MOST_FRAMES - 1):
        outbox.add(b"x")
    assert not outbox.is_full
    outbox.add(b"x")
    assert outbox.is_full
    outbox.clear()
    assert (outbox.is_full, outbox.is_empty) == (False, True)
    outbox.add(b"x" * MOST_OCTETS)
    assert outbox.is_full


def test_a_frame_that_is_begun_is_not_torn():
    written: list[bytes] = []
    outbox = Outbox(lambda piece: (written.append(piece), outbox.pause()))
    outbox.add(b"x" * 200_000)
    outbox.add(b"y")
    outbox.clear()
    outbox.add(b"z")
    while not outbox.is_empty:
        outbox.resume()
    assert b"".join(written) == b"x" * 200_000 + b"z"
