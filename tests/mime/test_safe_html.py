"""Nothing in `/body` acts, and nothing loads from elsewhere."""

from html.parser import HTMLParser
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailcap.mime import bodies, safe_html, structure

CODE = "alert(1)"
URLS = (
    "http://evil.example/x",
    "javascript:alert(1)",
    "//evil.example",
    "data:text/html,x",
    "jAvA\tscript:1",
)
LOADING = [
    f"<{tag} {attribute}={quote}{url}{quote}>text</{tag}>"
    for (tag, attribute), url, quote in product(
        [
            ("a", "href"), ("img", "src"), ("iframe", "src"), ("link", "href"), ("form", "action"),
            ("body", "background"), ("video", "poster"), ("svg", "href"), ("object", "data"),
        ],
        URLS,
        ("'", '"'),
    )
]  # fmt: skip
ACTING = [
    f"<script>{CODE}</script>", f"<scr<script>ipt>{CODE}</script>", f"<b onclick={CODE}>x</b>",
    f"<svg onload={CODE}>", f"<math><mi xlink:href='javascript:{CODE}'>x</mi></math>",
    "<meta http-equiv=refresh content='0;url=http://evil.example'>", "<base href=//evil.example>",
    "<style>@import 'http://evil.example'</style>", "<p style='background:url(http://evil.example)'>x</p>",
    '<p style="width: expression(alert(1))">x</p>', f"<img src=x onerror={CODE}>", "<embed src=//evil>",  # noqa: E501
    f"<svg><style><img src=x onerror={CODE}></style></svg>", f'<noscript><p title="</noscript><img src=x onerror={CODE}>">',  # noqa: E501
    f"<!--><script>{CODE}</script>-->", f"<template><script>{CODE}</script></template>",
    f"<math><mtext><table><mglyph><style><img src=x onerror={CODE}>", "<input autofocus onfocus=alert(1)>",  # noqa: E501
    "<button formaction=javascript:alert(1)>x</button>", "<a ping=//evil.example>x</a>",
]  # fmt: skip


class Judge(HTMLParser):
    """Notes whatever acts or loads."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.guilty: list[str] = []
        self.feed(document)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {
            "script",
            "style",
            "iframe",
            "frame",
            "object",
            "embed",
            "form",
            "input",
            "button",
            "img",
            "svg",
            "math",
            "link",
            "meta",
            "base",
            "video",
            "audio",
            "source",
            "template",
            "noscript",
            "textarea",
            "select",
        }:
            self.guilty.append(tag)
        for name, value in attrs:
            loads = name in ("href", "src", "srcset", "background", "poster", "action", "ping")
            if loads or name.startswith("on") or "url(" in (value or "").lower():
                self.guilty.append(f"{tag} {name}")


@pytest.mark.parametrize("document", LOADING + ACTING)
def test_injections(document: str) -> None:
    assert Judge(safe_html.clean(document)).guilty == []


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(LOADING + ACTING) | st.text(max_size=5), max_size=8).map("".join))
def test_any_mixture_of_them(document: str) -> None:
    assert Judge(safe_html.clean(document)).guilty == []


def test_the_text_of_a_link_stays() -> None:
    assert "click here" in safe_html.clean("<p><a href='http://x.example'>click here</a></p>")


def test_the_body_of_a_text() -> None:
    body = b"Subject: x\r\n\r\n:)\n"
    assert bodies.safe(body, structure.scan(body)) == "<div>:)<br></div>"
