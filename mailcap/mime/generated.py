"""The form of a body that its sender left out: HTML of a text, text of HTML."""

from __future__ import annotations

import re
from html import escape

from mailcap.mime.markup import Kind, Token, names, tokens

_HEAD = (
    '<html><head><meta http-equiv="content-type" content="text/html; charset=utf-8" />'
    "</head><body><div>"
)
_TAIL = "</div></body></html>"
_LINE_END = re.compile(r"\r\n|\r|\n")
_SPACES = re.compile(r"[ \t\n\f\r]+")

_PARAGRAPHS = names("blockquote dl fieldset figure form h1 h2 h3 h4 h5 h6 hr ol p pre table ul")
_BLOCKS = names(
    "address article aside body caption center dd details div dt figcaption footer header html "
    "legend li main nav option section summary tr"
)
_CELLS = frozenset({"td", "th"})


def html_of_text(text: str) -> str:
    """Return a document that shows *text*: the one that Mailsac makes."""
    return f"{_HEAD}{_LINE_END.sub('<br />', escape(text, quote=False))}{_TAIL}"


def division_of_text(text: str) -> str:
    """Return what `safe_html.clean` makes of `html_of_text`, without its limits."""
    escaped = escape(text.replace("\0", ""), quote=False).replace("\xa0", "&nbsp;")
    return f"<div>{_LINE_END.sub('<br>', escaped)}</div>"


def text_of_html(document: str) -> str:
    """Return *document* in plain words.

    Links become ``[n]`` behind their text, and are listed at the end.
    """
    renderer = _Renderer()
    for token in tokens(document):
        renderer.take(token)
    return renderer.text()


class _Renderer:
    """Writes the text of tokens, line by line."""

    def __init__(self) -> None:
        self._out: list[str] = []
        self._line_breaks = 2  # at the end of what is written; two make an empty line
        self._space = False  # one is due before the next word
        self._bullet = False  # so is the mark of a list item
        self._target: str | None = None  # of the link that is open
        self._notes: dict[str, int] = {}
        self._preformatted = 0

    def take(self, token: Token) -> None:
        if token.kind is Kind.START:
            self._start(token)
        elif token.kind is Kind.END:
            self._end(token.value)
        elif self._preformatted:
            self._write(token.value)
        else:
            self._words(token.value)

    def text(self) -> str:
        written = "".join(self._out).strip("\n")
        notes = [f"[{number}] {target}" for target, number in self._notes.items()]
        return "\n".join([written, "", *notes] if notes else [written])

    def _start(self, token: Token) -> None:
        match token.value:
            case "br":
                self._write("\n")
            case "a":
                self._end_link()
                self._target = token.attributes.get("href", "").strip()
            case "img":
                self._words(token.attributes.get("alt", ""))
            case "pre":
                self._preformatted += 1
            case "li":
                self._bullet = True
            case "td" | "th":
                self._space = True
        self._break_around(token.value)

    def _end(self, name: str) -> None:
        if name == "a":
            self._end_link()
        elif name == "pre":
            self._preformatted = max(self._preformatted - 1, 0)
        self._break_around(name)

    def _break_around(self, name: str) -> None:
        wanted = 2 if name in _PARAGRAPHS else int(name in _BLOCKS)
        if self._line_breaks < wanted:
            self._write("\n" * (wanted - self._line_breaks))

    def _end_link(self) -> None:
        if self._target and not self._target.startswith("#"):
            number = self._notes.setdefault(self._target, len(self._notes) + 1)
            self._write(f" [{number}]" if self._line_breaks == 0 else f"[{number}]")
        self._target = None

    def _words(self, text: str) -> None:
        words = _SPACES.sub(" ", text)
        self._space |= words.startswith(" ")
        if words.strip(" "):
            if self._bullet:
                words, self._bullet = f"* {words.lstrip(' ')}", False
            lead = " " if self._space and self._line_breaks == 0 else ""
            self._write(lead + words.strip(" "))
            self._space = words.endswith(" ")

    def _write(self, text: str) -> None:
        self._out.append(text)
        rest = text.rstrip("\n")
        self._line_breaks = len(text) - len(rest) + (self._line_breaks if not rest else 0)
