"""Every command in every state: obeyed in those of its handler, and BAD in the others."""

import pytest

from connection.wires import Client
from imap.house import House
from mailcap.imap.desk import State
from mailcap.imap.session import _HANDLERS

SAMPLES = {
    "CAPABILITY": "CAPABILITY",
    "NOOP": "NOOP",
    "LOGOUT": "LOGOUT",
    "ID": "ID NIL",
    "STARTTLS": "STARTTLS",
    "LOGIN": "LOGIN x y",
    "COMPRESS": "COMPRESS X",
    "UNAUTHENTICATE": "UNAUTHENTICATE",
    "ENABLE": "ENABLE X",
    "SELECT": "SELECT INBOX",
    "CREATE": "CREATE x",
    "DELETE": "DELETE x",
    "RENAME": "RENAME x y",
    "SUBSCRIBE": "SUBSCRIBE INBOX",
    "LIST": 'LIST "" *',
    "NAMESPACE": "NAMESPACE",
    "STATUS": "STATUS INBOX (MESSAGES)",
    "GETQUOTA": "GETQUOTA tim",
    "GETQUOTAROOT": "GETQUOTAROOT INBOX",
    "APPEND": "APPEND INBOX {1+}\r\nx",
    "REPLACE": "REPLACE 1 INBOX {1+}\r\nx",
    "CHECK": "CHECK",
    "CLOSE": "CLOSE",
    "UNSELECT": "UNSELECT",
    "EXPUNGE": "EXPUNGE",
    "SEARCH": "SEARCH ALL",
    "SORT": "SORT (DATE) UTF-8 ALL",
    "THREAD": "THREAD REFERENCES UTF-8 ALL",
    "FETCH": "FETCH 1 FLAGS",
    "STORE": "STORE 1 FLAGS ()",
    "NOTIFY": "NOTIFY NONE",
    "MOVE": "COPY 1 Trash",
}
HANDLERS = {handler.name: handler for handler in _HANDLERS.values()}


def client_in(house: House, state: State) -> Client:
    if state is State.SELECTED:
        return house.selected()
    if state is State.AUTHENTICATED:
        return house.client()
    client = house.server.client()
    client.read()
    return client


def test_there_is_a_sample_of_every_command() -> None:
    assert SAMPLES.keys() == HANDLERS.keys()


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("name", SAMPLES)
def test_every_command_in_every_state(house: House, name: str, state: State) -> None:
    house.deliver("one")
    client = client_in(house, state)
    answer = client.send(f"a {SAMPLES[name]}\r\n".encode())
    if state not in HANDLERS[name].states:
        if (
            name in ("APPEND", "REPLACE") and state is State.NOT_AUTHENTICATED
        ):  # nobody's message is waited for
            assert answer.startswith(b"* BYE [TOOBIG]")
        else:
            assert answer == f"a BAD {name} makes no sense now\r\n".encode()
    else:
        assert b"makes no sense" not in answer
        assert b"\r\na " in b"\r\n" + answer


@pytest.mark.parametrize("state", State)
def test_idle_in_every_state(house: House, state: State) -> None:
    answer = client_in(house, state).send(b"a IDLE\r\n")
    legal = state is not State.NOT_AUTHENTICATED
    assert answer == (b"+ idling\r\n" if legal else b"a BAD IDLE makes no sense now\r\n")
