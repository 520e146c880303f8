"""Eight times the input takes about eight times the time, whatever it is made of."""

import gc
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from mailcap.mime import (
    addresses,
    attachments,
    bodies,
    encoded_words,
    generated,
    headers,
    links,
    parameters,
    safe_html,
    structure,
    summary,
    transfer,
)

T = TypeVar("T")

SIZE = 65_536  # octets or characters
ROUNDS = 7
FEW = SIZE // 4
MANY = 8 * FEW
MOST = 18.0  # times as long; what is linear takes 8, what is quadratic 64
NOISE = 0.002  # seconds: below, the clock says nothing

# Each is repeated up to a size; some cost something only next to others.
PIECES = [
    "a", " ", "\r\n", "\n", "\t", ",", ";", ":", "<", ">", "@", "(", ")", '"', "\\", "=", "?",
    "&", "()", '""', "(\\", "\\(", "<a", "a,", "a;", "a:", "a@b,", "<a@b>,", "g:a@b;,", "=?",
    "=?a?", "=?a?q?", "=?utf-8?q?a?= ", "=?utf-8?b?YQ==?=", "?=", "; a=b", "; a*1=b",
    "; a*0*=''%41", ';a="', "--", "--b\r\n", "--b--\r\n", "\r\n--b", "\r\n--b\r\n\r\n",
    "Content-Type: message/rfc822\r\n\r\n",
    "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n", "A: b\r\n", "A: b\r\n c\r\n",
    " a\r\n", "<b>", "</b>", "<a href='http://x.test/'>", "<a href=", "<a b=c", "<!--", "-->",
    "<![CDATA[", "]]>", "<style>", "<script>", "</script", "<title>", "&amp", "&#x41;", "&#",
    "<p><table><tr><td>", "http://", "http://x.test/ ", "http://x.test/(", "www.",
    "https://a.b/?", "=41", "=\r\n", "= \r\n", "YQ==", "YQ=", "begin 644 a\n", "M", "`", "\0",
    "\x80", "ä", "\u2028",
]  # fmt: skip


def message(text: str) -> bytes:
    """Return a message whose header and parts are made of *text*."""
    return (
        f"Subject: x\r\nTo: {text[: SIZE // 4]}\r\n"
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
        f"--b\r\nContent-Type: text/html\r\n\r\n{text}\r\n--b--\r\n"
    ).encode("utf-8", "replace")


def tree(text: str) -> tuple[bytes, structure.Part]:
    body = message(text)
    return body, structure.scan(body)


def raw(text: str) -> bytes:
    return text.encode("utf-8", "replace")


VIEWS: dict[str, Callable[[str], object]] = {
    "addresses": addresses.parse,
    "encoded words": encoded_words.decode,
    "parameters": parameters.parse,
    "header block": lambda text: headers.as_object(headers.parse(raw(text))),
    "end of the header": lambda text: headers.split(raw(text)),
    "structure": lambda text: structure.scan(raw(text)),
    "structure of a part": lambda text: structure.scan(message(text)),
    "summary": lambda text: summary.summarise(message(text)),
    "attachments": lambda text: attachments.listing(*tree(text)),
    "text of a message": lambda text: bodies.text(*tree(text)),
    "text of HTML": generated.text_of_html,
    "HTML of text": generated.html_of_text,
    "links in HTML": lambda text: links.find((text, True)),
    "links in text": lambda text: links.find((text, False)),
    "safe HTML": safe_html.clean,
    "base64": lambda text: transfer.decode(raw(text), "base64"),
    "quoted-printable": lambda text: transfer.decode(raw(text), "quoted-printable"),
    "uuencode": lambda text: transfer.decode(raw(text), "uuencode"),
}


@pytest.fixture(autouse=True)
def no_collections() -> Iterator[None]:
    """To look through all that other tests have left in memory takes time of its own."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def seconds(view: Callable[[T], object], text: T) -> float:
    """Return the processor time that it takes."""
    begin = time.process_time()
    view(text)
    return time.process_time() - begin


def quickest(view: Callable[[T], object], text: T) -> float:
    """Return the processor time of the quickest of some rounds."""
    return min(seconds(view, text) for _ in range(ROUNDS))


def repeated(piece: str, size: int) -> str:
    return (piece * (size // len(piece) + 1))[:size]


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_the_time_is_linear(view: Callable[[str], object]) -> None:
    slow = [piece for piece in PIECES if all(grows(view, piece) for _ in range(3))]
    assert not slow


def grows(view: Callable[[str], object], piece: str) -> bool:
    """Whether more of *piece* takes much more time; a busy machine may make it seem so."""
    many = repeated(piece, MANY)
    if seconds(view, many) < NOISE:
        return False
    most = MOST * quickest(view, repeated(piece, FEW))
    return all(seconds(view, many) > most for _ in range(ROUNDS))


def test_a_structure_is_found_quickly() -> None:
    """64 KiB of anything: 50 ms is the aim, and twice that allowed beside other tests.

    In a process of its own, since measuring coverage takes several times as long.
    """
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environment["PYTHONPATH"] = os.pathsep.join(
        filter(None, [*sys.path, str(Path(__file__).parent)])
    )
    code = "import test_scaling; print(test_scaling.slowest_structure())"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert float(done.stdout) < 0.1


def slowest_structure() -> float:
    """Return the seconds that the worst of all structures takes."""
    texts = [repeated(piece, SIZE) for piece in PIECES]
    bodies_ = [body for text in texts for body in (raw(text), message(text))]
    return max(quickest(structure.scan, body) for body in bodies_)
