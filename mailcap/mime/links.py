"""The links of a message: what a reader could follow.

These are ``http``, ``https`` and ``ftp`` URLs, as they were written: in texts, and
in HTML the targets of ``<a>`` and ``<area>`` and the URLs in visible text.  Images,
style sheets and name spaces are no links.  Other schemes are left out because the
list is shown as something to click on (``javascript://…`` would be, too).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from mailcap.mime.markup import MAX_LENGTH, TEXTLESS, Kind, next_token, unescape

MAX_LINKS = 1_000
MAX_LINK = 8_192  # characters; a longer one is left out
MAX_TOTAL = 262_144  # characters of all links
_MAX_STEPS = 200_000

_SCHEME = re.compile(r"(?:https?|ftp)\Z", re.IGNORECASE)
_LONGEST_SCHEME = len("https")
_REST = re.compile(r'[^\s<>"\x00-\x20\x7f]+')
_LINK = re.compile(r"(?:https?|ftp)://[^\s/]", re.IGNORECASE)
# In HTML: the mark of a URL, a tag that can be passed over at once, or another "<".
_SKIM = re.compile(
    rf"""(://)|<(?!(?:a|area|{"|".join(TEXTLESS)})[\s/>])/?[a-z][a-z0-9:-]*+"""
    r"""(?:[^<>"']++|"[^"<>]*+"|'[^'<>]*+'){0,100}>|(<)(?=[a-z!/?])""",
    re.IGNORECASE,
)
_LINE_BREAKS = str.maketrans("", "", "\t\r\n")
# What ends a sentence or encloses a URL, rather than being a part of it.
_TRAILING = ".,;:!?'`*_~|\\…。，、；：！？”’»"  # noqa: RUF001
_BRACKETS = {")": "(", "]": "[", "}": "{", "）": "（", "」": "「", "】": "【"}  # noqa: RUF001


def find(*sources: tuple[str, bool]) -> list[str]:
    """Return the links of *sources* in order of appearance, each once.

    A source is a text, and whether it is HTML.
    """
    links = _Links()
    for text, is_html in sources:
        if is_html:
            links.add_html(text)
        else:
            links.add_text(text)
    return list(links.found)


class _Links:
    """Collects links, in order and each once, as far as the limits allow."""

    def __init__(self) -> None:
        self.found: dict[str, None] = {}
        self._room = MAX_TOTAL

    def add_text(self, text: str) -> None:
        position = 0
        for _ in range(_MAX_STEPS):
            mark = text.find("://", position)
            if mark < 0:
                return
            position = self._add_around(text, mark)

    def add_html(self, html: str) -> None:
        position = 0
        html = html[:MAX_LENGTH]
        for _ in range(_MAX_STEPS):
            found = _SKIM.search(html, position)
            if not found:
                return
            if found[1]:
                position = self._add_around(html, found.start(), unescape)
            elif found[2]:
                token, position = next_token(html, found.start())
                if token and token.kind is Kind.START and token.value in ("a", "area"):
                    self._add_target(token.attributes.get("href", ""))
            else:
                position = found.end()

    def _add_around(self, text: str, mark: int, decode: Callable[[str], str] = str) -> int:
        """Add the URL around the ``://`` at *mark*; return the offset behind."""
        scheme = _SCHEME.search(text, max(mark - _LONGEST_SCHEME, 0), mark)
        # Only then: what follows is looked at once for each URL, not for each mark.
        rest = _REST.match(text, mark + 3) if scheme else None
        if not scheme or not rest:
            return mark + 3
        decoded = _REST.match(decode(rest[0]))
        if decoded:
            self._add(text[scheme.start() : mark + 3] + _trimmed(decoded[0]))
        return rest.end()

    def _add_target(self, target: str) -> None:
        if target not in self.found:
            # Browsers drop line breaks inside and white space around it, too.
            self._add(target.translate(_LINE_BREAKS).strip())

    def _add(self, link: str) -> None:
        if (
            link not in self.found
            and len(link) <= min(MAX_LINK, self._room)
            and len(self.found) < MAX_LINKS
            and _LINK.match(link)
        ):
            self.found[link] = None
            self._room -= len(link)


def _trimmed(rest: str) -> str:
    """Cut off punctuation behind a URL, and brackets that close around it."""
    unmatched: dict[str, int] = {}
    end = len(rest)
    while end:
        last = rest[end - 1]
        if last in _BRACKETS:
            if last not in unmatched:
                unmatched[last] = rest.count(last) - rest.count(_BRACKETS[last])
            if unmatched[last] <= 0:
                break
            unmatched[last] -= 1
        elif last not in _TRAILING:
            break
        end -= 1
    return rest[:end]
