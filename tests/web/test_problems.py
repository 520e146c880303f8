"""Every failure has its status, and no failure shows more than its words."""

import json
import re

import pytest
from twisted.logger import formatEvent
from werkzeug.exceptions import MethodNotAllowed, NotFound

from mailcap.domain import errors
from mailcap.web.problems import STATUSES, problem


def subclasses(kind):
    for each in kind.__subclasses__():
        yield each
        yield from subclasses(each)


FAILURES = sorted(
    (kind for kind in subclasses(errors.Failure) if kind.__module__ == errors.__name__),
    key=lambda kind: kind.__name__,
)


def make(kind):
    more = (2.5,) if kind is errors.TooManyFailures else ()
    return kind("some words", *more)


def test_there_are_failures():
    assert len(FAILURES) > 10


@pytest.mark.parametrize("kind", FAILURES)
def test_each_failure_of_the_domain_has_its_own_status(kind, mistakes):
    assert kind in STATUSES
    reply = problem(make(kind), during="GET /x")
    assert reply.status == STATUSES[kind]
    assert 400 <= reply.status < 504
    assert reply.status != 500
    assert list(json.loads(reply.body)) == ["message"]
    assert mistakes == []


@pytest.mark.parametrize(
    "error", [ValueError("secret"), errors.MailcapError("secret"), errors.Failure("secret")]
)
def test_what_nobody_foresaw(error, mistakes):
    reply = problem(error, during="GET /x")
    assert reply.status == 500
    assert b"secret" not in reply.body
    (event,) = mistakes
    assert formatEvent(event) == f"Unhandled error in GET /x: {error!r} at "


def test_a_mistake_takes_one_line_that_says_where_it_was_made(mistakes):
    def deep(levels):
        return deep(levels - 1) if levels else json.loads("two\nlines")

    try:
        deep(9)
    except ValueError as error:
        problem(error, during="GET /x")
    line = formatEvent(mistakes[0])
    assert line.startswith("Unhandled error in GET /x: JSONDecodeError('Expecting value: line 1")
    assert "\n" not in line
    assert re.search(r" at json\.decoder:\d+ \(raw_decode\), json\.decoder:\d+ \(decode\), ", line)
    assert line.count("(deep)") == 3


def test_a_mistake_of_several_lines_takes_one(mistakes):
    problem(RuntimeError("Traceback:\n  File x\nKeyError: 1"), during="GET /x")
    assert "\n" not in formatEvent(mistakes[0])


def test_an_address_that_is_none_is_called_so():
    reply = problem(errors.InvalidAddress("the domain is empty"), during="GET /x")
    message = "This is no e-mail address: the domain is empty."
    assert json.loads(reply.body) == {"message": message}


@pytest.mark.parametrize("kind", [errors.StoreUnavailable, errors.StoreFull])
def test_no_client_learns_why_the_store_is_gone_nor_does_each_fill_the_log(kind, log):
    reply = problem(kind("host 10.1.2.3 refused", detail="host 10.1.2.3"), during="GET /x")
    assert reply.status == 503
    assert b"10.1.2.3" not in reply.body
    assert log == []


def test_failures_of_clients_are_not_logged(log):
    problem(errors.NotFound("x"), during="GET /x")
    assert log == []


def test_what_the_router_raises():
    assert problem(NotFound(), during="routing").status == 404
    reply = problem(MethodNotAllowed(["PUT", "GET"]), during="routing")
    assert (reply.status, reply.headers) == (405, (("Allow", "GET, PUT"),))


@pytest.mark.parametrize("path", ["/api/addresses/a@b.c/messages", "/api/raw/a@b.c/x-0"])
def test_a_bug_in_a_handler(ask, mail, mistakes, path):
    mail.failure = RuntimeError("Traceback: secret")
    answer = ask("GET", path)
    assert answer.status == 500
    assert answer.message
    assert "secret" not in str(answer.headers) + answer.message
    assert [event["during"] for event in mistakes] == [
        "GET "
        + ("/api/raw/{email}/{message_id}" if "raw" in path else "/api/addresses/{email}/messages")
    ]


def test_a_bug_outside_of_handlers(build, connect_to, mistakes):
    class Broken:
        def render(self, _request):
            raise RuntimeError("secret")

    site = build()
    site.resource = Broken()
    site.getResourceFor = lambda _request: site.resource
    answer = connect_to(site).request("GET", "/api/me")
    assert answer.status == 500
    assert b"secret" not in answer.body
    assert answer.message
    assert len(mistakes) == 1


def test_a_store_that_is_gone(ask, mail):
    mail.failure = errors.StoreUnavailable("refused by db.internal")
    for method, path in (
        ("GET", "/api/addresses/a@b.c/messages"),
        ("GET", "/api/addresses/a@b.c/message-count"),
        ("GET", "/api/addresses/a@b.c/messages/x-0"),
        ("DELETE", "/api/addresses/a@b.c/messages/x-0"),
        ("DELETE", "/api/addresses/a@b.c/messages"),
        ("GET", "/api/body/a@b.c/x-0"),
        ("GET", "/api/headers/a@b.c/x-0"),
    ):
        answer = ask(method, path)
        assert answer.status == 503
        assert "db.internal" not in answer.message
