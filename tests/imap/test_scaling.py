"""Four times the input takes about four times the time, whatever a client or sender makes it of."""

import time
from collections.abc import Callable

import pytest

from mailcap.imap.message import sections, subjects, threading
from mailcap.imap.message.matching import BodyText, HeaderText
from mailcap.imap.message.sections import Text
from mailcap.imap.wire.grammar import BadCommand, parse_command
from mailcap.imap.wire.names import Pattern, from_wire
from mailcap.imap.wire.reader import Reader
from mailcap.mime import headers

FEW = 2**15  # octets
MANY = 4 * FEW
ROUNDS = 5
MOST = 8.0  # times as long; what is linear takes 4, what is quadratic 16
NOISE = 0.002  # seconds: below, the clock says nothing
QUICK = 0.1  # seconds for 64 KiB: 50 ms is the aim, and twice that allowed beside other tests

PIECES = [
    b"a", b" ", b"\r\n", b"\n", b"\t", b",", b"1,", b"1:2,", b"*:1,", b"$", b":", b"(", b")", b"()",
    b'"', b'""', b'"a" ', b"\\", b'\\"', b"\\Seen ", b"{", b"}", b"{1}", b"{1}\r\na", b"~{1+}\r\na",
    b"[", b"]", b"[]", b"<", b"<1.2>", b"<a@b>", b"%", b"*", b"&", b"&-", b"&AMA-", b"+", b"=?",
    b"=?utf-8?q?a?= ", b"?", b"NOT ", b"OR ALL ", b"ALL ", b"(ALL ", b"(ALL) ", b"SUBJECT x ",
    b"FLAGS ", b"BODY[] ", b"BODY[HEADER.FIELDS (A)] ", b"1.", b"A: b\r\n", b"A: b\r\n c\r\n",
    b"a:", b"re:", b"[a]", b"[fwd:", b"(fwd)", b"needle", b"neednee", b"\0", b"\xff", b"\xc3\xa4",
]  # fmt: skip


def obeyed(verb: bytes) -> Callable[[bytes], object]:
    def parse(text: bytes) -> object:
        try:
            return parse_command(b"a " + verb + b" " + text)
        except BadCommand:
            return None

    return parse


def read(text: bytes) -> None:
    reader = Reader(message_limit=2**20, command_limit=2**20)
    for start in range(0, len(text), 1000):
        reader.receive_data(text[start : start + 1000])
        for _ in range(2_000):
            if reader.next_event() is None:
                break


def named(text: bytes) -> None:
    try:
        name = from_wire(text, utf8=False)
    except ValueError:
        return
    Pattern("", name).matches(name[:50])
    Pattern("", "*a*b*%c*").matches(name)


VIEWS: dict[str, Callable[[bytes], object]] = {
    **{
        verb.decode(): obeyed(verb)
        for verb in (b"FETCH", b"FETCH 1", b"STORE 1 FLAGS", b"SEARCH", b"LOGIN", b'LIST ""',
                     b"APPEND x", b"ID", b"STATUS x", b"ENABLE", b"UID SEARCH RETURN ()")
    },
    "reader": read,
    "names": named,
    "fields": lambda text: sections.choose(text, Text.FIELDS, ["a", "subject"]),
    "other fields": lambda text: sections.choose(text, Text.FIELDS_NOT, ["a"]),
    "base subject": lambda text: subjects.base_subject(text.decode("latin-1")),
    "letter": lambda text: threading.letter(
        1, headers.parse(b"References: " + text), internal_date=0
    ),
    "search of a header": lambda text: HeaderText("a", "needle").found_in(b"A: " + text),
    "sift": lambda text: list(HeaderText("a", "needle").sift(text * 2, [len(text)] * 2)),
    "search of a text": lambda text: BodyText("needle", header=True).found_in(
        b"A: b\r\n\r\n", text
    ),
}  # fmt: skip


def seconds(view: Callable[[bytes], object], text: bytes) -> float:
    """Return the processor time that *view* needs, at best."""
    best = float("inf")
    for _ in range(ROUNDS):
        begin = time.process_time()
        view(text)
        best = min(best, time.process_time() - begin)
        if best < NOISE:
            break
    return best


def repeated(piece: bytes, size: int) -> bytes:
    return (piece * (size // len(piece) + 1))[:size]


def grows(view: Callable[[bytes], object], piece: bytes) -> bool:
    """Whether more of *piece* takes much more time; a busy machine may make it seem so."""
    many = seconds(view, repeated(piece, MANY))
    return many > NOISE and many > MOST * seconds(view, repeated(piece, FEW))


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_the_time_is_linear(view: Callable[[bytes], object]) -> None:
    slow = [piece for piece in PIECES if all(grows(view, piece) for _ in range(3))]
    assert not slow


@pytest.mark.parametrize("name", ["FETCH", "FETCH 1", "SEARCH", "STORE 1 FLAGS", 'LIST ""', "ID"])
def test_a_command_is_read_quickly(name: str) -> None:
    times = {piece: seconds(VIEWS[name], repeated(piece, 2**16)) for piece in PIECES}
    slow = {piece: taken for piece, taken in times.items() if taken > 3 * QUICK}
    assert not slow  # three times as much is allowed while coverage is measured
