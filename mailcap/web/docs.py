"""``/api/openapi.json``, and ``/api/docs``: the same as a page that needs nothing else."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from hashlib import sha256
from html import escape
from itertools import groupby

from mailcap.web.openapi import Object, describe
from mailcap.web.replies import HTML, JSON, Reply, to_json
from mailcap.web.routing import Result, Route

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "h3{margin:2.5rem 0 .3rem}h3 code{font-size:1rem}table{border-collapse:collapse}"
    "td{padding:.2rem 1rem .2rem 0;vertical-align:top;border-top:1px solid #ccc}"
    "pre{background:#f4f4f4;padding:.7rem;overflow:auto}"
)
_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode()
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)
_HEADERS = (("Content-Security-Policy", _POLICY), ("Referrer-Policy", "no-referrer"))


class Docs:
    """The routes that describe all *routes*; these are asked for when they are all there."""

    def __init__(self, routes: Callable[[], Sequence[Route]]) -> None:
        self._all = routes

    @property
    def routes(self) -> tuple[Route, ...]:
        """The table of these routes."""
        return (
            Route("GET", "/api/openapi.json", self.document, open=True, result=Result()),
            Route(
                "GET",
                "/api/docs",
                self.page,
                open=True,
                result=Result(content_type=HTML),
            ),
        )

    async def document(self) -> Reply:
        """Return the description of this API in OpenAPI 3.1."""
        return self._document

    async def page(self) -> Reply:
        """Return the description of this API as a page to be read."""
        return self._page

    @cached_property
    def _described(self) -> Object:
        return describe(self._all())

    @cached_property
    def _document(self) -> Reply:
        return Reply(200, to_json(self._described), JSON)

    @cached_property
    def _page(self) -> Reply:
        return Reply(200, "\n".join(_page(self._described)).encode(), HTML, _HEADERS)


def _page(document: Object) -> Iterator[str]:
    info = document["info"]
    title = escape(f"{info['title']} {info['version']}: the API")
    yield f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
    yield f"<style>{_STYLE}</style></head><body><h1>{title}</h1><p>{escape(info['summary'])}</p>"
    yield (
        "<p>A key goes into the header <code>Mailsac-Key</code> or the parameter"
        ' <code>_mailsacKey</code>. For programs: <a href="/api/openapi.json">openapi.json</a>.</p>'
    )
    operations = [
        (method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    operations.sort(key=lambda one: (one[2]["tags"][0], one[1], one[0]))
    for tag, some in groupby(operations, key=lambda one: one[2]["tags"][0]):
        yield f"<h2>{escape(tag)}</h2>"
        for method, path, operation in some:
            yield from _operation(method, path, operation)
    yield "<h2>Objects</h2>"
    for name, schema in sorted(document["components"]["schemas"].items()):
        yield f'<h3 id="{escape(name)}">{escape(name)}</h3>'
        yield f"<pre>{escape(json.dumps(schema, indent=2))}</pre>"
    yield "</body></html>"


def _operation(method: str, path: str, operation: Object) -> Iterator[str]:
    yield f'<h3 id="{operation["operationId"]}"><code>{method.upper()} {escape(path)}</code></h3>'
    yield f"<p>{escape(operation['summary'])}</p>"
    if "description" in operation:
        yield f"<p>{escape(operation['description'])}</p>"
    if parameters := operation.get("parameters"):
        yield "<table>"
        for one in parameters:
            cells = [
                f"<code>{escape(one['name'])}</code>",
                one["in"],
                f"<code>{escape(_kind(one['schema']))}</code>",
                escape(one.get("description", "")),
            ]
            yield f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
        yield "</table>"
    if body := operation.get("requestBody"):
        schema = next(iter(body["content"].values()))["schema"]
        yield f"<p>Body:</p><pre>{escape(json.dumps(schema, indent=2))}</pre>"
    for status, response in operation["responses"].items():
        if status != "default":
            yield f"<p>Answers {status}{_answer(response)}.</p>"


def _answer(response: Object) -> str:
    for name, media in response.get("content", {}).items():
        return f", {escape(name)} {_linked(media.get('schema', {}))}".rstrip()
    return " without a body"


def _linked(schema: Object) -> str:
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#{name}">{name}</a>'
    if "items" in schema:
        return f"array of {_linked(schema['items'])}"
    return f"<code>{escape(json.dumps(schema))}</code>" if "properties" in schema else ""


def _kind(schema: Object) -> str:
    kind = schema.get("type", "any")
    limits = [
        f"{name} {schema[name]}" for name in ("minimum", "maximum", "default") if name in schema
    ]
    return ", ".join([str(kind), *limits])
