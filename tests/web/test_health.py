"""Health: what supervisors and balancers ask."""

import pytest
from twisted.internet.defer import Deferred

from mailcap.domain.errors import StoreUnavailable


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/readyz/"])
@pytest.mark.parametrize("key", [None, "wrong"])
def test_all_is_well_for_everybody(ask, authenticator, path, key):
    answer = ask("GET", path, key=key)
    assert (answer.status, answer.json) == (200, {"status": "ok"})
    assert authenticator.asked == []


def test_not_ready_without_the_store(ask, store):
    store.failure = StoreUnavailable("db.internal refused")
    answer = ask("GET", "/readyz", key=None)
    assert answer.status == 503
    assert "db.internal" not in answer.message
    assert ask("GET", "/healthz", key=None).status == 200


def test_not_ready_while_the_store_hangs(connect, store, reactor):
    store.wait = Deferred()
    client = connect()
    client.send(b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n")
    assert client.answers() == []
    reactor.advance(5)
    assert [answer.status for answer in client.answers()] == [503]


def test_a_client_that_goes_away_while_the_store_hangs(connect, store, reactor, mistakes):
    store.wait = Deferred()
    client = connect()
    client.send(b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n")
    client.close()
    reactor.advance(5)
    assert mistakes == []
