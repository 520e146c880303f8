"""One-time codes: found where people would find them, and nowhere else."""

import time
from html import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailcap.mime import codes, structure
from mime.codes_corpus import CORPUS
from mime.corpus import BROKEN


def found(body: bytes) -> list[codes.Code]:
    return codes.find(body, structure.scan(body))


def mail(subject: str, text: str, subtype: str = "plain") -> bytes:
    head = f"Subject: {subject}\r\nContent-Type: text/{subtype}; charset=utf-8\r\n\r\n"
    return (head + text.replace("\n", "\r\n")).encode()


def as_html(text: str) -> str:
    """Return *text* as senders lay it out, in a table with styles full of numbers."""
    rows = "".join(
        f'<tr><td height="4821" style="color:#123456;width:600px">{escape(line)}</td></tr>'
        for line in text.split("\n")
    )
    return (
        "<html><head><style>.code-1234 {color:#654321}</style></head><body>"
        f"<!-- code: 999999 --><table bgcolor='#336699'>{rows}</table>"
        '<img src="https://t.example/o/483920?code=123456"></body></html>'
    )


@pytest.mark.parametrize("name", CORPUS)
@pytest.mark.parametrize("subtype", ["plain", "html"])
def test_mails_of_all_kinds(name: str, subtype: str) -> None:
    subject, text, wanted = CORPUS[name]
    body = mail(subject, as_html(text) if subtype == "html" else text, subtype)
    assert [one.code for one in found(body)] == wanted


def test_the_corpus_is_large() -> None:
    assert len(CORPUS) >= 60


def test_what_is_known_of_a_code() -> None:
    (one,) = found(mail("Verify", "Your verification code is: 739 204"))
    assert (one.code, one.text) == ("739204", "739 204")
    assert 0.8 < one.score <= 1
    assert one.score == round(one.score, 2)


def test_the_best_comes_first() -> None:
    scores = [one.score for one in found(mail(*CORPUS["two codes"][:2]))]
    assert scores == sorted(scores, reverse=True)


def test_a_code_in_text_and_html_is_one() -> None:
    body = (
        b"Subject: 739204 is your code\r\n"
        b"Content-Type: multipart/alternative; boundary=b\r\n\r\n"
        b"--b\r\n\r\nYour code is 739204\r\n"
        b"--b\r\nContent-Type: text/html\r\n\r\n<p>Your code is</p><h1>739 204</h1>\r\n--b--\r\n"
    )
    assert [one.code for one in found(body)] == ["739204"]


def test_a_code_in_html_alone() -> None:
    body = mail("Hi", "<p>Your code</p><h1><span>739</span>-<span>204</span></h1>", "html")
    assert [(one.code, one.text) for one in found(body)] == [("739204", "739-204")]


@pytest.mark.parametrize(
    "text",
    [
        "Your code", "code 123", "code 123456789", "code 12.345", "code 12,345", "code 12:30:45",
        "code $4829", "code 4829 EUR", "code €4829", "code 4829%", "code +4829137", "code #482913",
        "code abc482913", "code 482913abc", "code 48291/3", "code a@482913.example",
        "code https://x.example/482913", "code 4829.13", "code (555) 123-4567", "code 10/2024",
    ],
)  # fmt: skip
def test_what_is_no_code(text: str) -> None:
    assert codes.find_in(text) == []


@pytest.mark.parametrize("name", BROKEN)
def test_broken_mail(name: str) -> None:
    assert isinstance(found(BROKEN[name]), list)


_TEXT = st.lists(
    st.sampled_from(["code ", "PIN", "7392", "739-204", "K7M-Q2X9", " ", "\n", "-", "order ", "码"])
    | st.text(max_size=5),
    max_size=30,
).map("".join)  # fmt: skip


@given(st.binary(max_size=400) | _TEXT.map(str.encode))
@settings(max_examples=300, deadline=None)
def test_any_bytes(body: bytes) -> None:
    for one in found(body) + codes.find_in(body.decode(errors="replace")):
        assert one.code.isalnum()
        assert 4 <= len(one.code) <= 12
        assert 0.6 <= one.score <= 1


@pytest.mark.parametrize(
    "piece",
    ["1 ", "1-", "code ", "739204 ", "code 739204\n", "A", "AB-", "a@", "http://", "order ", "\n",
     "code is ", "Main ", "1234 Main ", " " * 50, "one-time ", "two-", "verif", "(", "验证码1234"],
)  # fmt: skip
def test_the_time_is_linear(piece: str) -> None:
    def seconds(size: int) -> float:
        text = (piece * (size // len(piece) + 1))[:size]
        start = time.process_time()
        codes.find_in(text)
        return time.process_time() - start

    assert seconds(30_000) < 3 * seconds(10_000) * 1.5 + 0.1
    assert seconds(3_000_000) < 2 * seconds(30_000) + 0.1  # no more of it is looked at
