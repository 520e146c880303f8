"""The description of the API: made of the routes, complete, and true."""

import re
from html.parser import HTMLParser

import pytest

from mailcap.web.api.schemas import TEXT, array, record
from mailcap.web.openapi import Schemas, describe
from mailcap.web.payload import Body, Field
from mailcap.web.routing import Parameter, Result, Route
from web.conftest import PLAIN


@pytest.fixture
def document(ask):
    return ask("GET", "/api/openapi.json", key=None).json


def operations(document):
    return [one for methods in document["paths"].values() for one in methods.values()]


def test_every_route_is_in_it_but_the_hidden(document, build):
    rules = build().resource._app.url_map.iter_rules()
    routes = {tuple(rule.endpoint.split(" ")) for rule in rules}
    described = {
        (method.upper(), path) for path, methods in document["paths"].items() for method in methods
    }
    assert routes - described == {("GET", "/incoming-messages")}
    assert described <= routes


def test_each_operation_says_what_it_does(document):
    names = [operation["operationId"] for operation in operations(document)]
    assert len(names) == len(set(names))
    for operation in operations(document):
        assert operation["summary"].endswith(".")
        assert "default" in operation["responses"]
    assert "get_addresses_email_messages" in names


def test_parameters_of_the_path_are_declared(document):
    for path, methods in document["paths"].items():
        for operation in methods.values():
            declared = [one for one in operation.get("parameters", ()) if one["in"] == "path"]
            assert [one["name"] for one in declared] == re.findall(r"{(\w+)}", path)
            assert all(one["description"] for one in operation.get("parameters", ()))


def test_all_references_lead_somewhere(document):
    found = set(re.findall(r"#/components/schemas/(\w+)", str(document)))
    assert found == document["components"]["schemas"].keys()


def test_who_needs_a_key(document):
    assert document["security"] == [{"header": []}, {"query": []}]
    free = [one["operationId"] for one in operations(document) if one.get("security") == []]
    assert sorted(free) == ["get_docs", "get_healthz", "get_openapi_json", "get_readyz"]


@pytest.mark.parametrize(
    "path", ["/api/me", "/api/addresses/a@b.test/messages", "/healthz", "/api/headers/a@b.test/{}"]
)
def test_answers_are_as_described(ask, mail, document, path):
    message_id = mail.add("a@b.test", PLAIN)
    answer = ask("GET", path.format(message_id)).json
    template = path.replace("a@b.test", "{email}").replace("{}", "{message_id}")
    content = document["paths"][template]["get"]["responses"]["200"]["content"]
    check(answer, content["application/json"]["schema"], document)


def check(value, schema, document) -> None:
    """Assert that *value* is as *schema* says, as far as ours say anything."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    kinds = schema.get("type", [])
    names = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array"}
    kind = names.get(type(value), "object" if isinstance(value, dict) else "null")
    if kinds:
        assert kind in kinds or (kind == "integer" and "number" in kinds), (value, schema)
    if isinstance(value, dict) and "properties" in schema:
        assert value.keys() >= set(schema["required"])
        for name, one in value.items():
            check(one, schema["properties"][name], document)
    if isinstance(value, list):
        for one in value:
            check(one, schema["items"], document)


async def handler(_who):
    """Do something.

    And tell
    more.
    """


def test_bodies_and_parameters():
    thing = record("Thing", name=TEXT)
    how = Parameter("how", str, required=True, spellings=("how", "form"), help="In which way.")
    route = Route(
        "PUT",
        "/api/things/{thing}",
        handler,
        (how,),
        body=Body((Field("a", str, thing, required=True), Field("b", str, TEXT))),
        result=Result(array(thing), status=201, also="text/plain; charset=utf-8"),
    )
    document = describe([route, Route("GET", "/x", handler, hidden=True)])
    operation = document["paths"].pop("/api/things/{thing}")["put"]
    assert document["paths"] == {}
    assert (operation["summary"], operation["description"]) == ("Do something.", "And tell more.")
    part, parameter = operation["parameters"]
    assert (part["name"], part["required"]) == ("thing", True)
    assert parameter["required"] is True
    assert parameter["description"] == "In which way. May be spelt form."
    reference = {"$ref": "#/components/schemas/Thing"}
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    assert schema["properties"] == {"a": reference, "b": TEXT}
    assert schema["required"] == ["a"]
    content = operation["responses"]["201"]["content"]
    assert content["text/plain"] == {"schema": {"type": "string"}}
    assert content["application/json"]["schema"] == {"type": "array", "items": reference}
    assert document["components"]["schemas"]["Thing"]["properties"] == {"name": TEXT}


def test_schemas_inside_others():
    schemas = Schemas()
    thing = record("Thing", name=TEXT)
    reference = {"$ref": "#/components/schemas/Thing"}
    assert schemas.refer({"oneOf": [thing, TEXT]}) == {"oneOf": [reference, TEXT]}
    inside = {"type": "object", "additionalProperties": thing}
    assert schemas.refer(inside) == inside | {"additionalProperties": reference}


class Page(HTMLParser):
    """All that a browser would load, run or follow."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.urls: set[str] = set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.urls |= {value for name, value in attrs if name in ("href", "src", "action")}


def test_the_page_loads_nothing_and_runs_nothing(ask, document):
    answer = ask("GET", "/api/docs", key=None)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    page = Page()
    page.feed(answer.body.decode())
    assert not page.tags & {"script", "img", "link", "iframe", "form"}
    assert {url for url in page.urls if not url.startswith("#")} == {"/api/openapi.json"}
    for operation in operations(document):
        assert f'id="{operation["operationId"]}"' in answer.body.decode()
