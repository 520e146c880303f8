"""Requests that wait: what they may say, and what becomes of their connections."""

import pytest

from mailcap.services.waiting import Wish
from web.conftest import ALICE, PLAIN

PATH = "/api/addresses/bob@x.test/messages/wait"
HEAD = " HTTP/1.1\r\nHost: x\r\nMailsac-Key: k_alice\r\n\r\n"
WAIT = f"GET {PATH}?timeout=300{HEAD}".encode()
LIST = f"GET /api/addresses/bob@x.test/messages{HEAD}".encode()


@pytest.fixture
def found(mail):
    mail.add("bob@x.test", PLAIN)
    (message,) = [mail._shown(pair) for pair in mail._stored]
    return message


@pytest.fixture
def client(connect):
    client = connect()
    client.send(WAIT)
    assert client.answers() == []
    return client


def test_what_is_found(ask, waiting, found):
    waiting.outcome.callback([found])
    answer = ask("GET", PATH)
    assert answer.status == 200
    assert [shown["_id"] for shown in answer.json] == [found.id]
    assert waiting.asked == [(ALICE, "bob@x.test", Wish(), 30)]


def test_all_that_may_be_said(ask, waiting, found):
    waiting.outcome.callback([found] * 3)
    query = (
        "?timeout=1.5&since=2023-11-14T22:13:20Z&subjectIncludes=a%2Ab&from=A@b.c"
        "&unreadOnly=TRUE&count=3&limit=2"
    )
    assert len(ask("GET", PATH + query).json) == 2
    ((_, _, wish, timeout),) = waiting.asked
    assert timeout == 1.5
    assert wish == Wish(
        since=1_700_000_000_000,
        subject="a*b",
        sender="A@b.c",
        unread_only=True,
        count=3,
        limit=2,
    )


def test_a_bare_date_is_its_first_moment(ask, waiting):
    waiting.outcome.callback([])
    ask("GET", PATH + "?since=2023-11-14")
    assert waiting.asked[0][2].since == 1_699_920_000_000


@pytest.mark.parametrize(
    "query",
    [
        *("timeout=-1", "timeout=301", "timeout=x", "timeout=nan", "timeout=1e2", "timeout="),
        *("since=yesterday", "since=", "unreadOnly=perhaps", "unreadOnly="),
        *("count=0", "count=101", "count=1.5", "limit=1001", "limit=-1"),
    ],
)
def test_bad_values(ask, waiting, query):
    answer = ask("GET", f"{PATH}?{query}")
    assert answer.status == 400
    assert query.partition("=")[0] in answer.message
    assert waiting.asked == []


def test_not_in_time(ask, waiting, found):
    waiting.outcome.callback([found])
    answer = ask("GET", PATH + "?count=2")
    assert answer.status == 408
    assert answer.json == {"message": "1 of 2 messages were there in time.", "matched": 1}
    assert answer.headers["Connection"] is None


def test_no_time_out_of_the_connection_cuts_it_short(client, reactor, waiting, found):
    for _ in range(299):
        reactor.advance(1)
    assert not client.transport.disconnecting
    waiting.outcome.callback([found])
    assert client.answers()[0].status == 200
    client.send(LIST)
    assert client.answers()[0].status == 200


def test_the_right_is_lost(client, registry):
    (guest,) = registry.guests()
    assert guest.access.identity == ALICE
    guest.expel()
    assert client.answers()[0].status == 403
    assert guest.access is None
    guest.expel()
    assert not client.transport.disconnecting


def test_the_server_stops(client, registry):
    gone = []
    registry.shut_down(10).addCallback(gone.append)
    (answer,) = client.answers()
    assert (answer.status, answer.headers["Connection"]) == (503, "close")
    assert answer.message == "The server is stopping."
    assert client.transport.disconnecting
    client.close()
    assert gone == [None]


def test_who_goes_away(client, waiting, registry, mistakes):
    client.close()
    assert waiting.outcome.called  # it was cancelled
    assert registry.guests() == ()
    assert mistakes == []


def test_what_is_pipelined_is_answered_in_its_turn(client, waiting, found):
    client.send(LIST * 3)
    assert client.answers() == []
    waiting.outcome.callback([found])
    answers = [answer.status for _ in range(4) for answer in client.answers()]
    assert answers == [200] * 4


def test_whoever_pipelines_too_much_is_cut_off(client):
    """…because nobody could see that it goes away, if it were not read any more."""
    assert len(LIST) < 100
    client.send(LIST * 80)
    assert not client.transport.aborted
    client.send(LIST * 20)
    assert client.transport.aborted


def test_too_much_at_once(connect):
    client = connect()
    client.send(WAIT + LIST * 200)
    assert client.transport.aborted
