"""Whatever is asked of the API, the answer is what its own description says.

schemathesis makes requests of the description, with values that fit it and values that do
not.  Not asked are the checks that mailcap fails on purpose: it is as tolerant as Mailsac
with what it reads, says "no" to texts that are no address or no name, and whoever shows a
wrong key waits for the answer.
"""

import json

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from support.daemon import Access, Daemon
from support.rest import Api
from support.smtp import Client

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = 15  # of each route, of values that fit and of values that do not
PUBLIC, RESERVED, OWNED = "any@public.example", "mine@reserved.example", "any@owned.example"
MESSAGE = b"""\
From: Ann <ann@sender.example>
To: any@public.example
Subject: =?utf-8?q?sch=C3=B6n?=
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/html

<p>Your code is 739204: <a href="https://example.com/in">in</a></p>
--b
Content-Type: text/plain
Content-ID: <one@sender.example>
Content-Disposition: attachment; filename=a.txt

hello
--b--
""".replace(b"\n", b"\r\n")
BODY = {"name": "third", "label": "third", "domain": "third.example", "addresses": [OWNED]}
PERIOD = {"startDate": "2026-01-01T00:00:00Z", "endDate": "2126-01-01T00:00:00Z"}
CHECKSUM = "5d41402abc4b2a76b9719d911017c592"  # of "hello"


@pytest.fixture
def server(daemon) -> Daemon:
    """A daemon for one test alone: accounts, domains and mail come and go."""
    return daemon()


@pytest.fixture
def places(server: Daemon, api: Api) -> list[dict[str, str]]:
    """Values for the variable parts of paths, by name, that lead to something together."""
    server.command("address", "reserve", RESERVED)
    server.command("domain", "add", "owned.example")
    server.command("account", "add", "second")
    server.command("key", "add", "one", "--account", "second")
    user = json.dumps({"name": "one", "label": "one"}).encode()
    assert api.request("POST", "/account/users", body=user).status == 200
    with Client(server.access.smtp) as client:
        client.expect(250, "EHLO described.example")
        return [
            {
                "email": inbox,
                "message_id": f"{client.deliver(MESSAGE, inbox).base}-0",
                "domain": "owned.example",
                "account": account,
                "label": "one",
                "name": "one",
                "identifier": identifier,
                "checksum": CHECKSUM,
                "folder": "trash",
                "read": "true",
                "private": "false",
            }
            for inbox in (PUBLIC, RESERVED, OWNED)
            for identifier in (CHECKSUM, "a.txt", "one@sender.example")
            for account in ("admin", "second")
        ]


def in_order(operation) -> tuple[bool, int]:
    """What removes things comes last, and first of that what removes little."""
    return operation.method == "delete" or "delete" in operation.path, -len(operation.path)


def lead(case, place: dict[str, str]) -> None:
    """Have *case* ask for something that is there, and say something that can be done."""
    parts = {name: place[name] for name in case.path_parameters if name in place}
    case.path_parameters.update(parts)
    if isinstance(case.body, dict):
        case.body = {name: value for name, value in BODY.items() if name in case.body}
    case.query = {name: value for name, value in PERIOD.items() if name in case.query}


def ask(route, places: list[dict[str, str]], access: Access) -> set[str]:
    """Ask *route* for many things; return the statuses of its answers."""
    base = access.api_url.removesuffix("/api")
    statuses = set()

    @given(
        st.one_of([route.as_strategy(generation_mode=mode) for mode in GenerationMode]),
        st.none() | st.sampled_from(places),
    )
    @settings(
        max_examples=EXAMPLES,
        phases=[Phase.generate],
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    def check(case, place) -> None:
        if place:
            lead(case, place)
        if route.path.endswith("/wait"):
            case.query["timeout"] = "0.02"  # it may be 300 s
        answer = case.call(base_url=base, headers={"Mailsac-Key": access.api_key})
        statuses.add(str(answer.status_code))
        case.validate_response(answer, checks=CHECKS)

    check()
    return statuses


def test_answers_are_as_described(server, api: Api, places) -> None:
    document = api.request("GET", "/openapi.json").json
    routes = [one.ok() for one in schemathesis.openapi.from_dict(document).get_all_operations()]
    wrong, missed = [], set()
    for route in sorted(routes, key=in_order):
        try:
            if not ask(route, places, server.access) & set(route.definition.raw["responses"]):
                missed.add(route.label)
        except (Failure, FailureGroup) as failure:
            wrong.append(f"{route.label}: {failure}")
    assert not wrong, "\n\n".join(wrong)
    assert len(missed) < len(routes) / 5, missed
