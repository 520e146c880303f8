"""Clients that go away: what they only wanted to see is given up, what they began is ended."""

import pytest
from twisted.internet.defer import Deferred
from twisted.logger import formatEvent

from mailcap.domain import errors

INBOX = "bob@x.test"
HEAD = b" HTTP/1.1\r\nHost: x\r\nMailsac-Key: k_alice\r\n\r\n"
LIST = f"/api/addresses/{INBOX}/messages".encode()


@pytest.fixture
def message_id(mail) -> bytes:
    mail.owners[INBOX] = 1
    return mail.add(INBOX).encode()


@pytest.fixture
def begin(connect, mail):
    """A function that sends a request which then waits for `mail.wait`."""

    def send(method: bytes, target: bytes):
        mail.wait = Deferred()
        client = connect()
        client.send(method + b" " + target + HEAD)
        assert client.answers() == []
        return client

    return send


@pytest.mark.parametrize("method", [b"GET", b"HEAD"])
def test_reading_is_given_up(begin, mail, mistakes, message_id, method):
    for target in (LIST, LIST + b"/" + message_id, b"/api/raw/bob@x.test/" + message_id):
        begin(method, target).close()
        assert mail.wait.called
    assert mistakes == []


@pytest.mark.usefixtures("message_id")
def test_a_purge_goes_on_to_its_end(begin, ask, mail, log):
    begin(b"DELETE", LIST).close()
    waiting, mail.wait = mail.wait, None
    assert not waiting.called
    assert len(ask("GET", LIST.decode()).json) == 1
    waiting.callback(None)
    assert ask("GET", LIST.decode()).json == []
    assert log == []


def test_a_deletion_goes_on_to_its_end(begin, ask, mail, message_id, log):
    begin(b"DELETE", LIST + b"/" + message_id).close()
    waiting, mail.wait = mail.wait, None
    waiting.callback(None)
    assert ask("GET", LIST.decode()).json == []
    assert log == []


def test_nothing_is_begun_for_who_went_before_the_key_was_known(
    connect, ask, mail, authenticator, message_id
):
    authenticator.wait = Deferred()
    client = connect()
    client.send(b"DELETE " + LIST + b"/" + message_id + HEAD)
    client.close()
    assert authenticator.wait.called  # it was cancelled
    authenticator.wait = mail.wait = None
    assert len(ask("GET", LIST.decode()).json) == 1


@pytest.mark.usefixtures("message_id")
@pytest.mark.parametrize(
    ("error", "told"),
    [
        (RuntimeError("a mistake"), "Unhandled error in DELETE /api/addresses/{email}/messages: "),
        (errors.StoreUnavailable("closed"), None),
        (errors.NotFound("gone"), None),
    ],
)
def test_what_fails_behind_their_back_is_told_to_the_operator(begin, mail, log, error, told):
    begin(b"DELETE", LIST).close()
    mail.failure = error
    mail.wait.callback(None)
    lines = [formatEvent(event) for event in log]
    assert [line.startswith(told) for line in lines] == ([True] if told else [])


@pytest.mark.usefixtures("message_id")
def test_who_stays_gets_the_answer(begin, mail):
    client = begin(b"DELETE", LIST)
    mail.wait.callback(None)
    assert [answer.status for answer in client.answers("DELETE")] == [204]


@pytest.mark.usefixtures("message_id")
def test_who_stays_learns_of_a_failure(begin, mail, mistakes):
    client = begin(b"DELETE", LIST)
    mail.failure = RuntimeError("secret")
    mail.wait.callback(None)
    (answer,) = client.answers("DELETE")
    assert answer.status == 500
    assert len(mistakes) == 1
