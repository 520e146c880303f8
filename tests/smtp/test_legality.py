"""Every command in every state."""

import pytest
from twisted.internet.defer import succeed

from mailcap.connection.dialogue import Work
from mailcap.connection.in_flight import InFlight
from mailcap.domain.addresses import parse_address
from mailcap.domain.envelope import Connection
from mailcap.domain.figures import Figures
from mailcap.domain.ports import Passage
from mailcap.smtp.backend import Backend
from mailcap.smtp.legality import REFUSALS, State
from mailcap.smtp.replies import Reply
from mailcap.smtp.session import Session
from mailcap.smtp.settings import SMTPSettings
from mailcap.smtp.wire import commands
from mailcap.smtp.wire.commands import (
    Auth,
    Bdat,
    Command,
    Data,
    Ehlo,
    Expn,
    Fault,
    Helo,
    Help,
    LineTooLong,
    Mail,
    Malformed,
    Noop,
    Quit,
    Rcpt,
    Rset,
    StartTLS,
    Vrfy,
)
from mailcap.throttling.policies import FREE
from smtp.stand_ins import Authenticator, Deliverer

SAMPLES: dict[type[Command], Command] = {
    Helo: Helo("client.test"),
    Ehlo: Ehlo("client.test"),
    Mail: Mail("a@b.test"),
    Rcpt: Rcpt(parse_address("c@d.test")),
    Data: Data(),
    Bdat: Bdat(3, last=False),
    Rset: Rset(),
    Noop: Noop(),
    Quit: Quit(),
    Vrfy: Vrfy("c"),
    Expn: Expn("c"),
    Help: Help(),
    StartTLS: StartTLS(),
    Auth: Auth("PLAIN"),
    Malformed: Malformed(Fault.UNKNOWN, "no such command"),
    LineTooLong: LineTooLong(),
}
WAY = {
    State.FRESH: [],
    State.LOCKED: [Ehlo],
    State.READY: [Ehlo],
    State.MAIL: [Ehlo, Mail],
    State.RCPT: [Ehlo, Mail, Rcpt],
    State.CHUNKS: [Ehlo, Mail, Rcpt, Bdat],
}
EVERYWHERE = {
    Helo: 250,
    Ehlo: 250,
    Rset: 250,
    Noop: 250,
    Quit: 221,
    Vrfy: 252,
    Expn: 502,
    Help: 214,
    StartTLS: 502,  # this session has no TLS; elsewhere it is tried with it
    Malformed: 500,
    LineTooLong: 500,
}
# What each command is answered with: that of EVERYWHERE, but for these.
EXPECTED: dict[State, dict[type[Command], int]] = {
    State.FRESH: {Mail: 503, Rcpt: 503, Data: 503, Bdat: 503, Auth: 503},
    State.LOCKED: {Mail: 530, Rcpt: 530, Data: 530, Bdat: 530, Vrfy: 530, Expn: 530, Auth: 334},
    State.READY: {Mail: 250, Rcpt: 503, Data: 503, Bdat: 503, Auth: 334},
    State.MAIL: {Mail: 503, Rcpt: 250, Data: 553, Bdat: 553, Auth: 503, StartTLS: 503},
    State.RCPT: {Mail: 503, Rcpt: 250, Data: 354, Bdat: 250, Auth: 503, StartTLS: 503},
    State.CHUNKS: {Mail: 503, Rcpt: 503, Data: 503, Bdat: 250, Auth: 503, StartTLS: 503},
}
# Where a command that is obeyed leads, if not back to where it came from.
LEADS = {
    (State.READY, Mail): State.MAIL,
    (State.MAIL, Rcpt): State.RCPT,
    (State.RCPT, Bdat): State.CHUNKS,
}


def answer(session: Session, command: Command) -> Reply:
    """Return the reply to *command*, and to the chunk behind it."""
    outcome = session.handle(command)
    if outcome is None:
        session.reader.receive_data(b"abc")
        outcome = session.handle(session.reader.next_event())
    assert isinstance(outcome, Reply)
    return outcome


class Open:
    """A throttle that lets everybody pass."""

    def begin(self, **_facts: object) -> Passage:
        return FREE


def session_in(state: State) -> Session:
    session = Session(
        SMTPSettings(
            host_name="mail.test",
            role="submission" if state is State.LOCKED else "smtp",
            plaintext_auth="always",
        ),
        Connection(peer="192.0.2.1", local="192.0.2.25"),
        backend=Backend(
            deliverer=Deliverer(),
            authenticator=Authenticator(),
            throttle=Open(),
            in_flight=InFlight(10**6),
            owner_of=lambda _inbox: succeed(None),
            figures=Figures(),
        ),
    )
    for command in WAY[state]:
        answer(session, SAMPLES[command])
    assert session.state is state
    return session


def all_commands() -> set[type[Command]]:
    return {
        value
        for value in vars(commands).values()
        if isinstance(value, type) and issubclass(value, Command) and value is not Command
    }


def test_the_walk_leaves_nothing_out():
    assert set(SAMPLES) == all_commands()
    assert set(EXPECTED) == set(State)
    for state in State:
        assert set(EVERYWHERE) | set(EXPECTED[state]) == all_commands()


@pytest.mark.parametrize("command", SAMPLES)
@pytest.mark.parametrize("state", State)
def test_every_command_in_every_state(state, command):
    session = session_in(state)
    reply = answer(session, SAMPLES[command])
    expected = {**EVERYWHERE, **EXPECTED[state]}[command]
    assert reply.code == expected
    assert (command in REFUSALS[state]) is (reply in REFUSALS[state].values())
    if command in (Helo, Ehlo):
        after = State.LOCKED if state is State.LOCKED else State.READY
    elif command is Rset:
        after = min(state, State.READY)
    else:
        after = LEADS.get((state, command), state)
    assert session.state is after


def test_a_login_unlocks():
    session = session_in(State.LOCKED)
    outcome = session.handle(Auth("PLAIN", b"AHRpbQB4"))
    assert isinstance(outcome, Work)
    assert session.state is State.LOCKED
    assert outcome.failed(RuntimeError()).code == 454
    assert session.state is State.LOCKED
    assert outcome.succeeded(None).code == 235


@pytest.mark.parametrize("state", [State.RCPT, State.CHUNKS])
@pytest.mark.parametrize("last", [True, False])
def test_the_end_of_a_message_ends_its_transaction(state, last):
    session = session_in(state)
    session.handle(Bdat(0, last=last))
    outcome = session.handle(session.reader.next_event())
    assert isinstance(outcome, Work if last else Reply)
    assert session.state is (State.READY if last else State.CHUNKS)
