"""The document that describes the API, in OpenAPI 3.1, made from the routes themselves."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import Any

from mailcap.web.api.schemas import PROBLEM, Schema
from mailcap.web.payload import Body
from mailcap.web.routing import Parameter, Result, Route

_VARIABLE = re.compile(r"{(\w+)}")
_PARTS = {
    "email": "An address; upper and lower case are the same, and a +tag names the same inbox.",
    "message_id": "The _id of a message.",
    "domain": "A domain name.",
    "account": "The name of an account.",
    "name": "The name of a user, or of who may be denied: a domain or an IP address.",
    "label": "A label.",
    "folder": "inbox, all, sent, spam, trash or drafts.",
    "read": "true or false.",
    "private": "true or false.",
    "identifier": "The MD5 of an attachment, its Content-ID or its file name.",
    "checksum": "The MD5 of an attachment, in hexadecimal digits.",
    "text": "What may be an address.",
}
_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"
_SECURITY = {
    "header": {"type": "apiKey", "in": "header", "name": "Mailsac-Key"},
    "query": {"type": "apiKey", "in": "query", "name": "_mailsacKey"},
}

Object = dict[str, Any]


def describe(routes: Iterable[Route]) -> Object:
    """Return the document that describes *routes*, as far as they are not hidden."""
    schemas = Schemas()
    paths: dict[str, Object] = {}
    for route in routes:
        if not route.hidden:
            paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "mailcap",
            "version": version("mailcap"),
            "summary": "Captured e-mail: the REST API of Mailsac, self-hosted.",
        },
        "servers": [{"url": "/"}],
        "security": [{name: []} for name in _SECURITY],
        "paths": paths,
        "components": {"schemas": schemas.components, "securitySchemes": _SECURITY},
    }


class Schemas:
    """Schemas by their titles: each is described once and referred to everywhere."""

    def __init__(self) -> None:
        self.components: dict[str, Object] = {}

    def refer(self, schema: Schema) -> Object:
        """Return *schema* with references in place of all that have a title."""
        title = schema.get("title")
        if title is None:
            return self._inside(schema)
        if title not in self.components:
            self.components[title] = {}  # it may refer to itself
            self.components[title] = self._inside(schema)
        return {"$ref": f"#/components/schemas/{title}"}

    def _inside(self, schema: Schema) -> Object:
        found = dict(schema)
        if isinstance(found.get("items"), Mapping):
            found["items"] = self.refer(found["items"])
        if "properties" in found:
            found["properties"] = {
                name: self.refer(one) for name, one in found["properties"].items()
            }
        for several in ("anyOf", "oneOf", "allOf"):
            if several in found:
                found[several] = [self.refer(one) for one in found[several]]
        if isinstance(found.get("additionalProperties"), Mapping):
            found["additionalProperties"] = self.refer(found["additionalProperties"])
        return found


def _operation(route: Route, schemas: Schemas) -> Object:
    summary, _, more = (inspect.getdoc(route.handler) or "").partition("\n")
    words = [word for word in re.split(r"\W+", route.path.removeprefix("/api")) if word]
    operation: Object = {
        "operationId": "_".join([route.method.lower(), *words]),
        "tags": [words[0]],
        "summary": summary,
    }
    if more.strip():
        operation["description"] = " ".join(more.split())
    parameters = [_part(name) for name in _VARIABLE.findall(route.path)]
    parameters += [_parameter(one, schemas) for one in route.parameters]
    if parameters:
        operation["parameters"] = parameters
    if route.body is not None:
        operation["requestBody"] = _body(route.body, schemas)
    operation["responses"] = {
        str(route.result.status): _response(route.result, schemas),
        "default": {
            "description": "It could not be done; message says why.",
            "content": {_JSON: {"schema": schemas.refer(PROBLEM)}},
        },
    }
    if route.open:
        operation["security"] = []
    return operation


def _part(name: str) -> Object:
    found = {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
    return found | ({"description": _PARTS[name]} if name in _PARTS else {})


def _parameter(parameter: Parameter, schemas: Schemas) -> Object:
    spellings = parameter.spellings or (parameter.name,)
    text = parameter.help
    if len(spellings) > 1:
        text = f"{text} May be spelt {' or '.join(spellings[1:])}.".strip()
    found: Object = {
        "name": spellings[0],
        "in": "query",
        "required": parameter.required,
        "schema": schemas.refer(parameter.schema),
    }
    return found | ({"description": text} if text else {})


def _body(body: Body, schemas: Schemas) -> Object:
    schema: Object = {
        "type": "object",
        "properties": {field.name: schemas.refer(field.schema) for field in body.fields},
    }
    required = [field.name for field in body.fields if field.required]
    if required:
        schema["required"] = required
    return {
        "required": bool(required),
        "content": {_JSON: {"schema": schema}, _FORM: {"schema": schema}},
    }


def _response(result: Result, schemas: Schemas) -> Object:
    found: Object = {"description": "Done."}
    if result.content_type is not None:
        name = result.content_type.partition(";")[0]
        media: Object = {} if name == _JSON else {"schema": {"type": "string"}}
        if result.schema is not None:
            media = {"schema": schemas.refer(result.schema)}
        found["content"] = {name: media}
        if result.also is not None:
            found["content"][result.also.partition(";")[0]] = {"schema": {"type": "string"}}
    return found
