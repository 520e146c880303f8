"""What is in a message: its source, its header and its body in several forms."""

from __future__ import annotations

from collections.abc import Callable

from mailcap.domain.accounts import Identity
from mailcap.domain.errors import InvalidValue
from mailcap.domain.messages import Content, Message
from mailcap.mime import bodies, headers
from mailcap.mime.structure import scan
from mailcap.services.mail import Mail
from mailcap.web.api.computing import Computing
from mailcap.web.api.messages import MESSAGE, found_or_not
from mailcap.web.api.parameters import DOWNLOAD
from mailcap.web.api.schemas import HEADERS, LEGACY_HEADERS
from mailcap.web.replies import HTML, JSON, TEXT, Headers, Reply, attachment, to_json
from mailcap.web.routing import Handler, Parameter, Result, Route

_BELOW = "{email}/{message_id}"
_FORMATS = {"json": "json", "json-ordered": "list", "ordered-json": "list", "plain": "text"}
# What a stranger wrote runs nothing, loads nothing and does not learn the URL, which
# may have a key in it.
HARMLESS: Headers = (
    (
        "Content-Security-Policy",
        "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'",
    ),
    ("Referrer-Policy", "no-referrer"),
)

View = Callable[[Content], bytes]


def read_format(text: str) -> str:
    """Return a format of headers, in any spelling that Mailsac has had for it."""
    if text not in _FORMATS:
        raise InvalidValue(f"this is none of {', '.join(_FORMATS)}.")
    return _FORMATS[text]


FORMAT = Parameter(
    "form",
    read_format,
    "json",
    spellings=("messageHeadersFormat", "format"),
    schema={"enum": list(_FORMATS)},
    help="json: an object of arrays; json-ordered: an array; plain: text.",
)
_TEXT = Result(content_type=TEXT)
_HTML = Result(content_type=HTML)


def text(content: Content) -> bytes:
    """Return the text, or the HTML in plain words."""
    return _encoded(bodies.text(content.body, scan(content.body)))


def dirty(content: Content) -> bytes:
    """Return the HTML as it was sent, images of the message inlined."""
    return _encoded(bodies.dirty(content.body, scan(content.body)))


def safe(content: Content) -> bytes:
    """Return the HTML without anything that acts or loads."""
    return _encoded(bodies.safe(content.body, scan(content.body)))


def header_object(content: Content) -> bytes:
    """Return an object of arrays."""
    return to_json(headers.as_object(_fields(content)))


def header_list(content: Content) -> bytes:
    """Return an array of names and values."""
    return to_json(headers.as_list(_fields(content)))


def header_text(content: Content) -> bytes:
    """Return lines."""
    return _encoded(headers.as_text(_fields(content)))


def legacy_header_object(content: Content) -> bytes:
    """Return an object of strings, and of arrays where a name is repeated."""
    return to_json(headers.as_legacy_object(_fields(content)))


_HEADER_VIEWS: dict[str, tuple[View, str, str]] = {
    "json": (header_object, JSON, "json"),
    "list": (header_list, JSON, "json"),
    "text": (header_text, TEXT, "txt"),
}


class BodyRoutes:
    """The routes of messages as bytes."""

    def __init__(self, mail: Mail, computing: Computing) -> None:
        self._mail = mail
        self._computing = computing

    @property
    def routes(self) -> tuple[Route, ...]:
        """The table of these routes."""
        return (
            _route(f"/api/raw/{_BELOW}", self.raw, _TEXT),
            _route(f"/api/text/{_BELOW}", self.text, _TEXT),
            _route(f"/api/dirty/{_BELOW}", self.dirty, _HTML),
            _route(f"/api/body/{_BELOW}", self.body, _HTML),
            _route(f"{MESSAGE}/headers", self.headers, Result(HEADERS, also=TEXT), FORMAT),
            _route(f"/api/headers/{_BELOW}", self.legacy_headers, Result(LEGACY_HEADERS)),
        )

    async def raw(self, who: Identity, email: str, message_id: str, *, download: bool) -> Reply:
        """Return the source of a message, with the lines that mailcap put in front."""
        message, content = await self._content(who, email, message_id)
        return _reply(content.raw, TEXT, _saved(message, ".eml", download))

    async def text(self, who: Identity, email: str, message_id: str, *, download: bool) -> Reply:
        """Return the text of a message."""
        message, body = await self._body(who, email, message_id, text)
        return _reply(body, TEXT, _saved(message, ".txt", download))

    async def dirty(self, who: Identity, email: str, message_id: str, *, download: bool) -> Reply:
        """Return the HTML of a message as it was sent, with its own images in it."""
        message, body = await self._body(who, email, message_id, dirty)
        return _reply(body, HTML, _saved(message, ".html", download) + HARMLESS)

    async def body(self, who: Identity, email: str, message_id: str, *, download: bool) -> Reply:
        """Return the HTML of a message without scripts, images and targets of links."""
        message, body = await self._body(who, email, message_id, safe)
        return _reply(body, HTML, _saved(message, ".html", download) + HARMLESS)

    async def headers(
        self, who: Identity, email: str, message_id: str, *, form: str, download: bool
    ) -> Reply:
        """Return the header fields of a message."""
        view, content_type, extension = _HEADER_VIEWS[form]
        message, header = await self._header(who, email, message_id, view)
        return _reply(header, content_type, _saved(message, f"-headers.{extension}", download))

    async def legacy_headers(
        self, who: Identity, email: str, message_id: str, *, download: bool
    ) -> Reply:
        """Return the header fields of a message as Mailsac did before there were formats."""
        message, header = await self._header(who, email, message_id, legacy_header_object)
        return _reply(header, JSON, _saved(message, "-headers.json", download))

    async def _body(
        self, who: Identity, email: str, message_id: str, view: View
    ) -> tuple[Message, bytes]:
        message, content = await self._content(who, email, message_id)
        return message, await self._computing.of(who, message.size, view, content)

    async def _header(
        self, who: Identity, email: str, message_id: str, view: View
    ) -> tuple[Message, bytes]:
        message, content = await self._content(who, email, message_id)
        octets = len(content.trace) + len(content.header)
        return message, await self._computing.of(who, octets, view, content)

    async def _content(self, who: Identity, email: str, message_id: str) -> tuple[Message, Content]:
        with found_or_not(email, message_id):
            return await self._mail.content(who, email, message_id)


def _route(path: str, handler: Handler, result: Result, *parameters: Parameter) -> Route:
    return Route("GET", path, handler, (*parameters, DOWNLOAD), result=result)


def _reply(body: bytes, content_type: str, headers: Headers) -> Reply:
    return Reply(200, body, content_type, headers)


def _saved(message: Message, suffix: str, download: bool) -> Headers:
    return (attachment(f"{message.id}{suffix}"),) if download else ()


def _fields(content: Content) -> headers.Fields:
    return headers.parse(content.trace + content.header)


def _encoded(view: str) -> bytes:
    return view.encode(errors="replace")
