"""HTML that does nothing and loads nothing: what ``/body`` serves.

`nh3` decides what is safe, with a list of what may stay.  In front of it stands an
outline of the document, made from tokens and bounded in depth and size, since the
tree builder inside `nh3` compares each tag with all open ones: 20,000 ``<font>``
tags (300 KB) kept it busy for 8 s, and it can't be interrupted.
"""

from __future__ import annotations

import re
from functools import cache
from html import escape
from typing import TYPE_CHECKING

from mailcap.mime.markup import Kind, Token, names, tokens

if TYPE_CHECKING:
    import nh3

MAX_DEPTH = 128
MAX_ELEMENTS = 50_000  # what stands in further ones stays, without its tags

_VOID = frozenset({"br", "col", "hr", "wbr"})
_TAGS = _VOID | names(
    "a abbr address article aside b bdi bdo big blockquote caption center cite code colgroup dd "
    "del details dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hgroup i "
    "ins kbd li main mark nav ol p pre q rp rt ruby s samp section small span strike strong sub "
    "summary sup table tbody td tfoot th thead time tr tt u ul var"
)
_ATTRIBUTES = names(
    "align bgcolor border cellpadding cellspacing char charoff color colspan datetime dir face "
    "height lang nowrap reversed rowspan rules scope size span start style summary title type "
    "valign width"
)
_STYLES = names(
    "background background-color border border-bottom border-bottom-color border-bottom-style "
    "border-bottom-width border-collapse border-color border-left border-left-color "
    "border-left-style border-left-width border-radius border-right border-right-color "
    "border-right-style border-right-width border-spacing border-style border-top "
    "border-top-color border-top-style border-top-width border-width clear color direction "
    "display float font font-family font-size font-style font-variant font-weight height "
    "letter-spacing line-height list-style-type margin margin-bottom margin-left margin-right "
    "margin-top max-height max-width min-height min-width padding padding-bottom padding-left "
    "padding-right padding-top text-align text-decoration text-indent text-transform "
    "vertical-align white-space width word-break word-spacing word-wrap"
)
# Colours are the only functions; no backslash, comment or at-rule.
_COLOUR = re.compile(r"\b(?:rgb|hsl)a?\([\w\s%.,/]*+\)", re.IGNORECASE)
_STYLE_VALUE = re.compile(r"[\w\s#%.,!'\"+-]*+")

# Which open elements a start tag ends, and behind which of them it does not look.
_CELLS = frozenset({"td", "th"})
_SCOPE = _CELLS | {"caption", "table"}
_SECTIONS = frozenset({"tbody", "tfoot", "thead"})
_P = (frozenset({"p"}), _SCOPE)
_ENDS = {
    **dict.fromkeys(
        names(
            "address article aside blockquote center details div dl figcaption figure footer h1 h2 "
            "h3 h4 h5 h6 header hgroup hr main nav ol p pre section summary table ul"
        ),
        _P,
    ),
    "li": (frozenset({"li"}), _SCOPE | {"ol", "ul"}),
    **dict.fromkeys(("dd", "dt"), (frozenset({"dd", "dt"}), _SCOPE | {"dl"})),
    **dict.fromkeys(_CELLS, (_CELLS | {"caption"}, frozenset({"table", "tr"}))),
    "tr": (_CELLS | {"caption", "colgroup", "tr"}, frozenset({"table"})),
    **dict.fromkeys(
        _SECTIONS, (_CELLS | _SECTIONS | {"caption", "colgroup", "tr"}, frozenset({"table"}))
    ),
}
_TABLE_TAGS = _SCOPE | _SECTIONS | {"colgroup", "tr"}


def clean(document: str) -> str:
    """Return what may be shown of *document*, without its html, head and body tags.

    Scripts, forms, frames, images, targets of links and whatever else acts or loads
    are gone; texts stay.
    """
    outline = _Outline()
    for token in tokens(document):
        outline.take(token)
    return _cleaner().clean(outline.html())


@cache
def _cleaner() -> nh3.Cleaner:
    # Imported at the first use: the command line and the intake path never need it.
    import nh3

    return nh3.Cleaner(
        tags=set(_TAGS),
        attributes={"*": set(_ATTRIBUTES)},
        filter_style_properties=set(_STYLES),
        link_rel=None,
        url_schemes=set(),
    )


class _Outline:
    """A document made anew from tokens: each element ends where it should."""

    def __init__(self) -> None:
        self._out: list[str] = []
        self._open: list[str] = []
        self._elements = 0

    def html(self) -> str:
        self._close_from(0)
        return "".join(self._out)

    def take(self, token: Token) -> None:
        if token.kind is Kind.TEXT:
            self._out.append(escape(token.value, quote=False))
        elif token.value in _TAGS:
            if token.kind is Kind.START:
                self._start(token)
            else:
                self._end(token.value)

    def _start(self, token: Token) -> None:
        name = token.value
        if name in _ENDS:
            self._end_implied(*_ENDS[name])
        if self._elements >= MAX_ELEMENTS:
            return
        if name not in _VOID:
            if len(self._open) >= MAX_DEPTH:
                return
            self._open.append(name)
        self._elements += 1
        self._out.append(f"<{name}{_attributes(token)}>")

    def _end(self, name: str) -> None:
        if name not in self._open:
            return
        for level in range(len(self._open) - 1, -1, -1):
            if self._open[level] == name:
                self._close_from(level)
                return
            if self._open[level] in _SCOPE and name not in _TABLE_TAGS:
                return

    def _end_implied(self, ends: frozenset[str], limits: frozenset[str]) -> None:
        if ends.isdisjoint(self._open):
            return
        outermost = len(self._open)
        for level in range(len(self._open) - 1, -1, -1):
            if self._open[level] in limits:
                break
            if self._open[level] in ends:
                outermost = level
        self._close_from(outermost)

    def _close_from(self, level: int) -> None:
        while len(self._open) > level:
            self._out.append(f"</{self._open.pop()}>")


def _attributes(token: Token) -> str:
    kept = []
    for name, value in token.attributes.items():
        if name in _ATTRIBUTES:
            shown = _style(value) if name == "style" else value
            kept.append(f' {name}="{escape(shown)}"')
    return "".join(kept)


def _style(value: str) -> str:
    declarations = [declaration.partition(":") for declaration in value.split(";")]
    return ";".join(
        [
            f"{name}:{value}"
            for name, _, value in declarations
            if name.strip().lower() in _STYLES and _STYLE_VALUE.fullmatch(_COLOUR.sub("", value))
        ]
    )
