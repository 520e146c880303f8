"""Every command in every state: obeyed where it is legal, and -ERR elsewhere."""

import pytest

from connection.wires import Client
from mailcap.pop3.legality import LEGAL, State
from mailcap.pop3.session import Session
from mailcap.pop3.wire import commands as c
from pop3.house import House, said

SAMPLES = {
    c.User: ("USER x", b"+OK Send PASS\r\n"),
    c.Pass: ("PASS x", b"-ERR Send USER first\r\n"),
    c.Auth: ("AUTH PLAIN", b"+ \r\n"),
    c.Stls: ("STLS", b"-ERR TLS is in use already, or not available\r\n"),
    c.Utf8: ("UTF8", b"+OK UTF8 enabled\r\n"),
    c.Capa: ("CAPA", b"+OK Capabilities follow\r\n"),
    c.Lang: ("LANG en", b"+OK en English\r\n"),
    c.Quit: ("QUIT", b"+OK Bye\r\n"),
    c.Stat: ("STAT", b"+OK 1 "),
    c.List: ("LIST", b"+OK 1 messages ("),
    c.Uidl: ("UIDL", b"+OK 1 messages ("),
    c.Retr: ("RETR 1", b"+OK 50 octets\r\nX-Trace:"),
    c.Top: ("TOP 1 0", b"+OK Top of message follows\r\nX-Trace:"),
    c.Dele: ("DELE 1", b"+OK Done\r\n"),
    c.Rset: ("RSET", b"+OK Done\r\n"),
    c.Noop: ("NOOP", b"+OK Done\r\n"),
    c.Malformed: ("XTND", b"-ERR there is no such command\r\n"),
    c.LineTooLong: ("x" * 300, b"-ERR Line too long\r\n"),
}


def client_in(house: House, state: State) -> Client:
    return house.client() if state is State.TRANSACTION else house.stranger()


def test_there_is_a_sample_a_place_and_a_handler_for_every_command() -> None:
    assert SAMPLES.keys() | {c.AuthResponse} == LEGAL.keys() == Session._HANDLERS.keys()
    assert {kind.__name__ for kind in c.Command.__subclasses__()} == {
        kind.__name__ for kind in LEGAL
    }


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("kind", SAMPLES)
def test_every_command_in_every_state(house: House, kind: type, state: State) -> None:
    house.deliver(b"Hello\r\n")
    line, answer = SAMPLES[kind]
    if state not in LEGAL[kind]:
        answer = f"-ERR {line.split()[0]} makes no sense now\r\n".encode()
    assert said(client_in(house, state), line).startswith(answer)


@pytest.mark.parametrize("state", State)
def test_quit_ends_the_session(house: House, state: State) -> None:
    client = client_in(house, state)
    assert said(client, "QUIT") == b"+OK Bye\r\n"
    assert client.closed
