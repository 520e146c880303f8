"""The text and the HTML of a message: which parts they are, and what they show.

Of a multipart/alternative both are taken, of a multipart/related the root, of
anything else the first part that is a text; an HTML part without a file name that
follows a plain one counts as its other form, since some senders write ``mixed``
for ``alternative``.  A part with disposition ``attachment`` is never chosen.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from mailcap.mime import content, generated, safe_html
from mailcap.mime.markup import unescape
from mailcap.mime.structure import Part

MAX_INLINED = 32 * 1024 * 1024  # characters of data: URLs in one document

_READABLE = frozenset({"plain", "enriched", "richtext", "markdown"})
_CID = re.compile(r"""(?<=["'\s=(])cid:([^"'\s>)]+)""", re.IGNORECASE)
_MEDIA_TYPE = re.compile(r"image/[a-z0-9.+-]+|application/octet-stream")


@dataclass(frozen=True, slots=True)
class Bodies:
    """The parts that are a message's text and its HTML."""

    text: Part | None = None
    html: Part | None = None

    def __iter__(self) -> Iterator[Part]:
        """Yield those there are, in the order of the message."""
        parts = [part for part in (self.text, self.html) if part is not None]
        return iter(sorted(parts, key=lambda part: part.start))


_NONE = Bodies()


def choose(part: Part) -> Bodies:
    """Return which leaves of *part* are its text and its HTML."""
    if part.type == "text":
        return _leaf(part)
    if part.type != "multipart":
        return _NONE
    if part.subtype == "related":
        return choose(_related_root(part))
    if part.subtype == "alternative":
        forms = [choose(child) for child in part.children]
        return Bodies(
            next((form.text for form in forms if form.text), None),
            next((form.html for form in reversed(forms) if form.html), None),
        )
    unnamed = [child for child in part.children if not _has_file_name(child)]
    chosen = _first(unnamed)
    return _first(part.children) if chosen == _NONE else chosen


def _leaf(part: Part) -> Bodies:
    if part.disposition == "attachment":
        return _NONE
    if part.subtype == "html":
        return Bodies(html=part)
    return Bodies(text=part) if part.subtype in _READABLE else _NONE


def _related_root(part: Part) -> Part:
    """Return the child that ``start`` names, else the first (RFC 2387 section 3)."""
    start = part.parameters.get("start")
    named = (child for child in part.children if start and child.id == start)
    return next(named, part.children[0])


def _first(children: Sequence[Part]) -> Bodies:
    chosen = _NONE
    for child in children:
        candidate = choose(child)
        if chosen == _NONE:
            chosen = candidate
        elif candidate.html and child.type == "text":
            return Bodies(chosen.text, candidate.html)
        if chosen.html:
            break
    return chosen


def _has_file_name(part: Part) -> bool:
    return bool(part.disposition_parameters.get("filename") or part.parameters.get("name"))


def text(body: bytes, root: Part) -> str:
    """Return the text as it was sent; without one, the HTML in plain words."""
    chosen = choose(root)
    if chosen.text:
        return content.text(body, chosen.text)
    return generated.text_of_html(content.text(body, chosen.html)) if chosen.html else ""


def html(body: bytes, root: Part) -> str:
    """Return the HTML as it was sent; without one, a document that shows the text."""
    chosen = choose(root)
    if chosen.html:
        return content.text(body, chosen.html)
    return generated.html_of_text(content.text(body, chosen.text) if chosen.text else "")


def dirty(body: bytes, root: Part) -> str:
    """Return what `html` does, with images of the message in place of ``cid:`` URLs.

    Nothing is taken out of it.  An image that would make the images longer than
    `MAX_INLINED` together stays a ``cid:`` URL.
    """
    document = html(body, root)
    return _inline(document, body, root) if "cid:" in document.lower() else document


def safe(body: bytes, root: Part) -> str:
    """Return the HTML, or the text as HTML, without anything active or from elsewhere."""
    chosen = choose(root)
    if chosen.html:
        return safe_html.clean(content.text(body, chosen.html))
    return generated.division_of_text(content.text(body, chosen.text) if chosen.text else "")


def _inline(document: str, body: bytes, root: Part) -> str:
    images = {
        part.id.strip("<> "): part
        for part in root.leaves()
        if part.id and _MEDIA_TYPE.fullmatch(part.content_type)
    }
    urls: dict[str, str] = {}
    room = MAX_INLINED

    def replace(found: re.Match[str]) -> str:
        nonlocal room
        name = unquote(unescape(found[1]))
        if name in images and name not in urls:
            urls[name] = _data_url(body, images[name])
        url = urls.get(name)
        if url is None or len(url) > room:
            return found[0]
        room -= len(url)
        return url

    return _CID.sub(replace, document)


def _data_url(body: bytes, part: Part) -> str:
    return f"data:{part.content_type};base64,{b64encode(content.octets(body, part)).decode()}"
