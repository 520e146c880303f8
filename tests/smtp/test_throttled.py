"""What a client hears that sends too much."""

from dataclasses import replace
from ipaddress import ip_network

import pytest

from mailcap.domain.errors import StoreUnavailable
from mailcap.throttling.rules import Kind, Parties, Rules
from smtp.stand_ins import BASE, Server
from support.scripts import play

RULES = Rules(public={Kind.INBOX: 4}, owned={Kind.INBOX: 8})
EHLO = """
    S: 220 ...
    C: HELO client
    S: 250 ...
"""
MESSAGE = f"""
    C: MAIL FROM:<a@b.test>
    C: RCPT TO:<c@d.test>
    C: DATA
    S: 250 2.1.0 Accepted
    S: 250 2.1.5 Accepted
    S: 354 ...
    C: .
    S: 250 2.0.0 OK : queued as {BASE}
"""
TOO_MUCH = "S: 421 4.7.0 More than 4 messages to c@d.test in 60 seconds; try again in 69 seconds"


@pytest.fixture
def server(reactor):
    return Server(reactor, rules=RULES)


def test_a_late_reply_then_421_and_the_end(server, reactor):
    client = server.client()
    play(client, EHLO + MESSAGE * 4)
    play(client, "C: MAIL FROM:<a@b.test>\nS: 250 ...")
    play(client, "C: RCPT TO:<c@d.test>\nC: DATA")
    reactor.advance(0.99)
    play(client, "C: .")
    reactor.advance(0.01)
    play(client, f"S: 250 2.1.5 Accepted\nS: 354 ...\nS: 250 2.0.0 OK : queued as {BASE}")
    play(client, "C: MAIL FROM:<a@b.test>\nS: 250 ...")
    play(client, f"C: RCPT TO:<c@d.test>\nC: DATA\nC: NOOP\n{TOO_MUCH}\nS: (closed)")
    assert len(server.deliverer.deliveries) == 5


def test_who_has_been_accepted_gets_the_message_although_others_are_too_much(server, reactor):
    client = server.client()
    play(client, EHLO + MESSAGE * 4)
    play(client, "C: MAIL FROM:<a@b.test>\nS: 250 ...")
    play(client, "C: RCPT TO:<c@d.test>")
    reactor.advance(1)
    play(
        client,
        f"""
        S: 250 2.1.5 Accepted
        C: RCPT TO:<other@d.test>
        S: 250 2.1.5 Accepted
        C: RCPT TO:<c@d.test>
        S: 452 4.5.3 More than 4 messages to c@d.test in 60 seconds; ...
        C: DATA
        S: 354 ...
        C: .
        S: 250 2.0.0 OK : queued as {BASE}
        """,
    )
    recipients = server.deliverer.deliveries[-1].envelope.recipients
    assert [one.address.inbox for one in recipients] == ["c@d.test", "other@d.test"]


def test_hundreds_of_messages_of_a_session_are_as_those_of_hundreds_of_sessions(server, reactor):
    for _ in range(4):
        play(server.client(), EHLO + MESSAGE)
    client = server.client()
    play(client, f"{EHLO}\nC: MAIL FROM:<a@b.test>\nS: 250 ...")
    play(client, "C: RCPT TO:<c@d.test>")
    reactor.advance(1)
    play(client, "S: 250 2.1.5 Accepted")


def test_an_owned_address_takes_more(server):
    server.owned["c@d.test"] = 7
    play(server.client(), EHLO + MESSAGE * 8)


def test_another_inbox_is_not_harmed(server):
    play(server.client(), EHLO + MESSAGE * 4)
    play(server.client(), EHLO + MESSAGE.replace("c@d.test", "e@d.test"))


FROM = """
    C: MAIL FROM:<>
    C: RCPT TO:<c@d.test>
    C: DATA
    S: 250 ...
    S: 250 ...
    S: 354 ...
    C: From: a@deep.attack.example
    C:
    C: .
"""


def test_the_authors_domain_is_found_at_the_end_of_data(server, reactor):
    server.policies.rules = Rules(public={Kind.DOMAIN: 4})
    client = server.client()
    play(client, EHLO + f"{FROM}\nS: 250 2.0.0 OK : queued as {BASE}" * 4)
    play(client, FROM)
    assert len(server.deliverer.deliveries) == 4
    reactor.advance(1)
    play(client, f"S: 250 2.0.0 OK : queued as {BASE}")
    play(
        client,
        f"""
        {FROM}
        S: 421 4.7.0 More than 4 messages that name the domain attack.example in 60 seconds; ...
        S: (closed)
        """,
    )
    assert len(server.deliverer.deliveries) == 5
    assert server.in_flight.used == 0


def test_a_client_that_goes_while_it_is_held_back(server, reactor, failures):
    client = server.client()
    play(client, EHLO + MESSAGE * 4)
    play(client, "C: MAIL FROM:<a@b.test>\nS: 250 ...")
    play(client, "C: RCPT TO:<c@d.test>")
    client.close()
    reactor.advance(1)
    assert failures == []
    assert server.policies.decisions.delayed[Kind.INBOX] == 1


def test_denied_senders_and_networks_hear_554_and_may_go_on(reactor):
    rules = replace(
        RULES,
        denied_senders=Parties(["bad.example"]),
        denied_networks=[ip_network("198.51.100.0/24")],
    )
    server = Server(reactor, rules=rules)
    bad_author = FROM.replace("attack.example", "bad.example")
    play(
        server.client(),
        f"""
        {EHLO}
        C: MAIL FROM:<x@y.bad.example>
        S: 554 5.7.1 Mail from x@y.bad.example is not taken.
        {bad_author}
        S: 554 5.7.1 Mail from a@deep.bad.example is not taken.
        {MESSAGE}
        """,
    )
    play(
        server.client(peer="198.51.100.7"),
        f"{EHLO}\nC: MAIL FROM:<a@b.test>\nS: 554 5.7.1 Mail from your network is not taken.",
    )
    assert len(server.deliverer.deliveries) == 1


@pytest.mark.parametrize(
    ("error", "reply"),
    [
        (StoreUnavailable("The database is away."), "451 4.3.0 The database is away."),
        (RuntimeError("secret"), "451 4.3.0 Internal error, try again later"),
    ],
)
def test_a_store_that_cannot_tell_who_owns_an_inbox(server, error, reply, failures):
    client = server.client()
    play(client, EHLO + MESSAGE * 4)
    server.error = error
    play(
        client,
        f"""
        C: MAIL FROM:<a@b.test>
        S: 250 ...
        C: RCPT TO:<c@d.test>
        C: RCPT TO:<e@d.test>
        S: {reply}
        S: 250 2.1.5 Accepted
        """,
    )
    assert failures == ([error] if isinstance(error, RuntimeError) else [])
