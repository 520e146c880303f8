import inspect
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcap.connection.dialogue import Farewell
from mailcap.domain import errors
from mailcap.pop3 import replies
from mailcap.pop3.replies import FAILURES, FAREWELLS, Reply, error, listed, ok, refusal

CLASSES = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, errors.Failure)
]
CONSTANTS = {name: value for name, value in vars(replies).items() if isinstance(value, Reply)}
LINE = re.compile(rb"(\+OK|-ERR|\+)(?: \[[A-Z/-]+\])? [ -~]*\r\n")
CODES = {"", "AUTH", "IN-USE", "SYS/TEMP", "SYS/PERM"}  # RFC 2449 section 8, RFC 3206


def make(kind: type[errors.Failure], text: str) -> errors.Failure:
    return kind(text, 30) if issubclass(kind, errors.TooManyFailures) else kind(text)


@pytest.mark.parametrize("name", CONSTANTS)
def test_constants_are_well_formed(name):
    assert LINE.fullmatch(CONSTANTS[name].wire)


@pytest.mark.parametrize("why", Farewell)
def test_every_farewell_is_an_error(why):
    assert FAREWELLS[why].wire.startswith(b"-ERR ")
    assert LINE.fullmatch(FAREWELLS[why].wire)


@pytest.mark.parametrize("kind", CLASSES)
def test_every_failure_has_its_code(kind):
    assert kind in FAILURES
    code = f"[{FAILURES[kind]}] " if FAILURES[kind] else ""
    assert refusal(make(kind, "Why.")).wire == f"-ERR {code}Why.\r\n".encode()
    assert set(FAILURES.values()) == CODES


def test_a_kind_that_nobody_has_listed_is_said_as_what_it_belongs_to():
    class Odd(errors.StoreUnavailable):
        pass

    assert refusal(Odd("")).wire == b"-ERR [SYS/TEMP] Failed\r\n"


@given(st.text())
def test_any_text_fits_into_a_line(text):
    for reply in (ok(text), error(text), error(text, "AUTH")):
        assert LINE.fullmatch(reply.wire)
        assert len(reply.wire) <= 512


def test_lists():
    assert listed("Two", ["a", "b"]).wire == b"+OK Two\r\na\r\nb\r\n.\r\n"
