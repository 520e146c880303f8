import inspect
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcap.connection.dialogue import Farewell
from mailcap.domain import errors
from mailcap.smtp import replies
from mailcap.smtp.replies import FAILURES, FAREWELLS, Reply, reply_to_failure, reply_to_fault
from mailcap.smtp.wire.commands import Fault, Malformed

FAILURE_CLASSES = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, errors.Failure)
]
CONSTANTS = {name: value for name, value in vars(replies).items() if isinstance(value, Reply)}
LINE = re.compile(rb"[2-5][0-5][0-9][ -](?:([245]\.[0-9]+\.[0-9]+) )?[ -~]*\r\n")


def make(kind: type[errors.Failure], text: str) -> errors.Failure:
    return kind(text, 30) if issubclass(kind, errors.TooManyFailures) else kind(text)


def test_one_line():
    assert Reply(250, "2.1.0", "Accepted").wire == b"250 2.1.0 Accepted\r\n"
    assert Reply(334, "", "").wire == b"334 \r\n"


def test_several_lines():
    assert Reply(250, "", "a\nb\nc").wire == b"250-a\r\n250-b\r\n250 c\r\n"
    assert Reply(214, "2.0.0", "a\nb").wire == b"214-2.0.0 a\r\n214 2.0.0 b\r\n"


@pytest.mark.parametrize(
    ("code", "enhanced", "text"),
    [
        (250, "5.0.0", "x"),
        (250, "2.0", "x"),
        (250, "2.0.0.0", "x"),
        (250, "2.0.1000", "x"),
        (354, "3.0.0", "x"),
        (550, "4.0.0", "x"),
        (199, "", "x"),
        (560, "", "x"),
        (250, "2.0.0", "a\rb"),
        (250, "2.0.0", "a\0b"),
        (250, "2.0.0", "é"),
        (250, "2.0.0", "x" * 510),
    ],
)
def test_what_does_not_go_together(code, enhanced, text):
    with pytest.raises(ValueError, match=r".*"):
        Reply(code, enhanced, text)


@pytest.mark.parametrize("name", CONSTANTS)
def test_constants_are_well_formed(name):
    reply = CONSTANTS[name]
    match = LINE.fullmatch(reply.wire)
    assert match
    assert len(reply.wire) <= 512
    if reply.code // 100 in (4, 5):
        assert match[1], "a refusal without an enhanced code (RFC 2034 section 4)"


def test_only_421_shuts():
    assert {name for name, reply in CONSTANTS.items() if reply.shuts} == {
        "BUSY",
        "IDLE_TOO_LONG",
        "SHUTTING_DOWN",
        "TOO_MANY_CONNECTIONS",
        "TOO_MANY_COMMANDS",
        "TOO_MANY_ERRORS",
        "BROKEN",
        "REVOKED",
    }


def test_what_clients_look_for():
    assert replies.queued("abc").wire == b"250 2.0.0 OK : queued as abc\r\n"
    assert replies.LOGGED_IN.wire == b"235 2.7.0 Authentication succeeded\r\n"
    assert replies.START_DATA.wire == (
        b'354 Enter message, ending with "." on a line by itself\r\n'
    )
    assert replies.START_TLS.wire == b"220 2.0.0 Ready to start TLS\r\n"
    assert replies.ASK_PLAIN.wire == b"334 \r\n"
    assert replies.ASK_USERNAME.wire == b"334 VXNlcm5hbWU6\r\n"
    assert replies.ASK_PASSWORD.wire == b"334 UGFzc3dvcmQ6\r\n"
    assert replies.SENDER_OK.wire == b"250 2.1.0 Accepted\r\n"
    assert replies.RECIPIENT_OK.wire == b"250 2.1.5 Accepted\r\n"


@pytest.mark.parametrize("kind", FAILURE_CLASSES)
def test_every_failure_has_its_reply(kind):
    assert kind in FAILURES
    reply = reply_to_failure(make(kind, "What happened."))
    assert (reply.code, reply.enhanced) == FAILURES[kind]
    assert reply.text == "What happened."
    assert reply.code >= 400


def test_the_table_of_failures_lists_nothing_else():
    assert set(FAILURES) == set(FAILURE_CLASSES)


def test_an_unlisted_failure_is_said_as_its_kind():
    class VeryFull(errors.StoreFull):
        pass

    assert reply_to_failure(VeryFull("x")).code == 452


@pytest.mark.parametrize("fault", Fault)
def test_every_fault_has_its_reply(fault):
    reply = reply_to_fault(Malformed(fault, "what is wrong"))
    assert 500 <= reply.code <= 559
    assert reply.text == "what is wrong"


@pytest.mark.parametrize("why", Farewell)
def test_every_farewell_is_a_421(why):
    assert FAREWELLS[why].shuts


@given(st.text())
def test_no_text_breaks_a_reply(text):
    for reply in (
        reply_to_failure(errors.Refused(text)),
        reply_to_fault(Malformed(Fault.UNKNOWN, text)),
        replies.greeting(text),
        replies.hello(text, "HELP"),
    ):
        lines = reply.wire.splitlines(keepends=True)
        assert all(LINE.fullmatch(line) and len(line) <= 512 for line in lines)
        assert len(lines) == 2 - (len(lines) == 1)


def test_a_failure_without_words():
    assert reply_to_failure(errors.Refused()).wire == b"554 5.7.1 Failed\r\n"
