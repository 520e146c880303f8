"""What a session does where room is short, and what is counted of it."""

import pytest
from twisted.internet.defer import Deferred

from connection.certificates import server_side
from mailcap.connection.holding import TLS_REFUSAL
from mailcap.domain.errors import StoreUnavailable
from smtp.stand_ins import BASE, Server
from support.scripts import play

MAIL = """
    S: 220 ...
    C: HELO x
    S: 250 ...
    C: MAIL FROM:<>
    S: 250 2.1.0 ...
"""
TIM = "AHRpbQB0YW5zdGFhZnRhbnN0YWFm"


class Door:
    """Lets everybody in at once, or nobody; a session has to wait for `pause`."""

    def __init__(self, *, closed: bool = False) -> None:
        self._closed = closed
        self.pause: Deferred[None] | None = None

    def arrive(self, _host, guest) -> None:
        if self._closed:
            guest.turn_away(stopping=False)
        else:
            guest.let_in()

    def leave(self, _place) -> None:
        """Forget nobody."""

    def turn(self, _host) -> Deferred[None] | None:
        return self.pause


@pytest.fixture
def server(reactor):
    return Server(reactor, room=100, reserved=25, message_size=1000, plaintext_auth="always")


def test_the_last_of_the_room_is_for_owned_addresses(server):
    server.owned["mine@d.test"] = 7
    server.in_flight.add(75)
    play(
        server.client(),
        f"""
        {MAIL}
        C: RCPT TO:<public@d.test>
        C: RCPT TO:<Mine+tag@d.test>
        C: DATA
        S: 452 4.3.1 Too much mail is on its way, try again later
        S: 250 2.1.5 Accepted
        S: 354 ...
        C: hello
        C: .
        S: 250 2.0.0 OK : queued as {BASE}
        """,
    )
    (recipient,) = server.envelope.recipients
    assert recipient.address.inbox == "mine@d.test"


def test_before_that_nobody_is_asked_whose_an_address_is(server):
    server.in_flight.add(74)
    server.error = ZeroDivisionError("asked")
    play(server.client(), f"{MAIL}\nC: RCPT TO:<public@d.test>\nS: 250 2.1.5 Accepted")


def test_who_has_logged_in_has_the_last_of_it_too(reactor):
    server = Server(reactor, room=100, reserved=25, role="submission", plaintext_auth="always")
    server.in_flight.add(75)
    play(
        server.client(),
        f"S: 220 ...\nC: HELO x\nS: 250 ...\nC: AUTH PLAIN {TIM}\nS: 235 ...\nC: MAIL FROM:<>\n"
        "S: 250 ...\nC: RCPT TO:<public@d.test>\nS: 250 2.1.5 Accepted",
    )


@pytest.mark.parametrize(
    ("error", "said"),
    [(StoreUnavailable("away"), "451 4.3.0 away"), (ValueError("odd"), "451 4.3.0 Internal ...")],
)
def test_nobody_knows_whose_the_address_is(server, error, said):
    server.error = error
    server.in_flight.add(75)
    play(server.client(), f"{MAIL}\nC: RCPT TO:<mine@d.test>\nS: {said}\nC: NOOP\nS: 250 ...")


def test_while_memory_is_short_no_message_is_begun(server):
    server.in_flight.strained = True
    play(
        server.client(),
        f"{MAIL}\nC: RCPT TO:<c@d.test>\nS: 250 2.1.5 Accepted\nC: DATA\nS: 452 4.3.1 ...",
    )


def test_a_message_begins_when_it_has_its_turn(reactor):
    door = Door()
    server = Server(reactor, door=door)
    client = server.client()
    play(client, "S: 220 ...\nC: HELO x\nS: 250 ...")
    door.pause = Deferred()
    assert client.send(b"MAIL FROM:<>\r\nRCPT TO:<c@d.test>\r\n") == b""
    door.pause.callback(None)
    assert client.read() == b"250 2.1.0 Accepted\r\n250 2.1.5 Accepted\r\n"


def test_who_goes_before_its_turn_leaves_nothing(reactor, failures):
    door = Door()
    client = Server(reactor, door=door).client()
    play(client, "S: 220 ...\nC: HELO x\nS: 250 ...")
    door.pause = Deferred()
    client.send(b"MAIL FROM:<>\r\n")
    client.close()
    door.pause.callback(None)
    assert failures == []


@pytest.mark.parametrize("role", ["smtp", "submission"])
def test_who_is_sent_away_is_told_why(reactor, role):
    client = Server(reactor, role=role, door=Door(closed=True)).client()
    assert client.read() == (
        b"421 4.3.2 Too busy to serve this connection now, try again later\r\n"
    )
    assert client.closed


def test_who_expects_tls_is_told_in_its_words(reactor):
    client = Server(reactor, role="submissions", tls=server_side(), door=Door(closed=True)).client()
    assert client.read() == TLS_REFUSAL


def test_replies_are_counted_by_their_codes(server):
    client = server.client()
    play(
        client,
        f"""
        {MAIL}
        C: NONSENSE
        S: 500 ...
        C: RCPT TO:<c@d.test>
        S: 250 ...
        C: DATA
        S: 354 ...
        C: hello
        C: .
        S: 250 ...
        C: QUIT
        S: 221 ...
        """,
    )
    assert server.figures.replies == {220: 1, 250: 4, 500: 1, 354: 1, 221: 1}


def test_codes_are_few_whatever_clients_say(server):
    for number in range(2000):
        client = server.client()
        client.send(
            f"EHLO host{number}.example\r\nMAIL FROM:<a@sub{number}.example>\r\n"
            f"RCPT TO:<x@{number}.example>\r\nVERB{number}\r\nQUIT\r\n".encode()
        )
        client.close()
    assert server.figures.replies == {220: 2000, 250: 6000, 500: 2000, 221: 2000}
